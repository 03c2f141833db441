"""How far the quantiles of latencies may lie from the truth. Pure numpy.

Latencies of a turn are alike, and so are the turns of a sitting, whose processes keep their places
in memory: only sittings are independent. So sittings are drawn, each with all of its turns (the
cluster bootstrap, Davison & Hinkley 1997, section 3.8, the first of its two strategies: to draw
turns within the drawn sittings as well counts their variation twice). Five sittings may be alike
by chance; what the turns within them tell is a lower bound, so turns are drawn within the sittings
that were measured too, and the larger of both errors counts.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from benchmarks.stats.turns import Turn

RESAMPLES = 400
# Of the latencies: so many are needed that a few lucky ones do not decide.
FLOOR_SHARE = 0.05
# Values held in memory at a time: 32 MB.
_MAX_VALUES = 4_000_000


@dataclass(frozen=True)
class LogQuantile:
    """A quantile of pooled latencies on the log scale.

    Attributes:
        value: natural logarithm of the quantile, of ms.
        error: standard error; None of one sitting.
        df: degrees of freedom of the error: sittings less one.
    """

    value: float
    error: float | None
    df: int


def find_log_quantiles(
    turns: Sequence[Turn],
    shares: Sequence[float],
    *,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> list[LogQuantile]:
    """Find quantiles and their errors, all on the same resamples.

    Args:
        turns: at least one, with latencies above 0.
        shares: which quantiles, each in (0, 1).
        resamples: how many are drawn.
        seed: of the draws.
    """
    logs = _log([turn.ms for turn in turns])
    middles = np.quantile(np.concatenate(logs), shares)
    drawn = _Draws(turns, resamples, seed)
    return [
        drawn.estimate(float(middle), partial(_quantiles, logs, share))
        for middle, share in zip(middles, shares, strict=True)
    ]


def find_log_floor(
    turns: Sequence[Turn],
    *,
    share: float = FLOOR_SHARE,
    by_yardstick: bool = True,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> LogQuantile:
    """Find what a latency is where nothing disturbs it, by the same of the yardstick.

    Other work that shares a core or a cache slows each file by a factor of its own, for moments or
    for minutes, so medians of two runs differ by more than their files do. The lowest latencies
    differ little (Chen & Revels 2016, "Robust benchmarking in noisy environments"), and what is
    left, the clock's frequency, the yardstick shares. A run that never was undisturbed shows it by
    a large error: its sittings differ.

    Args:
        turns: at least one, with latencies above 0.
        share: the quantile that stands for the lowest ones.
        by_yardstick: divide by the same quantile of the yardstick; every turn must have it.
        resamples: how many are drawn.
        seed: of the draws.
    """
    logs = _log([turn.ms for turn in turns])
    fixed = _log([np.array([turn.yardstick_ms or 0.0]) for turn in turns]) if by_yardstick else None

    def find(counts: NDArray[np.int32]) -> NDArray[np.float64]:
        found = _quantiles(logs, share, counts)
        return found if fixed is None else found - _quantiles(fixed, share, counts)

    whole = find(np.ones((1, len(turns)), np.int32))
    return _Draws(turns, resamples, seed).estimate(float(whole[0]), find)


def _log(parts: Sequence[NDArray[np.float64]]) -> list[NDArray[np.float64]]:
    if not all((part > 0).all() for part in parts):
        raise ValueError("latencies must be above 0 ms")
    return [np.log(part) for part in parts]


class _Draws:
    """How often each turn is in each resample: of whole sittings, and of turns within them."""

    def __init__(self, turns: Sequence[Turn], resamples: int, seed: int) -> None:
        sittings = np.unique([turn.sitting for turn in turns], return_inverse=True)[1].reshape(-1)
        self._count = int(sittings.max()) + 1
        rng = np.random.default_rng(seed)
        self._among = _draw_sittings(rng, sittings, resamples)
        self._within = _draw_turns(rng, sittings, resamples)

    def estimate(
        self, value: float, find: Callable[[NDArray[np.int32]], NDArray[np.float64]]
    ) -> LogQuantile:
        """Give a figure its error; ``find`` computes it on resamples, (R, T) to (R,)."""
        if self._count == 1:
            return LogQuantile(value, None, 0)
        # A resample of n units varies by (n - 1) / n too little (Hesterberg 2015, section 4.2).
        among = find(self._among).std() * math.sqrt(self._count / (self._count - 1))
        return LogQuantile(value, float(max(among, find(self._within).std())), self._count - 1)


def _draw_sittings(
    rng: np.random.Generator, sittings: NDArray[np.intp], resamples: int
) -> NDArray[np.int32]:
    """Draw whole sittings; return how often each turn is in each resample, (R, T)."""
    count = int(sittings.max()) + 1
    draws = rng.multinomial(count, np.full(count, 1 / count), size=resamples)
    return draws[:, sittings].astype(np.int32)


def _draw_turns(
    rng: np.random.Generator, sittings: NDArray[np.intp], resamples: int
) -> NDArray[np.int32]:
    """Draw as many turns as there are within each sitting; return as ``_draw_sittings``."""
    counts = np.empty((resamples, len(sittings)), np.int32)
    for sitting in range(int(sittings.max()) + 1):
        places = np.flatnonzero(sittings == sitting)
        size = len(places)
        counts[:, places] = rng.multinomial(size, np.full(size, 1 / size), size=resamples)
    return counts


def _quantiles(
    logs: Sequence[NDArray[np.float64]], share: float, counts: NDArray[np.int32]
) -> NDArray[np.float64]:
    """Return a quantile of the values of all turns in each resample, (R,).

    Args:
        logs: the values of each turn.
        share: which quantile.
        counts: (R, T), how often each turn is in each resample.
    """
    values = np.concatenate(logs)
    order = np.argsort(values, kind="stable")
    owners = np.repeat(np.arange(len(logs)), [len(part) for part in logs])[order]
    ranked = values[order]
    found = np.empty(len(counts))
    rows = max(1, _MAX_VALUES // len(ranked))
    for start in range(0, len(counts), rows):
        sums = np.cumsum(counts[start : start + rows, owners], axis=1, dtype=np.int32)
        # The smallest value that at least this share of the resample does not exceed.
        reached = sums >= share * sums[:, -1:]
        found[start : start + rows] = ranked[reached.argmax(axis=1)]
    return found
