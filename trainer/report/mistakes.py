"""The pictures on which a model is wrong and most sure of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edge.evaluation.dataset import Sample, truths_of

MAX_SHOWN = 12


@dataclass(frozen=True)
class Mistake:
    """A picture with a wrong verdict and the score that it got."""

    path: str
    label: str
    source: str
    score: float


def find_missed_cracks(
    samples: Sequence[Sample],
    scores: NDArray[np.float32],
    threshold: float,
    limit: int = MAX_SHOWN,
) -> list[Mistake]:
    """Return the cracks that score lowest among those below the threshold, scores float32 (N,)."""
    missed = np.flatnonzero(truths_of(samples) & (scores < threshold))
    chosen = missed[np.argsort(scores[missed], kind="stable")][:limit]
    return [_describe(samples[place], scores[place]) for place in chosen]


def find_false_alarms(
    samples: Sequence[Sample],
    scores: NDArray[np.float32],
    threshold: float,
    limit: int = MAX_SHOWN,
) -> list[Mistake]:
    """Return those without a crack that score highest of all at or above the threshold."""
    alarms = np.flatnonzero(~truths_of(samples) & (scores >= threshold))
    chosen = alarms[np.argsort(-scores[alarms], kind="stable")][:limit]
    return [_describe(samples[place], scores[place]) for place in chosen]


def _describe(sample: Sample, score: np.float32) -> Mistake:
    return Mistake(str(sample.path), sample.label, sample.source, round(float(score), 6))
