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
from collections.abc import Sequence
from dataclasses import dataclass

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
    values = np.concatenate([turn.ms for turn in turns])
    if not (values > 0).all():
        raise ValueError("latencies must be above 0 ms")
    logs = np.log(values)
    middles = np.quantile(logs, shares)
    sittings = np.unique([turn.sitting for turn in turns], return_inverse=True)[1].reshape(-1)
    count = int(sittings.max()) + 1
    if count == 1:
        return [LogQuantile(float(middle), None, 0) for middle in middles]
    rng = np.random.default_rng(seed)
    among = _spread(turns, logs, shares, _draw_sittings(rng, sittings, resamples))
    within = _spread(turns, logs, shares, _draw_turns(rng, sittings, resamples))
    # A resample of n units varies by (n - 1) / n too little (Hesterberg 2015, section 4.2).
    errors = np.maximum(among * math.sqrt(count / (count - 1)), within)
    return [
        LogQuantile(float(middle), float(error), count - 1)
        for middle, error in zip(middles, errors, strict=True)
    ]


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


def _spread(
    turns: Sequence[Turn],
    logs: NDArray[np.float64],
    shares: Sequence[float],
    counts: NDArray[np.int32],
) -> NDArray[np.float64]:
    """Return the standard deviation of each quantile over the resamples."""
    order = np.argsort(logs, kind="stable")
    owners = np.repeat(np.arange(len(turns)), [len(turn.ms) for turn in turns])[order]
    ranked = logs[order]
    found = np.empty((len(counts), len(shares)))
    rows = max(1, _MAX_VALUES // len(ranked))
    for start in range(0, len(counts), rows):
        sums = np.cumsum(counts[start : start + rows, owners], axis=1, dtype=np.int32)
        for column, share in enumerate(shares):
            # The smallest value that at least this share of the resample does not exceed.
            reached = sums >= share * sums[:, -1:]
            found[start : start + rows, column] = ranked[reached.argmax(axis=1)]
    return np.asarray(found.std(axis=0), np.float64)
