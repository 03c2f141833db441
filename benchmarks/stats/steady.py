"""Whether the warm-up is over."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from benchmarks.stats.rank_sum import compare_ranks

WINDOW = 5
TOLERANCE = 0.03
# Fewer turns before the window are not enough to compare with.
_MIN_BEFORE = 2
# Of the normal distribution, 5 % on each side.
_Z = 1.645


def is_steady(
    medians: Sequence[float], *, window: int = WINDOW, tolerance: float = TOLERANCE
) -> bool:
    """Tell whether turns no longer become faster or slower.

    Best is that the last turns vary little: their coefficient of variation is at most the
    tolerance (Georges, Buytaert & Eeckhout 2007, "Statistically Rigorous Java Performance
    Evaluation"). A slow drift passes that, so there must be no trend either: the window may not lie
    wholly on one side of the median of the turns before it with its own median more than half the
    tolerance away. On a machine that varies more, no length of warm-up would make it vary less:
    there it is enough that as many turns before the window vary too and are not shifted against it,
    by the rank-sum test at 5 % on each side (Mann & Whitney 1947).

    Args:
        medians: of the turns so far, ms; the oldest first.
        window: turns that must vary little; as many before them are compared, at least two.
        tolerance: as a share of the latency.
    """
    last = np.asarray(medians[-window:], np.float64)
    before = np.asarray(medians[-2 * window : -window], np.float64)
    if len(last) < window or len(before) < _MIN_BEFORE:
        return False
    if _varies(last, tolerance):
        is_noisy = len(before) == window and _varies(before, tolerance)
        return is_noisy and abs(compare_ranks(before, last)) <= _Z
    level = np.median(before)
    one_sided = bool((last < level).all() or (last > level).all())
    return not (one_sided and abs(np.median(last) - level) > tolerance / 2 * level)


def _varies(medians: NDArray[np.float64], tolerance: float) -> bool:
    return bool(np.std(medians, ddof=1) > tolerance * np.mean(medians))
