"""Scores of labelled pictures, and the figures that come of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edge.evaluation.dataset import Sample, truths_of
from edge.evaluation.metrics import compute_metrics
from edge.files.errors import DataError, PhotoError
from edge.files.progress import Progress
from edge.model.scorer import TileScorer
from edge.photo.codec import read_photo
from edge.photo.preprocess import to_tile

# Pictures held in memory at a time.
_BATCH = 64


@dataclass(frozen=True)
class ScoredSamples:
    """Samples with their scores, float32 (N,), and what could not be read."""

    samples: list[Sample]
    scores: NDArray[np.float32]
    unreadable: list[str]


def read_tiles(
    samples: Sequence[Sample], input_px: int, progress: Progress, *, what: str = "scoring"
) -> Iterator[tuple[list[Sample], NDArray[np.uint8], list[str]]]:
    """Read labelled pictures as tiles, a few dozen at a time, leaving out unreadable ones.

    Yields:
        The samples that could be read, their tiles uint8 (N, P, P, 3) RGB, and complaints.
    """
    for start in range(0, len(samples), _BATCH):
        kept, tiles, complaints = [], [], []
        for sample in samples[start : start + _BATCH]:
            try:
                tiles.append(to_tile(read_photo(sample.path), input_px))
                kept.append(sample)
            except PhotoError as error:
                complaints.append(str(error))
                progress.say(f"left out: {error}")
        shape = (len(tiles), input_px, input_px, 3)
        yield kept, np.array(tiles, np.uint8).reshape(shape), complaints
        progress.step(what, min(start + _BATCH, len(samples)), len(samples))


def score_samples(
    scorer: TileScorer, samples: Sequence[Sample], input_px: int, progress: Progress
) -> ScoredSamples:
    """Score labelled pictures, each as one tile.

    Raises:
        DataError: none of the pictures can be read.
    """
    kept: list[Sample] = []
    scores: list[NDArray[np.float32]] = []
    unreadable: list[str] = []
    for chosen, tiles, complaints in read_tiles(samples, input_px, progress):
        kept += chosen
        unreadable += complaints
        if chosen:
            scores.append(scorer.scores(tiles))
    if not kept:
        raise DataError(f"none of the pictures can be read, such as {unreadable[0]}")
    return ScoredSamples(kept, np.concatenate(scores), unreadable)


def report_on(scored: ScoredSamples, threshold: float) -> dict[str, Any]:
    """Return the figures over all samples and, under ``per_source``, for each source alone."""
    truths = truths_of(scored.samples)
    sources = np.array([sample.source for sample in scored.samples])
    per_source = {
        str(source): compute_metrics(
            scored.scores[sources == source], truths[sources == source], threshold
        ).to_dict()
        for source in sorted(set(sources))
    }
    report = compute_metrics(scored.scores, truths, threshold).to_dict()
    return report | {"per_source": per_source, "unreadable": scored.unreadable}
