"""What a source holds open, safe against a thread that hung in it and comes back late."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

from edge.live.capture.source import SourceLostError

Thing = TypeVar("Thing")


class ReplaceableHandle(Generic[Thing]):
    """A device or file that is open. Whoever opened last has it.

    A thread may hang in a driver for ever; another one then opens anew. What the first one has is
    never closed under it, because drivers crash of that: it keeps its own reference.

    Args:
        close: gives a thing back.
    """

    def __init__(self, close: Callable[[Thing], object]) -> None:
        self._close = close
        self._lock = threading.Lock()
        self._thing: Thing | None = None
        self._turn = 0

    def open(self, make: Callable[[], Thing]) -> Thing:
        """Make a thing and hold it.

        Raises:
            SourceLostError: it took so long that another thread opened anew; or as ``make``.
        """
        with self._lock:
            self._turn += 1
            turn = self._turn
            self._thing = None
        thing = make()
        with self._lock:
            if self._turn == turn:
                self._thing = thing
                return thing
        self._close(thing)
        raise SourceLostError("it was reopened in the meantime")

    def get(self) -> Thing:
        """Return what is open.

        Raises:
            SourceLostError: nothing is.
        """
        thing = self._thing
        if thing is None:
            raise SourceLostError("it is not open")
        return thing

    def close(self) -> None:
        """Give it back, if something is open."""
        with self._lock:
            thing, self._thing = self._thing, None
        if thing is not None:
            self._close(thing)
