"""A team does every task once, on threads or processes, and leaves none of them behind."""

from __future__ import annotations

import dataclasses
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.files.errors import EnvironmentLacksError, ModelError
from edge.scan.plan import Parallelism
from edge.scan.worker_pool import run_tasks
from tests.unit import team_workers
from tests.unit.team_workers import TEAM, lose, make_obedient, never

ROOT = Path(__file__).resolve().parents[4]


def _on_threads(
    work: Callable[[int], int],
    tasks: Iterable[int],
    *,
    photos: int = 2,
    stop: Callable[[], bool] = never,
) -> Iterator[int]:
    plan = Parallelism(processes=1, threads=1, photos=photos)
    return run_tasks(lambda: work, tasks, plan=plan, lost=_never_lost, stop=stop)


def _on_processes(
    tasks: Iterable[str], make_worker: Callable[[], Callable[[str], str]] = make_obedient
) -> Iterator[str]:
    return run_tasks(make_worker, tasks, plan=TEAM, lost=lose, stop=never)


def _never_lost(task: int, reason: str) -> int:
    raise AssertionError(f"lost {task}: {reason}")


def _require_no_one_left() -> None:
    assert not multiprocessing.active_children()
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("photo")]


@given(tasks=st.lists(st.integers(), max_size=20), photos=st.integers(1, 4))
def test_every_task_is_done_once(tasks: list[int], photos: int) -> None:
    outcomes = _on_threads(lambda task: -task, tasks, photos=photos)
    assert Counter(outcomes) == Counter(-task for task in tasks)
    _require_no_one_left()


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


def test_the_worker_is_made_before_a_task_is_taken() -> None:
    order: list[str] = []

    def make_worker() -> Callable[[str], str]:
        order.append("worker")
        return str.upper

    def tasks() -> Iterator[str]:
        order.append("task")
        yield "a"

    plan = dataclasses.replace(TEAM, processes=1)
    assert list(run_tasks(make_worker, tasks(), plan=plan, lost=lose, stop=never)) == ["A"]
    assert order == ["worker", "task"]


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
    _require_no_one_left()


def test_closed_early_it_leaves_no_thread() -> None:
    outcomes = _on_threads(lambda task: task, range(1000))
    next(outcomes)
    outcomes.close()
    _require_no_one_left()


def test_processes_share_the_tasks_and_end_with_the_last() -> None:
    outcomes = Counter(_on_processes(["pid"] * 12))
    assert outcomes.total() == 12
    assert len(outcomes) == 2
    assert str(os.getpid()) not in outcomes
    _require_no_one_left()


def test_closed_early_it_leaves_no_process() -> None:
    outcomes = _on_processes("word" for _ in range(1000))
    assert next(outcomes) == "word"
    outcomes.close()
    _require_no_one_left()


def test_a_task_whose_process_dies_is_lost_and_the_rest_is_done() -> None:
    plan = dataclasses.replace(TEAM, photos=1)
    tasks = ["a", "die", "b", "interrupt", "die", "c", "d"]
    outcomes = run_tasks(make_obedient, tasks, plan=plan, lost=lose, stop=never)
    death = "die: the worker process was ended by signal 9 while scanning it"
    assert Counter(outcomes) == Counter(["a", "b", "c", "d", "interrupt", death, death])
    _require_no_one_left()


def test_a_refusal_in_a_process_is_raised_as_it_was() -> None:
    with pytest.raises(ModelError, match=r"^m\.tflite: damaged$"):
        list(_on_processes(["a"], team_workers.make_refusing))
    _require_no_one_left()


@pytest.mark.parametrize(
    ("task", "error", "words"),
    [
        ("refuse", ModelError, r"^m\.tflite: no dense view$"),
        ("fail", RuntimeError, r"team_workers(.|\n)*ZeroDivisionError: a bug$"),
    ],
)
def test_an_error_in_a_process_is_raised_here(
    task: str, error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        list(_on_processes(["a", task, "b"]))
    _require_no_one_left()


def test_processes_that_die_again_and_again_at_their_start_are_given_up() -> None:
    with pytest.raises(EnvironmentLacksError, match="exit code 7; scan in one process"):
        list(_on_processes(["a"], team_workers.make_dying))
    _require_no_one_left()


@pytest.mark.skipif(os.name == "nt", reason="sends a signal of POSIX")
def test_killed_the_parent_takes_its_busy_processes_along(tmp_path: Path) -> None:
    parent = subprocess.Popen(
        [sys.executable, "-m", "tests.unit.team_workers", str(tmp_path)], cwd=ROOT
    )
    with parent:
        _wait_until(lambda: len(list(tmp_path.iterdir())) == TEAM.processes)
        parent.send_signal(signal.SIGKILL)
    workers = [int(path.name) for path in tmp_path.iterdir()]
    _wait_until(lambda: not any(_is_alive(pid) for pid in workers))


def _wait_until(reached: Callable[[], bool]) -> None:
    for _ in range(6000):
        if reached():
            return
        time.sleep(0.01)
    raise AssertionError("waited for a minute")


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    # Nobody may reap what lost its parent in a container.
    status = Path(f"/proc/{pid}/stat")
    return not (status.exists() and status.read_text().rpartition(")")[2].split()[0] == "Z")
