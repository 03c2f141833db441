"""The bounded queue between the loop and a slow sink."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest

from edge.live.loop.background_queue import BackgroundQueue


class Gate:
    """A handler that waits until it is let go."""

    def __init__(self) -> None:
        self.handled: list[int] = []
        self.began = threading.Event()
        self.go = threading.Event()

    def __call__(self, item: int) -> None:
        self.began.set()
        self.go.wait(10)
        self.handled.append(item)


def test_items_are_handled_in_order() -> None:
    handled: list[int] = []
    queue = BackgroundQueue(handled.append, name="test", capacity=100)
    for item in range(50):
        queue.put(item)
    assert queue.close(timeout_s=10)
    assert handled == list(range(50))
    assert (queue.done, queue.dropped, queue.waiting) == (50, 0, 0)


def test_a_full_queue_drops_the_oldest_and_counts_them() -> None:
    gate = Gate()
    queue = BackgroundQueue(gate, name="test", capacity=3)
    queue.put(0)
    assert gate.began.wait(10)
    for item in range(1, 8):
        queue.put(item)
    assert (queue.waiting, queue.dropped) == (3, 4)
    gate.go.set()
    assert queue.close(timeout_s=10)
    assert gate.handled == [0, 5, 6, 7]


def test_closing_does_not_wait_longer_than_it_may() -> None:
    gate = Gate()
    queue = BackgroundQueue(gate, name="test", capacity=3)
    queue.put(0)
    assert not queue.close(timeout_s=0.01)
    gate.go.set()
    assert queue.close(timeout_s=10)


def test_an_error_that_nobody_expected_reaches_who_puts_next(
    unhandled: Callable[[], list[Any]],
) -> None:
    def fail(item: int) -> None:
        raise KeyError(item)

    queue = BackgroundQueue(fail, name="record", capacity=3)
    queue.put(1)
    queue.close(timeout_s=10)
    with pytest.raises(RuntimeError, match="record: 1"):
        queue.put(2)
    assert [type(args.exc_value) for args in unhandled()] == [KeyError]


@pytest.fixture
def unhandled(monkeypatch: pytest.MonkeyPatch) -> Callable[[], list[Any]]:
    seen: list[Any] = []
    monkeypatch.setattr(threading, "excepthook", seen.append)
    return lambda: seen
