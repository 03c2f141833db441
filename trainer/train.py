"""From labelled pictures to a model with its card, its report and its model card."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import keras

from edge.evaluation.dataset import (
    SPLITS,
    Sample,
    choose_split,
    read_manifest,
    write_manifest,
)
from edge.files.atomic_write import refuse_to_overwrite
from edge.files.errors import InputError
from edge.files.hashing import sha256_of
from edge.files.progress import Progress
from edge.model.training_folder import MANIFEST_NAME, MODEL_NAME, find_trained
from trainer.callbacks import Board
from trainer.checkpoint import CHECKPOINT_NAME, Checkpoint, State, read_state
from trainer.conclusion import Trained, conclude, write_results
from trainer.device import choose_precision
from trainer.division import Division, divide
from trainer.model import build_model, load_trained
from trainer.recipes import TrainSettings
from trainer.split import GROUP, RANDOM
from trainer.stages import Material, fit_model
from trainer.teacher import ask_teacher
from trainer.tiles import read_tiles_once

_RANDOM_FOLDER = "random-split"


@dataclass(frozen=True)
class TrainOptions:
    """What a training does besides learning.

    Attributes:
        name: of the model; the folder's name if None.
        notes: licences and attributions of the data, carried by the card.
        group_regex: finds the source photo in a picture's path.
        cache: folder for decoded tiles.
        teacher: ``.keras`` file or training folder of a larger model to learn from.
        compare_splits: train a second time on a random split and report both.
        resume: go on where a stopped training in the same folder stands.
        force: write into a folder that is not empty.
    """

    name: str | None = None
    notes: Sequence[str] = ()
    group_regex: str | None = None
    cache: Path | None = None
    teacher: Path | None = None
    compare_splits: bool = False
    resume: bool = False
    force: bool = False


def train(
    data: Sequence[Path],
    out: Path,
    *,
    settings: TrainSettings,
    progress: Progress,
    options: TrainOptions | None = None,
) -> dict[str, Any]:
    """Train on class folders or manifests and write model, card, manifest, history and report.

    Args:
        data: class folders or manifest CSVs.
        out: folder for the results.
        settings: how to train.
        progress: told what happens.
        options: what else to do.

    Returns:
        The report on the test split, as written to ``report.json``.

    Raises:
        OutputError: out is not empty.
        DataError: the data cannot be used.
        InputError: there is nothing to resume, or a training with other settings.
        KeyboardInterrupt: stopped before the first epoch was finished.
    """
    options = options or TrainOptions()
    if options.compare_splits and settings.split != GROUP:
        raise InputError(f"compare-splits: compares the split {GROUP} with {RANDOM}; leave --split")
    described = describe_recipe(settings, options)
    state = _open_folder(out, described, options)
    keras.utils.set_random_seed(settings.seed)
    device = choose_precision(progress)
    model = _begin_model(settings)
    division = _divide_or_resume(data, out, settings, state, progress, options)
    parts = {split: choose_split(division.samples, split) for split in SPLITS}
    progress.say(_describe(parts))
    tiles = read_tiles_once(division.samples, settings.input_px, progress, cache=options.cache)
    soft = None
    if options.teacher:
        soft = ask_teacher(
            options.teacher, division.samples, parts["train"], tiles, settings, progress
        )
    checkpoint = Checkpoint(out / CHECKPOINT_NAME, state)
    board = Board(out / "tensorboard")
    try:
        interrupted = fit_model(
            model, Material(parts, tiles, soft), settings, progress, checkpoint, board
        )
    finally:
        board.close()
    if interrupted:
        progress.say("interrupted: finishing with the best epoch so far; Ctrl-C again gives up")
    keras.config.set_dtype_policy("float32")
    trained = Trained(
        name=options.name or out.resolve().name,
        notes=options.notes,
        settings=settings,
        described=described,
        division=division,
        parts=parts,
        state=state,
        device=device,
        interrupted=interrupted,
    )
    bare, report = conclude(trained, model, tiles, progress)
    if options.compare_splits and not interrupted:
        other = _train_at_random(data, out, settings, progress, options)
        compared = {"by photo or look": report.figures, "at random": other}
        report = dataclasses.replace(report, compared=compared)
    written = write_results(out, bare, report)
    checkpoint.remove()
    return written


def _train_at_random(
    data: Sequence[Path],
    out: Path,
    settings: TrainSettings,
    progress: Progress,
    options: TrainOptions,
) -> dict[str, Any]:
    """Train again on a random split, to show what its figures would have promised."""
    progress.say("training again, on a random split")
    return train(
        data,
        out / _RANDOM_FOLDER,
        settings=dataclasses.replace(settings, split=RANDOM),
        progress=progress,
        options=dataclasses.replace(options, compare_splits=False, resume=False, force=True),
    )


def _open_folder(out: Path, described: dict[str, Any], options: TrainOptions) -> State:
    if not options.resume:
        refuse_to_overwrite(out, force=options.force)
        Checkpoint(out / CHECKPOINT_NAME, State(described)).remove()
        return State(described)
    if (out / MODEL_NAME).is_file():
        raise InputError(f"{out}: the training in it is finished; there is nothing to resume")
    return read_state(out / CHECKPOINT_NAME, described) or State(described)


def _begin_model(settings: TrainSettings) -> Any:
    if settings.starts_from_trained:
        return load_trained(Path(settings.weights), settings)
    return build_model(settings)


def _divide_or_resume(
    data: Sequence[Path],
    out: Path,
    settings: TrainSettings,
    state: State,
    progress: Progress,
    options: TrainOptions,
) -> Division:
    if state.division:
        return Division(read_manifest(out / MANIFEST_NAME), **state.division)
    division = divide(data, settings, progress, group_regex=options.group_regex)
    out.mkdir(parents=True, exist_ok=True)
    # With --force an older model may stand here; it would make the training look finished.
    (out / MODEL_NAME).unlink(missing_ok=True)
    write_manifest(out / MANIFEST_NAME, division.samples)
    state.division = {
        "unreadable": division.unreadable,
        "median_side_px": division.median_side_px,
    }
    return division


def _describe(parts: Mapping[str, Sequence[Sample]]) -> str:
    counts = ", ".join(
        f"{split} {len(part)} ({sum(s.is_crack for s in part)} cracks, "
        f"{len({s.group for s in part})} groups)"
        for split, part in parts.items()
    )
    return f"pictures: {counts}"


def describe_recipe(settings: TrainSettings, options: TrainOptions) -> dict[str, Any]:
    """Return what decides the outcome of a training, files by name and content."""
    recipe = asdict(settings)
    weights = Path(settings.weights)
    if weights.is_file():
        recipe |= {"weights": weights.name, "weights_sha256": sha256_of(weights.read_bytes())}
    if options.teacher:
        file = find_trained(options.teacher)
        if not file.is_file():
            raise InputError(f"{options.teacher}: no such teacher; expected a .keras file")
        recipe |= {"teacher": file.name, "teacher_sha256": sha256_of(file.read_bytes())}
    else:
        del recipe["teacher_weight"]
    return recipe
