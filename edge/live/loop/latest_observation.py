"""The newest observation and state: the loop puts them here, others read, nobody waits."""

from __future__ import annotations

import threading

from edge.live.loop.live_state import LiveState
from edge.live.scoring.observation import Observation
from edge.live.timing.clock import Clock

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


class LatestObservation:
    """Newest observation and state. Any thread may read; only the loop writes."""

    def __init__(self, state: LiveState, *, clock: Clock | None = None) -> None:
        self._clock = clock or Clock()
        self._changed = threading.Condition()
        self._observation: Observation | None = None
        self._state = state

    def show(self, observation: Observation | None, state: LiveState) -> None:
        """Publish an observation, or None where there is no new one, and the state."""
        with self._changed:
            self._observation = observation or self._observation
            self._state = state
            self._changed.notify_all()

    @property
    def state(self) -> LiveState:
        """Return the newest state of the watch."""
        with self._changed:
            return self._state

    @property
    def age_s(self) -> float | None:
        """Return how old the newest frame is; None before the first."""
        with self._changed:
            observation = self._observation
        return (
            None if observation is None else self._clock.monotonic() - observation.frame.arrived_s
        )

    def fresh_observation(self) -> Observation | None:
        """Return the newest observation; None where there is none, or where it is too old."""
        with self._changed:
            observation, state = self._observation, self._state
        if observation is None or state.status == "no picture":
            return None
        age_s = self._clock.monotonic() - observation.frame.arrived_s
        return observation if age_s <= stale_after_s(state) else None

    def wait_newer(self, number: int, timeout_s: float) -> Observation | None:
        """Wait for an observation of a frame after that number; None if none came in time."""
        with self._changed:
            self._changed.wait_for(lambda: self._is_newer(number), timeout_s)
            return self._observation if self._is_newer(number) else None

    def _is_newer(self, number: int) -> bool:
        return self._observation is not None and self._observation.frame.number > number
