"""Quantiles of latencies and medians of few values, with their intervals."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from benchmarks.result_types import EstimateEntry
from benchmarks.stats.cluster_bootstrap import find_log_quantiles
from benchmarks.stats.student import binomial_cdf, t_quantile
from benchmarks.stats.turns import Turn

LEVEL = 0.95


@dataclass(frozen=True)
class Estimate:
    """A figure and its interval.

    Attributes:
        value: the figure.
        low: lower end; None where there is too little to tell.
        high: upper end; None likewise.
    """

    value: float
    low: float | None = None
    high: float | None = None

    def to_dict(self) -> EstimateEntry:
        """Return the figure and the ends by the names of results.json."""
        return {"value": self.value, "low": self.low, "high": self.high}

    def overlaps(self, other: Estimate) -> bool:
        """Tell whether the intervals meet; one that is not known meets all."""
        ends = (self.low, self.high, other.low, other.high)
        if any(end is None for end in ends):
            return True
        low, high, other_low, other_high = (float(end) for end in ends if end is not None)
        return low <= other_high and other_low <= high


def estimate_quantile(
    turns: Sequence[Turn], share: float, *, level: float = LEVEL, seed: int = 0
) -> Estimate:
    """Estimate a quantile of the latencies of all turns.

    The interval is that of Student's t on the log scale, its standard error from a cluster
    bootstrap of sessions: percentiles of a bootstrap of five units are too narrow (Hesterberg
    2015, "What Teachers Should Know About the Bootstrap", section 4.2). In simulations it holds
    the truth as often as it promises, but for high quantiles where sessions differ more than
    anything within them: of p90 in 0.88 instead of 0.95, too low, as slow sessions are seldom seen.

    Args:
        turns: at least one, with latencies above 0 ms.
        share: which quantile, in (0, 1).
        level: of the interval.
        seed: of the bootstrap.

    Returns:
        Ends are None of one session, and where so few latencies need not reach past the quantile.
    """
    (found,) = find_log_quantiles(turns, [share], seed=seed)
    value = math.exp(found.value)
    if found.error is None:
        return Estimate(value, None, None)
    n = sum(len(turn.ms) for turn in turns)
    reach = t_quantile((1 + level) / 2, found.df) * found.error
    alike = (1 - level) / 2
    return Estimate(
        value,
        value * math.exp(-reach) if (1 - share) ** n <= alike else None,
        value * math.exp(reach) if share**n <= alike else None,
    )


def estimate_median(values: ArrayLike, *, level: float = LEVEL) -> Estimate:
    """Estimate the median of few independent values, of whatever distribution.

    The interval reaches from one order statistic to another (Conover 1999, section 3.2), and its
    true level is at least the given one; for 0.95 it takes six values.

    Args:
        values: (N,), at least one.
        level: of the interval.
    """
    ranked = np.sort(np.asarray(values, np.float64).ravel())
    n = len(ranked)
    if not n:
        raise ValueError("a median needs at least one value")
    middle = float(np.median(ranked))
    outside = -1
    while 2 * binomial_cdf(outside + 1, n, 0.5) <= 1 - level:
        outside += 1
    if outside < 0:
        return Estimate(middle, None, None)
    return Estimate(middle, float(ranked[outside]), float(ranked[n - 1 - outside]))
