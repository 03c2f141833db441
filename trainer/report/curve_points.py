"""Points of the ROC and the precision-recall curve: what every possible threshold would give."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

# More points than a drawing of some hundred px can show.
MAX_POINTS = 400


def roc_points(
    scores: ArrayLike, truths: ArrayLike, limit: int = MAX_POINTS
) -> NDArray[np.float64]:
    """Trace the false alarms and the recall over falling thresholds.

    Args:
        scores: (N,), crack probabilities.
        truths: (N,), True for a crack; both labels must occur.
        limit: points to keep at most, at least 2.

    Returns:
        float64 (P, 3): share of the pictures without a crack that are called cracked, recall,
        threshold. From (0, 0) at an infinite threshold to (1, 1) at the lowest score.

    Raises:
        ValueError: only one label occurs.
    """
    threshold, hits, alarms = _count(scores, truths)
    points = np.stack([alarms / alarms[-1], hits / hits[-1], threshold], axis=1)
    return _thin(np.concatenate([[[0.0, 0.0, np.inf]], points]), limit)


def precision_recall_points(
    scores: ArrayLike, truths: ArrayLike, limit: int = MAX_POINTS
) -> NDArray[np.float64]:
    """Trace recall and precision over falling thresholds.

    Args:
        scores: (N,), crack probabilities.
        truths: (N,), True for a crack; both labels must occur.
        limit: points to keep at most, at least 2.

    Returns:
        float64 (P, 3): recall, precision, threshold. From the highest score to the lowest, where
        the recall is 1. Without a point at recall 0, where a precision would be made up.

    Raises:
        ValueError: only one label occurs.
    """
    threshold, hits, alarms = _count(scores, truths)
    return _thin(np.stack([hits / hits[-1], hits / (hits + alarms), threshold], axis=1), limit)


def _count(
    scores: ArrayLike, truths: ArrayLike
) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.int64]]:
    """Count cracks and others at or above each score that occurs, the highest first."""
    score, truth = np.asarray(scores, np.float64), np.asarray(truths, bool)
    if truth.all() or not truth.any():
        raise ValueError("a curve needs cracks and pictures without cracks")
    order = np.argsort(-score, kind="stable")
    ranked = score[order]
    ends = np.flatnonzero(np.append(np.diff(ranked) != 0, True))  # equal scores fall together
    hits = np.cumsum(truth[order])[ends]
    return ranked[ends], hits, ends + 1 - hits


def _thin(points: NDArray[np.float64], limit: int) -> NDArray[np.float64]:
    """Keep points at even distances along the curve, the ends among them."""
    if len(points) <= limit:
        return points
    apart = np.abs(np.diff(points[:, :2], axis=0)).sum(axis=1)
    way = np.concatenate([[0.0], np.cumsum(apart)])
    kept = np.searchsorted(way, np.linspace(0, way[-1], limit))
    kept[-1] = len(points) - 1  # rounding may leave the sum a little beside the last stop
    thinned: NDArray[np.float64] = points[np.unique(np.minimum(kept, len(points) - 1))]
    return thinned
