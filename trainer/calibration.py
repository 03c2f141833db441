"""How far scores can be read as probabilities, and the one number that mends most of it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

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


def calibration_curve(scores: ArrayLike, truths: ArrayLike, bins: int = 10) -> list[dict[str, Any]]:
    """Hold the scores against how often they were right, in bins of equal width.

    Args:
        scores: (N,), crack probabilities in [0, 1].
        truths: (N,), True for a crack.
        bins: how many.

    Returns:
        For each bin ``low``, ``high`` (its scores are in [low, high), in the last also 1), ``n``,
        ``mean_score`` and ``share_of_cracks``; the last two are None where n is 0.

    Raises:
        ValueError: fewer than one bin.
    """
    if bins < 1:
        raise ValueError(f"bins is {bins}; expected at least 1")
    score, truth = _pair(scores, truths)
    edges = np.linspace(0, 1, bins + 1)
    place = np.clip(np.searchsorted(edges, score, side="right") - 1, 0, bins - 1)
    curve = []
    for number in range(bins):
        inside = place == number
        n = int(inside.sum())
        curve.append(
            {
                "low": float(edges[number]),
                "high": float(edges[number + 1]),
                "n": n,
                "mean_score": float(score[inside].mean()) if n else None,
                "share_of_cracks": float(truth[inside].mean()) if n else None,
            }
        )
    return curve


def expected_calibration_error(scores: ArrayLike, truths: ArrayLike, bins: int = 10) -> float:
    """Return the mean distance of a score from how often it was right.

    That of the crack probability, bins weighted by their pictures (Naeini et al. 2015).

    Args:
        scores: (N,), crack probabilities in [0, 1].
        truths: (N,), True for a crack.
        bins: of equal width.

    Raises:
        ValueError: no scores.
    """
    score, _ = _pair(scores, truths)
    filled = [part for part in calibration_curve(scores, truths, bins) if part["n"]]
    apart = sum(part["n"] * abs(part["mean_score"] - part["share_of_cracks"]) for part in filled)
    return float(apart / len(score))


def brier_score(scores: ArrayLike, truths: ArrayLike) -> float:
    """Return the mean squared distance of score and truth (Brier 1950); 0.25 if all are 0.5.

    Args:
        scores: (N,), crack probabilities in [0, 1].
        truths: (N,), True for a crack.

    Raises:
        ValueError: no scores.
    """
    score, truth = _pair(scores, truths)
    return float(np.mean((score - truth) ** 2))


def _pair(scores: ArrayLike, truths: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    score, truth = np.asarray(scores, np.float64), np.asarray(truths, bool)
    if not len(score):
        raise ValueError("no scores: calibration needs pictures")
    return score, truth
