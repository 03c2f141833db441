"""A pool does every task once and leaves no thread behind."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.scan.worker_pool import run_tasks

ROOT = Path(__file__).resolve().parents[4]


def _on_threads(
    work: Callable[[int], int],
    tasks: Iterable[int],
    *,
    photos: int = 2,
    stop: Callable[[], bool] = lambda: False,
) -> Iterator[int]:
    return run_tasks(work, tasks, threads=photos, stop=stop)


def _require_no_thread_left() -> None:
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("photo")]


@given(tasks=st.lists(st.integers(), max_size=20), photos=st.integers(1, 4))
def test_every_task_is_done_once(tasks: list[int], photos: int) -> None:
    outcomes = _on_threads(lambda task: -task, tasks, photos=photos)
    assert Counter(outcomes) == Counter(-task for task in tasks)
    _require_no_thread_left()


def test_as_many_tasks_run_at_a_time_as_the_plan_says() -> None:
    together = threading.Barrier(3)  # breaks unless three wait at it

    def work(task: int) -> int:
        together.wait(timeout=60)
        return task

    assert len(list(_on_threads(work, range(9), photos=3))) == 9


def test_tasks_are_taken_when_there_is_room() -> None:
    taken: list[int] = []

    def tasks() -> Iterator[int]:
        for task in range(1000):
            taken.append(task)
            yield task

    outcomes = _on_threads(lambda task: task, tasks(), photos=2)
    for count in range(1, 20):
        next(outcomes)
        assert len(taken) <= count + 2 * 2
    outcomes.close()


def test_when_told_to_stop_the_running_tasks_are_finished_and_no_other_is_begun() -> None:
    begun, stopped = [], threading.Event()
    together = threading.Barrier(2)

    def work(task: int) -> int:
        begun.append(task)
        together.wait(timeout=60)
        stopped.set()
        return task

    outcomes = list(_on_threads(work, range(1000), photos=2, stop=stopped.is_set))
    assert sorted(outcomes) == sorted(begun) == [0, 1]


def test_told_to_stop_before_it_began_it_takes_no_task() -> None:
    tasks = iter(range(3))
    assert list(_on_threads(lambda task: task, tasks, stop=lambda: True)) == []
    assert next(tasks) == 0


def test_an_error_of_the_worker_is_raised_when_the_others_have_ended() -> None:
    together = threading.Barrier(2)
    ended: list[int] = []

    def work(task: int) -> int:
        together.wait(timeout=60)
        if task == 0:
            raise ZeroDivisionError("a bug")
        ended.append(task)
        return task

    with pytest.raises(ZeroDivisionError, match="a bug"):
        list(_on_threads(work, range(2), photos=2))
    assert ended == [1]
    _require_no_thread_left()


def test_closed_early_it_leaves_no_thread() -> None:
    outcomes = _on_threads(lambda task: task, range(1000))
    next(outcomes)
    outcomes.close()
    _require_no_thread_left()
