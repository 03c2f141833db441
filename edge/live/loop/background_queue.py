"""A bounded queue that a thread of its own empties: the slowness of a sink stays in it."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from typing import Generic, TypeVar

Item = TypeVar("Item")


class BackgroundQueue(Generic[Item]):
    """A bounded queue and the thread that empties it. When full, the oldest item is dropped.

    Attributes:
        dropped: items that were dropped.
        done: items that were handled.
        failure: an error that nobody expected, which ended the thread.
    """

    def __init__(self, handle: Callable[[Item], None], *, name: str, capacity: int) -> None:
        self.dropped = 0
        self.done = 0
        self.failure: BaseException | None = None
        self._handle = handle
        self._capacity = capacity
        self._items: deque[Item] = deque()
        self._changed = threading.Condition()
        self._is_closing = False
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    @property
    def waiting(self) -> int:
        """Return how many items wait."""
        with self._changed:
            return len(self._items)

    def put(self, item: Item) -> None:
        """Add an item; never waits.

        Raises:
            RuntimeError: the thread ended by an error that nobody expected.
        """
        if self.failure is not None:
            raise RuntimeError(f"{self._thread.name}: {self.failure}") from self.failure
        with self._changed:
            self._items.append(item)
            if len(self._items) > self._capacity:
                self._items.popleft()
                self.dropped += 1
            self._changed.notify()

    def close(self, *, timeout_s: float) -> bool:
        """Handle what waits, for so long at most; True if nothing is left."""
        with self._changed:
            self._is_closing = True
            self._changed.notify()
        self._thread.join(timeout_s)
        return not self._thread.is_alive() and not self._items

    def _run(self) -> None:
        try:
            while (item := self._next()) is not None:
                self._handle(item)
                self.done += 1
        except BaseException as error:
            self.failure = error
            raise

    def _next(self) -> Item | None:
        with self._changed:
            self._changed.wait_for(lambda: self._items or self._is_closing)
            return self._items.popleft() if self._items else None
