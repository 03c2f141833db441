"""What is settled before a training begins: the recipe, the folder, the divided pictures.

Needs neither TensorFlow nor Keras, so that a mistake is told before they are loaded and before
weights are downloaded.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from edge.evaluation.dataset import SPLITS, Sample, choose_split, read_manifest
from edge.files.atomic_write import refuse_to_overwrite, require_writable
from edge.files.errors import InputError, OutputError
from edge.files.hashing import sha256_of
from edge.files.paths import choose_name
from edge.files.progress import Progress
from edge.model.card import MAX_PX, MIN_PX
from edge.model.training_folder import MANIFEST_NAME, MODEL_NAME, find_trained
from trainer.dataset.prepare import PreparedDataset, prepare_dataset
from trainer.fit.checkpoint import CHECKPOINT_NAME, TrainingState, holds_state, read_state
from trainer.fit.recipes import IMAGENET, NO_WEIGHTS, TrainSettings


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


@dataclass(frozen=True)
class TrainingPlan:
    """A training that can begin.

    Attributes:
        out: folder for the results.
        settings: how to train.
        options: what else to do.
        name: of the model.
        window_px: photo px that a tile covers.
        recipe: the settings as the card keeps them.
        state: where it stands, if an earlier one was stopped.
        dataset: with its splits.
        parts: samples by split.
    """

    out: Path
    settings: TrainSettings
    options: TrainOptions
    name: str
    window_px: int
    recipe: dict[str, Any]
    state: TrainingState
    dataset: PreparedDataset
    parts: Mapping[str, Sequence[Sample]]


def plan_training(
    data: Sequence[Path],
    out: Path,
    *,
    settings: TrainSettings,
    progress: Progress,
    options: TrainOptions | None = None,
) -> TrainingPlan:
    """Check what a training needs and divide its pictures; nothing is written.

    Args:
        data: class folders or manifest CSVs.
        out: folder for the results.
        settings: how to train.
        progress: takes messages and how far it has come.
        options: what else to do.

    Raises:
        OutputError: out is not empty, would replace a manifest of the data or cannot be written.
        DataError: the data cannot be used.
        InputError: weights or teacher do not exist, the name cannot be used, the pictures are too
            small or too large; there is nothing to resume, or a training with other settings.
    """
    options = options or TrainOptions()
    name = choose_name(
        options.name,
        out.resolve().name,
        owner=out,
        remedy="give the model another with --name",
    )
    recipe = describe_recipe(settings, options)
    state = _read_folder(data, out, recipe, options)
    require_writable(out)
    if state.dataset:
        dataset = PreparedDataset(read_manifest(out / MANIFEST_NAME), state.dataset)
    else:
        dataset = prepare_dataset(
            data, settings.split_plan, progress, group_regex=options.group_regex
        )
    window_px = settings.window_px or dataset.facts.median_side_px
    if not MIN_PX <= window_px <= MAX_PX:
        raise InputError(
            f"the median side of the pictures is {window_px} px; expected {MIN_PX} to {MAX_PX} px: "
            "cut them into pieces of photos, or give --window-px"
        )
    parts = {split: choose_split(dataset.samples, split) for split in SPLITS}
    progress.say(_count_pictures(parts))
    return TrainingPlan(out, settings, options, name, window_px, recipe, state, dataset, parts)


def _read_folder(
    data: Sequence[Path], out: Path, recipe: dict[str, Any], options: TrainOptions
) -> TrainingState:
    """Return where a training stands that is to be resumed, else the state of a new one."""
    folder = out / CHECKPOINT_NAME
    if options.resume:
        state = read_state(folder, recipe)
        if state:
            return state
        _refuse_to_resume(out, force=options.force)
    elif not options.force and holds_state(folder):
        raise OutputError(
            f"{out}: holds a training that was stopped; add --resume to continue it, or "
            "--force to start again"
        )
    refuse_to_overwrite(out, force=options.force)
    _refuse_to_replace_manifest(data, out)
    return TrainingState(recipe)


def _refuse_to_resume(out: Path, *, force: bool) -> None:
    """Refuse a folder that something else is in; in an empty one a training can begin."""
    if (out / MODEL_NAME).is_file():
        raise InputError(
            f"{out}: there is nothing to resume, its training is finished; to train the model "
            f"further, give --weights {out / MODEL_NAME} and another --out"
        )
    if not force and out.is_dir() and any(out.iterdir()):
        raise InputError(
            f"{out}: there is nothing to resume; expected the --out of a training that was "
            "stopped, or an empty folder"
        )


def _refuse_to_replace_manifest(data: Sequence[Path], out: Path) -> None:
    """Refuse, with --force too, a folder where the training's manifest would replace the data's."""
    manifest = out / MANIFEST_NAME
    if not manifest.exists():
        return
    is_of_training = (out / MODEL_NAME).is_file() or holds_state(out / CHECKPOINT_NAME)
    for item in data:
        is_given = item.is_file() and item.samefile(manifest)
        is_inside = item.is_dir() and out.resolve().is_relative_to(item.resolve())
        if is_given or (is_inside and not is_of_training):
            raise OutputError(
                f"{manifest}: belongs to your data and would be replaced; choose another --out"
            )


def _count_pictures(parts: Mapping[str, Sequence[Sample]]) -> str:
    counts = ", ".join(
        f"{split} {len(part):,} ({sum(s.is_crack for s in part):,} with cracks)"
        for split, part in parts.items()
    )
    return f"pictures: {counts}"


def describe_recipe(settings: TrainSettings, options: TrainOptions) -> dict[str, Any]:
    """Return what decides the outcome of a training, files by name and content.

    Raises:
        InputError: a file does not exist.
    """
    recipe = asdict(settings)
    if settings.weights not in (IMAGENET, NO_WEIGHTS):
        expected = (
            "imagenet, none, a .weights.h5 file of MobileNetV2 or the .keras file of a training"
        )
        recipe |= _describe_file("weights", Path(settings.weights), expected)
    if options.teacher:
        expected = "the folder or the .keras file of a training"
        recipe |= _describe_file("teacher", find_trained(options.teacher), expected)
    else:
        del recipe["teacher_weight"]
    return recipe


def _describe_file(role: str, file: Path, expected: str) -> dict[str, str]:
    if not file.is_file():
        raise InputError(f"--{role} {file}: no such file; expected {expected}")
    return {role: file.name, f"{role}_sha256": sha256_of(file.read_bytes())}
