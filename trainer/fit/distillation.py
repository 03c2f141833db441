"""Knowledge distillation: soft targets from a larger model (Hinton et al. 2015)."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path

from edge.evaluation.dataset import Sample, fingerprint
from edge.files.errors import InputError
from edge.files.progress import Progress
from edge.model.logits import sigmoid
from edge.model.training_folder import find_trained, read_trained_card
from trainer.fit.model import load_trained
from trainer.fit.recipes import TrainSettings
from trainer.fit.stages import predict_logits
from trainer.fit.tiles import DecodedTiles


def make_soft_targets(
    path: Path,
    samples: Sequence[Sample],
    train: Sequence[Sample],
    tiles: DecodedTiles,
    settings: TrainSettings,
    progress: Progress,
) -> dict[Path, float]:
    """Mix the labels of the training pictures with a teacher's scores of them.

    Its scores are taken once, of the tiles as they are: an augmented
    tile shows the same crack.

    Args:
        path: of its ``.keras`` file or the folder of its training.
        samples: all pictures, with their splits.
        train: those of the train split.
        tiles: of all pictures, at the side that the teacher takes too.
        settings: of the training.
        progress: takes messages and how far it has come.

    Returns:
        The target of each training picture, 0 to 1.

    Raises:
        InputError: it takes tiles of another size.
    """
    card = read_trained_card(path)
    if card.input_px != settings.input_px:
        raise InputError(
            f"--teacher {path}: its input is {card.input_px} px, but this training's is "
            f"{settings.input_px} px; add --input-px {card.input_px}"
        )
    if card.data.get("fingerprint") != fingerprint(samples):
        progress.say(
            f"the teacher {path} was trained on other data or another split; "
            "it may have seen pictures of this training's test split"
        )
    own = dataclasses.replace(
        settings,
        recipe=str(card.recipe.get("recipe", settings.recipe)),
        alpha=float(card.recipe.get("alpha", settings.alpha)),
    )
    teacher = load_trained(find_trained(path), own)
    scores = sigmoid(predict_logits(teacher, train, tiles, progress, "scores of the teacher"))
    weight = settings.teacher_weight
    return {
        sample.path: weight * float(score) + (1 - weight) * float(sample.is_crack)
        for sample, score in zip(train, scores, strict=True)
    }
