"""The threshold of a quantized file, matched so that it finds as many cracks as its parent."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from edge.model.logits import logit

# Width of the step by which a crack counts, in logits: about what int8 adds in noise to a logit.
# Counting whole cracks instead gave the recall on other pictures half as much noise again.
_WIDTH = 0.3
# Beyond these a float32 score says no more than 0 or 1.
_MAX_LOGIT = 16.0
_HALVINGS = 60
# Cracks, of which a difference makes none.
_EQUAL = 1e-9


def match_threshold(parent_scores: ArrayLike, scores: ArrayLike, parent_threshold: float) -> float:
    """Find the threshold at which a file's recall equals its parent's.

    A handful of cracks near the threshold decides how many are found, and on other pictures it
    is another handful. So each crack counts by a soft step around the threshold,
    ``sigmoid((logit - threshold) / 0.3)``, and the sums of both are made equal: on pictures not
    seen here that recall differs less than one matched crack by crack.

    Args:
        parent_scores: (N,), crack probabilities by the parent of pictures with cracks, at least
            one, none of which verifies the file.
        scores: (N,), the same by the file.
        parent_threshold: at or above it the parent says crack, in (0, 1).

    Returns:
        The file's threshold, in (0, 1).

    Raises:
        ValueError: no scores.
    """
    before, after = _logits(parent_scores), _logits(scores)
    if not len(before):
        raise ValueError("a threshold is matched on cracks; there are none")
    middle = logit(parent_threshold)
    wanted = _count_softly(before - middle)
    # Between scores that are far apart many thresholds serve: the nearest to the parent's is taken.
    lowest = _find_shift(after - middle, wanted + _EQUAL)
    highest = _find_shift(after - middle, wanted - _EQUAL)
    found = np.clip(middle + np.clip(0.0, lowest, highest), -_MAX_LOGIT, _MAX_LOGIT)
    return float(1 / (1 + np.exp(-found)))


def _find_shift(distances: NDArray[np.float64], wanted: float) -> float:
    """Find the shift of the threshold at which the soft count, which falls, gets below a number."""
    low, high = -2 * _MAX_LOGIT, 2 * _MAX_LOGIT
    for _ in range(_HALVINGS):
        shift = (low + high) / 2
        if _count_softly(distances - shift) > wanted:
            low = shift
        else:
            high = shift
    return high


def _logits(scores: ArrayLike) -> NDArray[np.float64]:
    score = np.asarray(scores, np.float64)
    with np.errstate(divide="ignore"):
        raw = np.log(score) - np.log1p(-score)
    return np.asarray(np.clip(raw, -_MAX_LOGIT, _MAX_LOGIT), np.float64)


def _count_softly(distances: NDArray[np.float64]) -> float:
    return float(np.sum(0.5 + 0.5 * np.tanh(distances / (2 * _WIDTH))))
