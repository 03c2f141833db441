"""How far the quantiles of latencies may lie from the truth. Pure numpy.

Latencies of a turn are alike, and so are the turns of a session, whose processes keep their places
in memory: only sessions are independent. So sessions are drawn, each with all of its turns (the
cluster bootstrap, Davison & Hinkley 1997, section 3.8, the first of its two strategies: to draw
turns within the drawn sessions as well counts their variation twice). Five sessions may be alike
by chance; what the turns within them show is a lower bound, so turns are drawn within the sessions
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
# Values held in memory at a time: 32 MB.
_MAX_VALUES = 4_000_000


@dataclass(frozen=True)
class LogQuantile:
    """A quantile of pooled latencies on the log scale.

    Attributes:
        value: natural logarithm of the quantile, of ms.
        error: standard error; None of one session.
        df: degrees of freedom of the error: sessions less one.
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
    if not all((turn.ms > 0).all() for turn in turns):
        raise ValueError("latencies must be above 0 ms")
    logs = [np.log(turn.ms) for turn in turns]
    middles = np.quantile(np.concatenate(logs), shares)
    drawn = _Draws(turns, resamples, seed)
    return [
        drawn.estimate(float(middle), partial(_quantiles, logs, share))
        for middle, share in zip(middles, shares, strict=True)
    ]


class _Draws:
    """How often each turn is in each resample: of whole sessions, and of turns within them."""

    def __init__(self, turns: Sequence[Turn], resamples: int, seed: int) -> None:
        sessions = np.unique([turn.session for turn in turns], return_inverse=True)[1].reshape(-1)
        self._count = int(sessions.max()) + 1
        rng = np.random.default_rng(seed)
        self._among = _draw_sessions(rng, sessions, resamples)
        self._within = _draw_turns(rng, sessions, resamples)

    def estimate(
        self, value: float, find: Callable[[NDArray[np.int32]], NDArray[np.float64]]
    ) -> LogQuantile:
        """Give a figure its error; ``find`` computes it on resamples, (R, T) to (R,)."""
        if self._count == 1:
            return LogQuantile(value, None, 0)
        # A resample of n units varies by (n - 1) / n too little (Hesterberg 2015, section 4.2).
        among = find(self._among).std() * math.sqrt(self._count / (self._count - 1))
        return LogQuantile(value, float(max(among, find(self._within).std())), self._count - 1)


def _draw_sessions(
    rng: np.random.Generator, sessions: NDArray[np.intp], resamples: int
) -> NDArray[np.int32]:
    """Draw whole sessions; return how often each turn is in each resample, (R, T)."""
    count = int(sessions.max()) + 1
    draws = rng.multinomial(count, np.full(count, 1 / count), size=resamples)
    return draws[:, sessions].astype(np.int32)


def _draw_turns(
    rng: np.random.Generator, sessions: NDArray[np.intp], resamples: int
) -> NDArray[np.int32]:
    """Draw as many turns as there are within each session; return as ``_draw_sessions``."""
    counts = np.empty((resamples, len(sessions)), np.int32)
    for session in range(int(sessions.max()) + 1):
        places = np.flatnonzero(sessions == session)
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
