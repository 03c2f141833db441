"""Temperature scaling of logits, and the curve that shows how far scores are probabilities."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

# Beyond these a temperature says that the logits are of no use, or that there are too few of them.
MIN_TEMPERATURE = 0.05
MAX_TEMPERATURE = 20.0
_HALVINGS = 60


def fit_temperature(logits: ArrayLike, truths: ArrayLike) -> float:
    """Find the T that makes sigmoid(logit / T) the most likely (Guo et al. 2017).

    The likelihood is that of Platt's targets (Platt 1999): (n + 1) / (n + 2) for a label with n
    pictures instead of 1. With hundreds of pictures that changes next to nothing; without it a
    model that makes no mistake on them would be called certain of everything, T next to 0.

    Args:
        logits: (N,), of the val split; finite.
        truths: (N,), True for a crack; both labels must occur.

    Returns:
        T in [0.05, 20]: above 1 the scores were too sure, below 1 not sure enough; 20 where they
        are no better than chance, 1 where all logits are 0.

    Raises:
        ValueError: only one label occurs, or a logit is not finite.
    """
    logit = np.asarray(logits, np.float64)
    truth = np.asarray(truths, bool)
    if truth.all() or not truth.any():
        raise ValueError("a temperature needs cracks and pictures without cracks")
    if not np.isfinite(logit).all():
        raise ValueError("a temperature needs finite logits")
    if not logit.any():
        return 1.0
    cracks, others = int(truth.sum()), int((~truth).sum())
    target = np.where(truth, (cracks + 1) / (cracks + 2), 1 / (others + 2))

    def slope(factor: float) -> float:
        likely = 0.5 * (1.0 + np.tanh(0.5 * factor * logit))
        return float(np.sum((likely - target) * logit))

    # The loss is convex in 1 / T: halving the range in which its slope changes sign finds it.
    low, high = 1 / MAX_TEMPERATURE, 1 / MIN_TEMPERATURE
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if slope(middle) < 0 else (low, middle)
    return 2 / (low + high)


@dataclass(frozen=True)
class CalibrationBin:
    """The pictures whose scores lie in a range.

    Attributes:
        low: the lowest score in it.
        high: the scores stay below it; in the last bin it belongs to it.
        n: pictures.
        mean_score: of these; None where there are none.
        share_of_cracks: among these; None where there are none.
    """

    low: float
    high: float
    n: int
    mean_score: float | None
    share_of_cracks: float | None


def calibration_curve(scores: ArrayLike, truths: ArrayLike, bins: int = 10) -> list[CalibrationBin]:
    """Compare scores with how often they were right, in bins of equal width, as plots have them.

    Args:
        scores: (N,), crack probabilities in [0, 1].
        truths: (N,), True for a crack.
        bins: how many.

    Raises:
        ValueError: fewer than one bin.
    """
    if bins < 1:
        raise ValueError(f"bins is {bins}; expected at least 1")
    score, truth = np.asarray(scores, np.float64), np.asarray(truths, bool)
    edges = np.linspace(0, 1, bins + 1)
    place = np.clip(np.searchsorted(edges, score, side="right") - 1, 0, bins - 1)
    curve = []
    for number in range(bins):
        inside = place == number
        n = int(inside.sum())
        curve.append(
            CalibrationBin(
                low=float(edges[number]),
                high=float(edges[number + 1]),
                n=n,
                mean_score=float(score[inside].mean()) if n else None,
                share_of_cracks=float(truth[inside].mean()) if n else None,
            )
        )
    return curve
