"""What a parent and the files made from it score on the same labelled pictures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from edge.detect.settings import Scorers, View, choose_settings
from edge.evaluation.dataset import Sample
from edge.evaluation.labelled_boxes import ScoredBoxes, score_labelled_boxes
from edge.evaluation.scored_samples import read_tiles
from edge.files.errors import DataError
from edge.files.progress import Progress
from edge.model.scorer import CardedScorer, Scorer
from edge.photo.preprocess import to_tile
from edge.photo.tiling import Box


@dataclass(frozen=True)
class PairedScores:
    """Labelled pictures with the scores of a parent and its files.

    Attributes:
        samples: the pictures that could be read.
        parent: float32 (N,), the parent's crack probabilities.
        models: the same of each file, by name.
        unreadable: complaints about pictures that were left out.
        boxes: (N,), where the pictures are squares of photos, left, upper, right, lower in px.
    """

    samples: list[Sample]
    parent: NDArray[np.float32]
    models: Mapping[str, NDArray[np.float32]]
    unreadable: list[str]
    boxes: list[Box] | None = None


def score_pictures(
    parent: CardedScorer,
    models: Mapping[str, CardedScorer],
    samples: Sequence[Sample],
    progress: Progress,
    *,
    what: str = "comparing with the parent",
) -> PairedScores:
    """Score pictures, each as one tile, with the parent and every file.

    Raises:
        DataError: no picture can be read.
    """
    kept: list[Sample] = []
    unreadable: list[str] = []
    gathered: dict[str | None, list[NDArray[np.float32]]] = {name: [] for name in (None, *models)}
    side = parent.card.input_px
    for chosen, tiles, complaints in read_tiles(samples, side, progress, what=what):
        unreadable += complaints
        if not chosen:
            continue
        kept += chosen
        gathered[None].append(parent.scores(tiles))
        for name, model in models.items():
            own = model.card.input_px
            fitted = tiles if own == side else np.stack([to_tile(tile, own) for tile in tiles])
            gathered[name].append(model.scores(fitted))
    if not kept:
        raise DataError(f"none of the {len(samples)} pictures can be read")
    after = {name: np.concatenate(gathered[name]) for name in models}
    return PairedScores(kept, np.concatenate(gathered[None]), after, unreadable)


def score_photos(
    parent: Scorer, models: Mapping[str, Scorer], path: Path, *, view: View, progress: Progress
) -> PairedScores:
    """Score the labelled squares of whole photos (``tiles.csv``) with the parent and every file.

    Raises:
        DataError: malformed squares, a square outside its photo, no readable photo.
    """

    def score(scorer: Scorer) -> ScoredBoxes:
        settings = choose_settings(scorer.card, view=view)
        return score_labelled_boxes(Scorers(scorer), path, settings=settings, progress=progress)

    before = score(parent)
    after = {name: score(model).scored.scores for name, model in models.items()}
    scored = before.scored
    return PairedScores(scored.samples, scored.scores, after, scored.unreadable, before.boxes)


def require_both_labels(samples: Sequence[Sample]) -> None:
    """Refuse pictures by which recall or false alarms cannot be compared.

    Raises:
        DataError: all of them have the same label.
    """
    cracks = sum(sample.is_crack for sample in samples)
    if cracks in (0, len(samples)):
        label = samples[0].label if samples else "no label"
        raise DataError(
            f"the verification data has only {label} ({len(samples)} pictures); "
            "a comparison needs pictures of both labels, crack and no_crack"
        )
