"""Which of many choices no other beats in both respects."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike


def pareto_front(costs: ArrayLike, gains: ArrayLike) -> list[int]:
    """Return the places of those that no other dominates, the cheapest first.

    One dominates another if it costs no more and gains no less, and is better in one of both; of
    equal ones all stay, in their order. What has no cost or no gain (NaN) is left out.

    Args:
        costs: (N,), the lower the better.
        gains: (N,), the higher the better.
    """
    cost, gain = np.asarray(costs, np.float64), np.asarray(gains, np.float64)
    if cost.shape != gain.shape or cost.ndim != 1:
        raise ValueError(f"costs and gains must be of one length, got {cost.shape}, {gain.shape}")
    known = ~(np.isnan(cost) | np.isnan(gain))
    no_worse = (cost[:, None] <= cost) & (gain[:, None] >= gain)
    better = (cost[:, None] < cost) | (gain[:, None] > gain)
    front = np.flatnonzero(known & ~(no_worse & better).any(axis=0))
    return [int(place) for place in front[np.argsort(cost[front], kind="stable")]]
