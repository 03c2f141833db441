"""Where the loop leaves what it saw and everyone else looks: it never waits for them."""

from __future__ import annotations

import threading

from edge.live.clock import Clock
from edge.live.sight import Sight
from edge.live.state import LiveState

# A picture older than this is not shown any more: it could be taken for the present. Where frames
# are looked at rarely or slowly, it is so many times as old as the newest one may well be.
_STALE_S = 3.0
_STALE_TURNS = 3
_MOST_STALE_S = 30.0


def stale_after_s(state: LiveState) -> float:
    """Return how old a picture may be to be shown as the present, s."""
    turn_s = (state.latency_p90_ms or 0) / 1000
    if state.target_fps:
        turn_s = max(turn_s, 1 / state.target_fps)
    return min(max(_STALE_S, _STALE_TURNS * turn_s), _MOST_STALE_S)


class Board:
    """Newest sight and state. Any thread may read; only the loop writes."""

    def __init__(self, state: LiveState, *, clock: Clock | None = None) -> None:
        self._clock = clock or Clock()
        self._changed = threading.Condition()
        self._sight: Sight | None = None
        self._state = state

    def show(self, sight: Sight | None, state: LiveState) -> None:
        """Leave a sight, or None where there is no new one, and the state."""
        with self._changed:
            self._sight = sight or self._sight
            self._state = state
            self._changed.notify_all()

    @property
    def state(self) -> LiveState:
        """Return how the whole is doing, as the loop last said."""
        with self._changed:
            return self._state

    @property
    def age_s(self) -> float | None:
        """Return how old the newest frame is; None before the first."""
        with self._changed:
            sight = self._sight
        return None if sight is None else self._clock.monotonic() - sight.frame.arrived_s

    def fresh_sight(self) -> Sight | None:
        """Return the newest sight; None where there is none or it is no longer the present."""
        with self._changed:
            sight, state = self._sight, self._state
        if sight is None or state.status == "no picture":
            return None
        age_s = self._clock.monotonic() - sight.frame.arrived_s
        return sight if age_s <= stale_after_s(state) else None

    def wait_newer(self, number: int, timeout_s: float) -> Sight | None:
        """Wait for a sight of a frame after that number; None if none came in time."""
        with self._changed:
            self._changed.wait_for(lambda: self._is_newer(number), timeout_s)
            return self._sight if self._is_newer(number) else None

    def _is_newer(self, number: int) -> bool:
        return self._sight is not None and self._sight.frame.number > number
