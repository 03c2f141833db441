"""What a sink of events is."""

from __future__ import annotations

from typing import Protocol

from edge.live.events.event import Notice
from edge.live.loop.live_state import LiveState, SinkState


class Sink(Protocol):
    """Where events go. The loop calls it, so nothing here waits for a disk or a network.

    ``take`` and ``tell`` raise RuntimeError once an error that nobody expected has ended it: then
    the program ends too, aloud, and its service starts it again.
    """

    @property
    def state(self) -> SinkState | None:
        """Return its state; None for one that need not be shown."""

    def take(self, notice: Notice) -> None:
        """Take a notice; it is dealt with later."""

    def tell(self, state: LiveState) -> None:
        """Receive the state of the watch, about once a second."""

    def reopen(self) -> None:
        """Close and open again what it holds open."""

    def close(self, *, timeout_s: float) -> None:
        """Finish what waits, for so long at most, and close."""
