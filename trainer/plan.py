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
from edge.files.progress import Progress
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
        recipe: the settings as the card keeps them.
        state: where it stands, if an earlier one was stopped.
        dataset: with its splits.
        parts: samples by split.
    """

    out: Path
    settings: TrainSettings
    options: TrainOptions
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
        OutputError: out is not empty or cannot be written.
        DataError: the data cannot be used.
        InputError: weights or teacher do not exist; there is nothing to resume, or a training with
            other settings.
    """
    options = options or TrainOptions()
    recipe = describe_recipe(settings, options)
    state = _read_folder(out, recipe, options)
    require_writable(out)
    if state.dataset:
        dataset = PreparedDataset(read_manifest(out / MANIFEST_NAME), state.dataset)
    else:
        dataset = prepare_dataset(
            data, settings.split_plan, progress, group_regex=options.group_regex
        )
    parts = {split: choose_split(dataset.samples, split) for split in SPLITS}
    progress.say(_count_pictures(parts))
    return TrainingPlan(out, settings, options, recipe, state, dataset, parts)


def _read_folder(out: Path, recipe: dict[str, Any], options: TrainOptions) -> TrainingState:
    folder = out / CHECKPOINT_NAME
    if not options.resume:
        if not options.force and holds_state(folder):
            raise OutputError(
                f"{out}: holds a training that was stopped; add --resume to continue it, or "
                "--force to start again"
            )
        refuse_to_overwrite(out, force=options.force)
        return TrainingState(recipe)
    if (out / MODEL_NAME).is_file() and not holds_state(folder):
        raise InputError(
            f"{out}: its training is finished; to train the model further, give --weights "
            f"{out / MODEL_NAME} and another --out"
        )
    return read_state(folder, recipe) or TrainingState(recipe)


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
        weights = Path(settings.weights)
        if not weights.is_file():
            raise InputError(
                f"--weights {weights}: no such file; expected imagenet, none, a .weights.h5 file "
                "of MobileNetV2 or the .keras file of a training"
            )
        recipe |= {"weights": weights.name, "weights_sha256": sha256_of(weights.read_bytes())}
    if options.teacher:
        file = find_trained(options.teacher)
        if not file.is_file():
            raise InputError(
                f"--teacher {options.teacher}: no such file; expected the folder or the .keras "
                "file of a training"
            )
        recipe |= {"teacher": file.name, "teacher_sha256": sha256_of(file.read_bytes())}
    else:
        del recipe["teacher_weight"]
    return recipe
