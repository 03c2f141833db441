"""The figures of both labels side by side, as scikit-learn's classification report has them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from edge.evaluation.metrics import compute_metrics
from edge.model.labels import CRACK, NO_CRACK

_FIGURES = ("precision", "recall", "f1")


def classification_report(scores: ArrayLike, truths: ArrayLike, threshold: float) -> dict[str, Any]:
    """Compute the figures of each label, taken for the positive one in turn, and their averages.

    Args:
        scores: (N,), crack probabilities.
        truths: (N,), True for a crack.
        threshold: decision value in [0, 1]; a score at it is a crack.

    Returns:
        ``no_crack``, ``crack``, ``macro_average`` (labels count alike) and ``weighted_average``
        (pictures count alike), each with precision, recall, f1 and support, the count of pictures;
        and ``accuracy``. None where a figure is undefined, and for the average of such a one.
    """
    truth = np.asarray(truths, bool)
    verdict = np.asarray(scores, np.float64) >= threshold
    crack = _figures(verdict, truth)
    no_crack = _figures(~verdict, ~truth)
    labels = (no_crack, crack)
    return {
        NO_CRACK: no_crack,
        CRACK: crack,
        "accuracy": compute_metrics(verdict, truth, 0.5).accuracy,
        "macro_average": _average(labels, [1, 1]),
        "weighted_average": _average(labels, [label["support"] for label in labels]),
    }


def _figures(verdict: ArrayLike, truth: ArrayLike) -> dict[str, Any]:
    found = compute_metrics(verdict, truth, 0.5)
    support = found.confusion["tp"] + found.confusion["fn"]
    return {key: getattr(found, key) for key in _FIGURES} | {"support": support}


def _average(labels: Sequence[dict[str, Any]], weights: Sequence[int]) -> dict[str, Any]:
    average: dict[str, Any] = {}
    for key in _FIGURES:
        values = [label[key] for label in labels]
        whole = None not in values and sum(weights) > 0
        average[key] = float(np.average(values, weights=weights)) if whole else None
    return average | {"support": sum(label["support"] for label in labels)}
