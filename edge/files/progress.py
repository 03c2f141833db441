"""How long work reports its state without printing: the command line supplies what shows it."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Receives the state of long work."""

    def say(self, text: str) -> None:
        """Take one line about what happens."""

    def step(self, what: str, done: int, total: int, *, note: str = "") -> None:
        """Take how far the present part has come; ``done == total`` ends it.

        A note says more, such as the pace.
        """


class Silent:
    """A progress that nobody watches."""

    def say(self, text: str) -> None:
        """Drop the line."""

    def step(self, what: str, done: int, total: int, *, note: str = "") -> None:
        """Drop the state."""
