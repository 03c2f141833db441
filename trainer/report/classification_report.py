"""The figures of both labels side by side, as scikit-learn's classification report has them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from edge.evaluation.metrics import compute_metrics


@dataclass(frozen=True)
class LabelFigures:
    """The figures of a label taken for the positive one, or an average; None where undefined.

    Attributes:
        precision: see ``edge.evaluation.metrics``.
        recall: see ``edge.evaluation.metrics``.
        f1: see ``edge.evaluation.metrics``.
        support: the count of pictures.
    """

    precision: float | None
    recall: float | None
    f1: float | None
    support: int


@dataclass(frozen=True)
class ClassificationReport:
    """The figures of each label and their averages.

    Attributes:
        no_crack: figures of the label.
        crack: figures of the label.
        accuracy: over all pictures.
        macro_average: labels count alike.
        weighted_average: pictures count alike.
    """

    no_crack: LabelFigures
    crack: LabelFigures
    accuracy: float | None
    macro_average: LabelFigures
    weighted_average: LabelFigures


def classification_report(
    scores: ArrayLike, truths: ArrayLike, threshold: float
) -> ClassificationReport:
    """Compute the figures of each label, taken for the positive one in turn, and their averages.

    Args:
        scores: (N,), crack probabilities.
        truths: (N,), True for a crack.
        threshold: decision value in [0, 1]; a score at it is a crack.
    """
    truth = np.asarray(truths, bool)
    verdict = np.asarray(scores, np.float64) >= threshold
    labels = (_compute_figures(~verdict, ~truth), _compute_figures(verdict, truth))
    return ClassificationReport(
        *labels,
        accuracy=compute_metrics(verdict, truth, 0.5).accuracy,
        macro_average=_average(labels, [1, 1]),
        weighted_average=_average(labels, [label.support for label in labels]),
    )


def _compute_figures(verdict: ArrayLike, truth: ArrayLike) -> LabelFigures:
    found = compute_metrics(verdict, truth, 0.5)
    support = found.confusion["tp"] + found.confusion["fn"]
    return LabelFigures(found.precision, found.recall, found.f1, support)


def _average(labels: Sequence[LabelFigures], weights: Sequence[int]) -> LabelFigures:
    def average(values: Sequence[float | None]) -> float | None:
        known = [value for value in values if value is not None]
        if len(known) < len(values) or not sum(weights):
            return None
        return float(np.average(known, weights=weights))

    return LabelFigures(
        average([label.precision for label in labels]),
        average([label.recall for label in labels]),
        average([label.f1 for label in labels]),
        sum(label.support for label in labels),
    )
