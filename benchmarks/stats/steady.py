"""Whether the warm-up is over."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

WINDOW = 5
TOLERANCE = 0.03
# Fewer turns before the window are no window to compare with.
_MIN_BEFORE = 2


def is_steady(
    medians: Sequence[float], *, window: int = WINDOW, tolerance: float = TOLERANCE
) -> bool:
    """Tell whether turns no longer become faster or slower.

    The last turns must vary little: their coefficient of variation is at most the tolerance
    (Georges, Buytaert & Eeckhout 2007, "Statistically Rigorous Java Performance Evaluation"). A
    slow drift passes that, so there must be no trend either: the window may not lie wholly on one
    side of the median of the turns before it with its own median more than half the tolerance away.

    Args:
        medians: of the turns so far, ms; the oldest first.
        window: turns that must vary little; as many before them are compared, at least two.
        tolerance: as a share of the latency.
    """
    last = np.asarray(medians[-window:], np.float64)
    before = np.asarray(medians[-2 * window : -window], np.float64)
    if len(last) < window or len(before) < _MIN_BEFORE:
        return False
    if np.std(last, ddof=1) > tolerance * np.mean(last):
        return False
    level = np.median(before)
    one_sided = bool((last < level).all() or (last > level).all())
    return not (one_sided and abs(np.median(last) - level) > tolerance / 2 * level)
