"""Worker processes: what they answer, what becomes of their errors and of their deaths."""

from __future__ import annotations

import multiprocessing
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from benchmarks.run.backends import KERAS
from benchmarks.run.reference_workload import open_reference, time_reference
from benchmarks.run.worker import (
    Bench,
    Burst,
    Order,
    ProcessWorker,
    Worker,
    open_side_by_side,
    open_worker,
    time_calls,
)
from edge.files.errors import EnvironmentLacksError, ModelError, SelfTestError
from edge.model.backends import Backend, list_backends
from edge.model.tflite_file import find_model
from tests.unit.benchmarks.run.odd_benches import make_obedient, make_refusing
from tests.unit.fakes import FakeBackend

PATH = Path("m.tflite")


def start(make: Callable[[], Callable[[Any], Any]] = make_obedient) -> ProcessWorker:
    return ProcessWorker(make, "m.tflite: fake", threading.Lock())


def fake_bench() -> tuple[Bench, list[tuple[str, int]], FakeBackend]:
    asked: list[tuple[str, int]] = []
    backend = FakeBackend()

    def opener(path: Path, name: str, *, threads: int) -> Backend:
        asked.append((name, threads))
        return backend

    return Bench(opener), asked, backend


def test_the_first_call_is_made_and_does_not_count() -> None:
    calls: list[None] = []
    found = time_calls(lambda: calls.append(None), 3)
    assert len(calls) == 4
    assert len(found) == 3
    assert min(found) >= 0


def test_a_bench_opens_what_was_ordered_and_times_each_shape() -> None:
    bench, asked, backend = fake_bench()
    bench(Order(PATH, "fake", 3, ((64, 64), (96, 128))))
    assert asked == [("fake", 3)]
    assert backend.opened == [(64, 64), (96, 128)]
    for shape in ((64, 64), (96, 128)):
        found, cpu_s = bench(Burst(shape, 2))
        assert len(found) == 2
        assert cpu_s > 0


def test_a_bench_refuses_a_model_without_a_self_test_when_told_to_check() -> None:
    bench, *_ = fake_bench()
    with pytest.raises(SelfTestError):
        bench(Order(PATH, "fake", 1, ((64, 64),), check=True))


def test_a_keras_file_promises_nothing() -> None:
    bench, *_ = fake_bench()
    bench(Order(PATH, KERAS, 1, ((64, 64),), check=True))


def test_a_process_answers_and_says_what_it_used() -> None:
    worker = start()
    assert worker.cpu_seconds() == 0
    assert worker.ask("word") == "WORD"
    assert worker.cpu_seconds() == 1.5
    worker.close()
    assert not multiprocessing.active_children()


@pytest.mark.parametrize(
    ("word", "told"),
    [
        ("die", "m.tflite: fake: the process ended with exit code 7"),
        ("fail", "m.tflite: fake: failed (LookupError: a bug)"),
    ],
)
def test_a_death_and_a_failure_are_told_in_one_line(word: str, told: str) -> None:
    worker = start()
    with pytest.raises(EnvironmentLacksError) as caught:
        worker.ask(word)
    assert str(caught.value) == told
    worker.close()
    assert not multiprocessing.active_children()


@pytest.mark.parametrize("make", [make_obedient, make_refusing])
def test_our_own_errors_come_back_as_they_are(
    make: Callable[[], Callable[[Any], Any]],
) -> None:
    worker = start(make)
    with pytest.raises(ModelError, match=r"^m\.tflite: damaged$"):
        worker.ask("refuse")
    worker.close()


def test_a_shipped_model_is_opened_checked_and_timed() -> None:
    path = find_model("small")
    shapes = ((64, 64), (96, 128))
    order = Order(path, list_backends(path)[0], 2, shapes, check=True)
    worker = open_worker(order, threading.Lock())
    assert [len(worker.run(shape, 3)) for shape in shapes] == [3, 3]
    assert worker.cpu_seconds() > 0
    worker.close()


def test_a_file_that_cannot_be_opened_leaves_no_process(tmp_path: Path) -> None:
    path = tmp_path / "none.tflite"
    with pytest.raises(ModelError, match="none"):
        open_worker(
            Order(path, list_backends(path)[0], 1, ((64, 64),)),
            threading.Lock(),
        )
    assert not multiprocessing.active_children()


def test_the_reference_workload_takes_some_time() -> None:
    reference = open_reference(threading.Lock())
    assert time_reference(reference) > 0
    reference.close()


class _Closable:
    def __init__(self) -> None:
        self.is_open = True

    def run(self, shape_hw: tuple[int, int], count: int) -> list[float]:
        return []

    def cpu_seconds(self) -> float:
        return 0.0

    def close(self) -> None:
        self.is_open = False


def test_workers_opened_side_by_side_come_in_order_with_the_errors_among_them() -> None:
    worker = _Closable()

    def refuse() -> Worker:
        raise ModelError("m.tflite: damaged")

    found = open_side_by_side([refuse, lambda: worker, refuse], at_once=2)
    assert found[1] is worker
    assert [str(one) for one in found if isinstance(one, ModelError)] == ["m.tflite: damaged"] * 2


def test_where_an_unknown_error_ends_the_opening_no_worker_is_left_open() -> None:
    workers = [_Closable() for _ in range(2)]

    def fail() -> Worker:
        raise LookupError("a bug")

    with pytest.raises(LookupError):
        open_side_by_side([lambda: workers[0], fail, lambda: workers[1]], at_once=3)
    assert not workers[0].is_open
    assert not workers[1].is_open
