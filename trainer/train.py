"""From labelled pictures to a model with its card, its report and its model card."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import closing
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
from edge.files.errors import InputError, OutputError
from edge.files.hashing import sha256_of
from edge.files.progress import Progress
from edge.model.training_folder import MANIFEST_NAME, MODEL_NAME, find_trained
from trainer.dataset.prepare import PreparedDataset, prepare_dataset
from trainer.finalize import FinishedTraining, finalize, write_results
from trainer.fit.callbacks import TensorBoardLog
from trainer.fit.checkpoint import (
    CHECKPOINT_NAME,
    Checkpoint,
    TrainingState,
    holds_state,
    read_state,
)
from trainer.fit.distillation import make_soft_targets
from trainer.fit.model import build_model, load_trained
from trainer.fit.precision import choose_precision
from trainer.fit.recipes import TrainSettings
from trainer.fit.stages import TrainingData, fit_model
from trainer.fit.tiles import decode_tiles
from trainer.report.facts import ReportFacts


@dataclass(frozen=True)
class TrainOptions:
    """What a training does besides learning.

    Attributes:
        name: of the model; the folder's name if None.
        notes: licences and attributions of the data, carried by the card.
        group_regex: finds the source photo in a picture's path.
        cache: folder for decoded tiles.
        teacher: ``.keras`` file or training folder of a larger model to learn from.
        resume: go on where a stopped training in the same folder stands.
        force: write into a folder that is not empty.
    """

    name: str | None = None
    notes: Sequence[str] = ()
    group_regex: str | None = None
    cache: Path | None = None
    teacher: Path | None = None
    resume: bool = False
    force: bool = False


def train(
    data: Sequence[Path],
    out: Path,
    *,
    settings: TrainSettings,
    progress: Progress,
    options: TrainOptions | None = None,
) -> ReportFacts:
    """Train on class folders or manifests and write model, card, manifest, history and report.

    Args:
        data: class folders or manifest CSVs.
        out: folder for the results.
        settings: how to train.
        progress: takes messages and how far it has come.
        options: what else to do.

    Returns:
        The figures on the test split and the other facts of ``report.json``.

    Raises:
        OutputError: out is not empty.
        DataError: the data cannot be used.
        InputError: there is nothing to resume, or a training with other settings.
        KeyboardInterrupt: stopped before the first epoch was finished.
    """
    options = options or TrainOptions()
    recipe = describe_recipe(settings, options)
    state = _open_folder(out, recipe, options)
    keras.utils.set_random_seed(settings.seed)
    device = choose_precision(progress)
    model = _make_model(settings)
    dataset = _prepare_or_resume(data, out, settings, state, progress, options)
    parts = {split: choose_split(dataset.samples, split) for split in SPLITS}
    progress.say(_count_pictures(parts))
    tiles = decode_tiles(dataset.samples, settings.input_px, progress, cache=options.cache)
    soft_targets = None
    if options.teacher:
        soft_targets = make_soft_targets(
            options.teacher, dataset.samples, parts["train"], tiles, settings, progress
        )
    checkpoint = Checkpoint(out / CHECKPOINT_NAME, state)
    with closing(TensorBoardLog(out / "tensorboard")) as log:
        training_data = TrainingData(parts, tiles, soft_targets)
        interrupted = fit_model(model, training_data, settings, progress, checkpoint, log)
    if interrupted:
        progress.say("interrupted: finishing with the best epoch so far; Ctrl-C again gives up")
    keras.config.set_dtype_policy("float32")
    trained = FinishedTraining(
        name=options.name or out.resolve().name,
        notes=options.notes,
        settings=settings,
        recipe=recipe,
        dataset=dataset,
        parts=parts,
        state=state,
        device=device,
        interrupted=interrupted,
    )
    bare, report = finalize(trained, model, tiles, progress)
    facts = write_results(out, bare, report)
    checkpoint.remove()
    return facts


def _open_folder(out: Path, recipe: dict[str, Any], options: TrainOptions) -> TrainingState:
    if not options.resume:
        if not options.force and holds_state(out / CHECKPOINT_NAME):
            raise OutputError(
                f"{out}: holds a training that was stopped; add --resume to continue it, or "
                "--force to start again"
            )
        refuse_to_overwrite(out, force=options.force)
        Checkpoint(out / CHECKPOINT_NAME, TrainingState(recipe)).remove()
        return TrainingState(recipe)
    if (out / MODEL_NAME).is_file():
        raise InputError(f"{out}: the training in it is finished; there is nothing to resume")
    return read_state(out / CHECKPOINT_NAME, recipe) or TrainingState(recipe)


def _make_model(settings: TrainSettings) -> Any:
    if settings.starts_from_trained:
        return load_trained(Path(settings.weights), settings)
    return build_model(settings)


def _prepare_or_resume(
    data: Sequence[Path],
    out: Path,
    settings: TrainSettings,
    state: TrainingState,
    progress: Progress,
    options: TrainOptions,
) -> PreparedDataset:
    if state.dataset:
        return PreparedDataset(read_manifest(out / MANIFEST_NAME), state.dataset)
    dataset = prepare_dataset(data, settings.split_plan, progress, group_regex=options.group_regex)
    out.mkdir(parents=True, exist_ok=True)
    # With --force an older model may stand here; it would make the training look finished.
    (out / MODEL_NAME).unlink(missing_ok=True)
    write_manifest(out / MANIFEST_NAME, dataset.samples)
    state.dataset = dataset.facts
    return dataset


def _count_pictures(parts: Mapping[str, Sequence[Sample]]) -> str:
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
