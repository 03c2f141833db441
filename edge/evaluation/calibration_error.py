"""Whether scores are probabilities: how far they lie from how often they are right."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

BINS = 15


def expected_calibration_error(
    scores: ArrayLike, truths: ArrayLike, bins: int = BINS
) -> float | None:
    """Compute the expected calibration error; None without pictures.

    The mean distance between the mean score and the share of cracks over bins of scores (Naeini,
    Cooper & Hauskrecht 2015), which hold equally many pictures: most scores lie near 0 and 1, and
    bins of equal width would leave the rest to a few (Nixon et al. 2019). Equal scores, of which
    int8 models give many, share their cracks evenly, so the order of pictures does not matter.

    Args:
        scores: (N,), crack probabilities.
        truths: (N,), True for a crack.
        bins: how many; as many as pictures if there are fewer.
    """
    score = np.asarray(scores, np.float64)
    if not len(score):
        return None
    values, place, counts = np.unique(score, return_inverse=True, return_counts=True)
    cracks = np.bincount(place.reshape(-1), weights=np.asarray(truths, bool)) / counts
    gaps = np.repeat(values - cracks, counts)
    parts = np.array_split(gaps, min(bins, len(gaps)))
    return float(sum(abs(part.sum()) for part in parts) / len(gaps))


def brier_score(scores: ArrayLike, truths: ArrayLike) -> float | None:
    """Compute the mean square of score less truth (Brier 1950); None without pictures.

    Args:
        scores: (N,), crack probabilities.
        truths: (N,), True for a crack.
    """
    score = np.asarray(scores, np.float64)
    if not len(score):
        return None
    return float(np.mean((score - np.asarray(truths, bool)) ** 2))
