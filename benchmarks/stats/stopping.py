"""When enough was measured: MLPerf's early stopping, and an interval that is narrow.

MLPerf inference (appendix "Early Stopping Criterion" of its rules) asks for each count t of queries
over a latency how many queries there must be in all, so that a system whose share of such queries
is larger than allowed would pass with a chance of at most 1 - confidence. That is the binomial
distribution, and so the queries are taken as independent. Here they are not (turns, sessions), so
its count is necessary, and an interval of sessions must be narrow as well.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from benchmarks.stats.estimates import estimate_quantile
from benchmarks.stats.student import binomial_cdf
from benchmarks.stats.turns import Turn

# MLPerf's own.
CONFIDENCE = 0.99
TARGET = 0.03


def queries_needed(share: float, confidence: float = CONFIDENCE, *, over: int = 1) -> int:
    """Return how many queries it takes to bound a percentile.

    Args:
        share: which percentile, in (0, 1).
        confidence: that the bound is not too low.
        over: queries that may lie above it; MLPerf estimates a percentile from one on.
    """
    _check(share, confidence)
    low, high = over, over + 1
    while binomial_cdf(over, high, 1 - share) > 1 - confidence:
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        enough = binomial_cdf(over, middle, 1 - share) <= 1 - confidence
        low, high = (low, middle) if enough else (middle, high)
    return high


def is_narrow(turns: Sequence[Turn], share: float = 0.9, *, target: float = TARGET) -> bool:
    """Tell whether a percentile is known well enough to stop.

    Args:
        turns: so far.
        share: which percentile, in (0, 1).
        target: half the width of its interval, as a share of the percentile.
    """
    if sum(len(turn.ms) for turn in turns) < queries_needed(share):
        return False
    found = estimate_quantile(turns, share)
    if found.low is None or found.high is None:
        return False
    return (found.high - found.low) / 2 <= target * found.value


def _check(share: float, confidence: float) -> None:
    for value in (share, confidence):
        if not (0 < value < 1 and math.isfinite(value)):
            raise ValueError(f"share and confidence must lie in (0, 1), got {value}")
