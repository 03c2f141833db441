"""When a wall clock may be believed for throwing things away.

A Raspberry Pi has no battery for its clock: it starts in 1970 or where it was switched off, and
jumps when the network comes. One jump to 2040, for a moment, must not make all that was recorded
old. So what is old is asked only of a clock that has run evenly for hours.
"""

from __future__ import annotations

from edge.live.record.event_index import FIRST_SANE_S
from edge.live.timing.clock import Clock

# How long it must have run evenly, and what is no jump: a clock that is set daily, or drifts.
_EVEN_FOR_S = 6 * 3600.0
_TOLERANCE_S = 3600.0


class TrustedClock:
    """The wall clock where it can be believed. Ask it now and then: it sees jumps only then."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._begin()

    def _begin(self) -> None:
        self._since_s = self._clock.monotonic()
        self._offset_s = self._clock.wall() - self._since_s

    def now_s(self) -> float | None:
        """Return seconds since 1970 UTC; None where the clock jumped in the last six hours."""
        wall_s, monotonic_s = self._clock.wall(), self._clock.monotonic()
        if abs(wall_s - monotonic_s - self._offset_s) > _TOLERANCE_S:
            self._begin()
        if monotonic_s - self._since_s < _EVEN_FOR_S or wall_s < FIRST_SANE_S:
            return None
        return wall_s
