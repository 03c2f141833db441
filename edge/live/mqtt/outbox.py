"""What waits to be sent to a broker: every event, but of all else only the newest."""

from __future__ import annotations

import threading
from collections import deque
from typing import NamedTuple

from edge.live.events.event import Event, Notice, Phase
from edge.live.loop.live_state import LiveState
from edge.live.scoring.observation import Observation
from edge.live.timing.clock import Clock


class PendingEvent(NamedTuple):
    """An event that the broker does not have yet.

    Attributes:
        event: as it was then.
        phase: why it is sent.
    """

    event: Event
    phase: Phase


class Outbox:
    """Takes from the loop and gives to the one that sends; never waits.

    Attributes:
        done: events that the broker has.
        dropped: events that were dropped, the oldest first, because too many waited.
    """

    def __init__(self, *, capacity: int, state_every_s: float, clock: Clock) -> None:
        """Begin with nothing.

        Args:
            capacity: notices that may wait.
            state_every_s: how often the state is sent where nothing about it changed.
            clock: where times come from.
        """
        self.done = 0
        self.dropped = 0
        self._capacity = capacity
        self._state_every_s = state_every_s
        self._clock = clock
        self._guard = threading.Lock()
        self._pending: deque[PendingEvent] = deque()
        # Given to the sender and not yet acknowledged, by the number of the message.
        self._unacked: dict[int, PendingEvent] = {}
        self._best: Observation | None = None
        self._state: LiveState | None = None
        self._state_s = 0.0
        self._is_state_due = False
        # Until somebody said so it is not known.
        self._is_crack: bool | None = None
        self._is_crack_due = False

    @property
    def waiting(self) -> int:
        """Return how many events the broker does not have yet."""
        with self._guard:
            return len(self._pending) + len(self._unacked)

    @property
    def unacked(self) -> int:
        """Return how many events were given to the sender and not acknowledged."""
        with self._guard:
            return len(self._unacked)

    def add(self, notice: Notice) -> None:
        """Take a notice; of its frame only the newest is kept."""
        with self._guard:
            self._pending.append(PendingEvent(notice.event, notice.phase))
            if len(self._pending) + len(self._unacked) > self._capacity:
                self._pending.popleft()
                self.dropped += 1
            self._best = notice.best
            self._set_crack(notice.phase != "end")

    def tell(self, state: LiveState) -> bool:
        """Take the state; True if there is now something to send."""
        now_s = self._clock.monotonic()
        with self._guard:
            before, self._state = self._state, state
            is_news = before is None or (before.status, before.camera.status) != (
                state.status,
                state.camera.status,
            )
            if is_news or now_s - self._state_s >= self._state_every_s:
                self._state_s = now_s
                # With it what else expires.
                self._is_state_due = self._is_crack_due = True
            self._set_crack(state.event_id is not None)
            return self._is_state_due or self._is_crack_due

    def send_all_again(self) -> None:
        """Make all that stands at the broker due: it may have forgotten."""
        with self._guard:
            self._is_state_due = self._state is not None
            self._is_crack_due = self._is_crack is not None

    def take_event(self) -> PendingEvent | None:
        """Return the oldest event that waits and forget it; it must be sent or put back."""
        with self._guard:
            return self._pending.popleft() if self._pending else None

    def take_crack(self) -> bool | None:
        """Return whether a crack is in view, where that is due."""
        with self._guard:
            is_due, self._is_crack_due = self._is_crack_due, False
            return self._is_crack if is_due else None

    def take_state(self) -> LiveState | None:
        """Return the newest state, where it is due."""
        with self._guard:
            is_due, self._is_state_due = self._is_state_due, False
            return self._state if is_due else None

    def take_best(self) -> Observation | None:
        """Return the newest event's best frame, where it was not returned yet."""
        with self._guard:
            best, self._best = self._best, None
            return best

    def mark_sent(self, number: int, pending: PendingEvent) -> None:
        """Note that a message with an event is on its way."""
        with self._guard:
            self._unacked[number] = pending

    def mark_acked(self, number: int) -> None:
        """Note that the broker has a message."""
        with self._guard:
            self.done += self._unacked.pop(number, None) is not None

    def put_back(self) -> None:
        """Let all that was on its way wait again, in order: nobody knows whether it came."""
        with self._guard:
            self._pending.extendleft(reversed(self._unacked.values()))
            self._unacked.clear()

    def _set_crack(self, is_crack: bool) -> None:
        self._is_crack_due |= is_crack != self._is_crack
        self._is_crack = is_crack
