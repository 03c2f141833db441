"""Whether values lie above others, by ranks: the test of Mann & Whitney (1947), ties counted."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray


def compare_ranks(first: NDArray[np.float64], last: NDArray[np.float64]) -> float:
    """Return how many standard deviations the ranks of the last lie above those of the first.

    Args:
        first: (N,), such as times at the beginning.
        last: (M,), such as times at the end.
    """
    values = np.concatenate([first, last])
    unique, places, counts = np.unique(values, return_inverse=True, return_counts=True)
    # Equal values share the mean of their ranks.
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[places]
    n, m = len(first), len(last)
    above = ranks[n:].sum() - m * (m + 1) / 2 - n * m / 2
    ties = ((counts**3 - counts).sum()) / ((n + m) * (n + m - 1))
    variance = n * m / 12 * (n + m + 1 - ties)
    return float(above / math.sqrt(variance)) if len(unique) > 1 else 0.0
