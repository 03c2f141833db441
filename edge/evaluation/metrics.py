"""Figures of a binary classifier, from scores and truths. Pure numpy."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike


@dataclass(frozen=True)
class Metrics:
    """How scores agree with labels at one threshold. ``None`` where a figure is undefined."""

    n: int
    accuracy: float | None
    precision: float | None
    recall: float | None
    f1: float | None
    auc: float | None
    confusion: dict[str, int]
    threshold: float

    def to_dict(self) -> dict[str, Any]:
        """Return the figures by the names used in reports."""
        return asdict(self)


def compute_metrics(scores: ArrayLike, truths: ArrayLike, threshold: float) -> Metrics:
    """Compute the figures of scores at a threshold; a score at the threshold is a crack.

    Args:
        scores: (N,), crack probabilities.
        truths: (N,), True for a crack.
        threshold: decision value in [0, 1].
    """
    score = np.asarray(scores, np.float64)
    truth = np.asarray(truths, bool)
    verdict = score >= threshold
    tp = int(np.sum(verdict & truth))
    fp = int(np.sum(verdict & ~truth))
    fn = int(np.sum(~verdict & truth))
    tn = int(np.sum(~verdict & ~truth))
    return Metrics(
        n=len(score),
        accuracy=_ratio(tp + tn, len(score)),
        precision=_ratio(tp, tp + fp),
        recall=_ratio(tp, tp + fn),
        f1=_ratio(2 * tp, 2 * tp + fp + fn),
        auc=auc(score, truth),
        confusion={"tp": tp, "fp": fp, "fn": fn, "tn": tn},
        threshold=float(threshold),
    )


def _ratio(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def auc(scores: ArrayLike, truths: ArrayLike) -> float | None:
    """Compute the area under the ROC curve, ties counted half; None without both labels.

    The chance that a crack scores above a picture without one: the rank sum of Mann and Whitney
    (Hanley & McNeil 1982).
    """
    score = np.asarray(scores, np.float64)
    truth = np.asarray(truths, bool)
    positives = int(truth.sum())
    negatives = len(truth) - positives
    if positives == 0 or negatives == 0:
        return None
    _, place, count = np.unique(score, return_inverse=True, return_counts=True)
    last_rank = np.cumsum(count)
    mean_rank = last_rank - (count - 1) / 2
    rank_sum = float(mean_rank[place][truth].sum())
    return (rank_sum - positives * (positives + 1) / 2) / (positives * negatives)


def average_precision(scores: ArrayLike, truths: ArrayLike) -> float | None:
    """Compute the mean precision over the cracks found one by one; None without cracks.

    The area under the precision-recall curve drawn as steps, not interpolated, which would flatter
    (Davis & Goadrich 2006). The share of cracks for scores by chance, 1 if all cracks come first.

    Args:
        scores: (N,), crack probabilities.
        truths: (N,), True for a crack.
    """
    score = np.asarray(scores, np.float64)
    truth = np.asarray(truths, bool)
    if not truth.any():
        return None
    order = np.argsort(-score, kind="stable")
    ends = np.append(np.diff(score[order]) != 0, True)  # equal scores are found together
    hits = np.cumsum(truth[order])[ends]
    precision = hits / (np.flatnonzero(ends) + 1)
    return float(np.sum(np.diff(hits, prepend=0) * precision) / truth.sum())


def choose_threshold(scores: ArrayLike, truths: ArrayLike, *, min_recall: float) -> float:
    """Choose the threshold of the highest precision among those that keep the recall.

    Args:
        scores: (N,), crack probabilities.
        truths: (N,), True for a crack; both labels must occur.
        min_recall: share of the cracks that must score at or above the threshold.

    Returns:
        A threshold halfway to the next lower score, so that equal scores elsewhere are not cut.

    Raises:
        ValueError: only one label occurs.
    """
    score = np.asarray(scores, np.float64)
    truth = np.asarray(truths, bool)
    if truth.all() or not truth.any():
        raise ValueError("a threshold needs cracks and pictures without cracks")
    order = np.argsort(-score, kind="stable")
    ranked, hits = score[order], np.cumsum(truth[order])
    ends = np.append(np.diff(ranked) != 0, True)  # the last picture of each run of equal scores
    precision = hits / np.arange(1, len(score) + 1)
    allowed = np.flatnonzero(ends & (hits / truth.sum() >= min_recall))
    best = allowed[np.argmax(precision[allowed])]
    below = ranked[best + 1] if best + 1 < len(ranked) else 0.0
    return float((ranked[best] + below) / 2)
