"""Round weights to int8 so that a layer's output, not each weight, stays near its own.

Rounding each weight to the nearest step is best only if inputs are independent. They are not: nine
neighbours in a picture are nearly equal, so the rounding errors of a depthwise kernel add up. Here
each weight is rounded in turn and the error is handed on to the weights not rounded yet, by the
inverse second moments of the inputs (Hassibi & Stork 1993, "Optimal Brain Surgeon"; as GPTQ,
Frantar et al. 2022); then single weights move by a step while that lowers the squared error.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float64]

MAX_INTEGER = 127  # int8 weights are symmetric: -127 to 127
# Added to the diagonal, as a share of its mean: directions that no input shows stay solvable.
_DAMPING = 1e-3
_TINY = 1e-9
_MAX_PASSES = 3


def round_weights(
    weights: Matrix, moments: Matrix, *, doubt: float = 0.0
) -> tuple[NDArray[np.int8], Matrix]:
    """Round weights to integers times one step for each row.

    The largest weight of a row is 127 steps, before and after: whoever quantizes the result again
    by its largest weight finds these integers.

    Args:
        weights: (R, C), one row for each output.
        moments: (C, C), second moments of the inputs, symmetric.
        doubt: how little the moments say of other pictures; inputs per observation, C / n.

    Returns:
        Integers int8 (R, C) and steps (R,), such that ``integers * steps[:, None]`` takes the
        place of the weights.
    """
    steps = np.maximum(np.abs(weights).max(axis=1), _TINY) / MAX_INTEGER
    damped = moments + (_DAMPING + doubt) * _mean_diagonal(moments) * np.eye(len(moments))
    order = np.argsort(-damped.diagonal(), kind="stable")
    scaled = (weights / steps[:, None])[:, order]
    damped = damped[np.ix_(order, order)]
    largest = np.abs(scaled).argmax(axis=1)
    rounded = _round_in_turn(scaled, damped, largest)
    rounded = _improve(rounded, scaled, damped, largest)
    integers = np.empty(weights.shape, np.int8)
    integers[:, order] = rounded.astype(np.int8)
    return integers, steps


def _mean_diagonal(moments: Matrix) -> float:
    return float(np.trace(moments)) / len(moments) + _TINY


def _to_integer(values: Matrix) -> Matrix:
    return np.asarray(np.clip(np.rint(values), -MAX_INTEGER, MAX_INTEGER))


def _round_in_turn(weights: Matrix, moments: Matrix, largest: NDArray[np.intp]) -> Matrix:
    """Round column by column, each error handed on to the columns after it."""
    left = weights.copy()
    rounded: Matrix = np.empty_like(left)
    factor = np.linalg.cholesky(np.linalg.inv(moments)).T
    for column in range(left.shape[1]):
        rounded[:, column] = _to_integer(left[:, column])
        kept = largest == column
        rounded[kept, column] = np.rint(weights[kept, column])
        error = (left[:, column] - rounded[:, column]) / factor[column, column]
        left[:, column + 1 :] -= np.outer(error, factor[column, column + 1 :])
    return rounded


def _improve(
    rounded: Matrix, weights: Matrix, moments: Matrix, largest: NDArray[np.intp]
) -> Matrix:
    """Move single weights to the integer that lowers the squared error, while any does."""
    rounded = rounded.copy()
    slope = (rounded - weights) @ moments
    rows = np.arange(len(rounded))
    for _ in range(_MAX_PASSES):
        before = rounded.copy()
        for column in range(rounded.shape[1]):
            best = _to_integer(rounded[:, column] - slope[:, column] / moments[column, column])
            move = best - rounded[:, column]
            move[rows[largest == column]] = 0.0
            rounded[:, column] += move
            moved = np.flatnonzero(move)
            slope[moved] += np.outer(move[moved], moments[column])
        if np.array_equal(before, rounded):
            break
    return rounded
