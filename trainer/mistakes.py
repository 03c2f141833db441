"""The pictures on which a model is wrong and most sure of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edge.evaluation.dataset import Sample, truths_of

MAX_SHOWN = 12


@dataclass(frozen=True)
class Mistake:
    """A picture with a wrong verdict and the score that it got."""

    sample: Sample
    score: float

    def to_dict(self) -> dict[str, Any]:
        """Return what a report says of it."""
        return {
            "path": str(self.sample.path),
            "label": self.sample.label,
            "source": self.sample.source,
            "score": round(self.score, 6),
        }


def find_missed_cracks(
    samples: Sequence[Sample],
    scores: NDArray[np.float32],
    threshold: float,
    limit: int = MAX_SHOWN,
) -> list[Mistake]:
    """Return the cracks that score lowest among those below the threshold, scores float32 (N,)."""
    missed = np.flatnonzero(truths_of(samples) & (scores < threshold))
    chosen = missed[np.argsort(scores[missed], kind="stable")][:limit]
    return [Mistake(samples[place], float(scores[place])) for place in chosen]


def find_false_alarms(
    samples: Sequence[Sample],
    scores: NDArray[np.float32],
    threshold: float,
    limit: int = MAX_SHOWN,
) -> list[Mistake]:
    """Return those without a crack that score highest of all at or above the threshold."""
    alarms = np.flatnonzero(~truths_of(samples) & (scores >= threshold))
    chosen = alarms[np.argsort(-scores[alarms], kind="stable")][:limit]
    return [Mistake(samples[place], float(scores[place])) for place in chosen]
