"""Clocks that are set by hand."""

from __future__ import annotations

from edge.live.timing.clock import Clock

# 2026-05-06T07:08:09Z
WALL_S = 1_778_051_289.0


class HandClock:
    """Two clocks that stand until they are moved, together or each by itself."""

    def __init__(self, monotonic_s: float = 1000.0, *, wall_s: float = WALL_S) -> None:
        self.monotonic_s = monotonic_s
        self.wall_s = wall_s
        self.clock = Clock(lambda: self.monotonic_s, lambda: self.wall_s)

    def advance(self, seconds: float) -> None:
        self.monotonic_s += seconds
        self.wall_s += seconds
