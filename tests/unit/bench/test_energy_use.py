"""Energy of competitors: each runs in a worker of its own, and one that fails is left out."""

from __future__ import annotations

import threading
from typing import Any

from benchmarks.run.energy_use import measure_energy_of
from benchmarks.run.worker import Order
from edge.files.errors import EnvironmentLacksError
from edge.files.progress import Silent
from tests.unit.bench.made_subjects import make_subject

CALL_S = 0.02


class FakeClock:
    """A clock that only workers and rest move."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    def rest(self, seconds: float) -> None:
        self.now += seconds


class FakeWorker:
    """A worker whose calls take a while."""

    def __init__(self, clock: FakeClock, opened: list[FakeWorker]) -> None:
        self._clock = clock
        self._opened = opened
        opened.append(self)

    def run(self, shape_hw: tuple[int, int], count: int) -> list[float]:
        self._clock.now += CALL_S * (count + 1)
        return [CALL_S * 1000] * count

    def cpu_seconds(self) -> float:
        return 0.0

    def close(self) -> None:
        self._opened.remove(self)


class FakeMeter:
    """A meter that always reads 5 W."""

    name = "a meter"

    def begin(self) -> None:
        pass

    def end(self) -> float:
        return 5.0


def _measure(failing: str = "", **words: Any) -> tuple[list[Any], list[Any], list[FakeWorker]]:
    clock, opened = FakeClock(), list[FakeWorker]()

    def start(order: Order, family: threading.Lock) -> FakeWorker:
        if failing and failing in order.path.name:
            raise EnvironmentLacksError(f"{order.path}: died")
        return FakeWorker(clock, opened)

    settings: dict[str, Any] = {"views": ("tile", "dense"), "threads": (1, 2), "meter": FakeMeter()}
    rows, problems = measure_energy_of(
        [make_subject("a.int8.tflite"), make_subject("b.int8.tflite")],
        progress=Silent(),
        start_worker=start,
        clock=clock,
        sleep=clock.rest,
        **settings | words,
    )
    return rows, problems, opened


def test_each_competitor_has_the_energy_of_an_invoke() -> None:
    rows, problems, opened = _measure()
    assert not problems
    assert not opened
    places = {(row["file"], row["view"], row["threads"]) for row in rows}
    assert len(places) == len(rows) == 8
    for row in rows:
        assert (row["watts"], row["idle_watts"], row["meter"]) == (5.0, 5.0, "a meter")
        assert abs(row["joules_per_invoke"] - 5.0 * CALL_S) < 1e-9


def test_a_file_that_does_not_open_is_a_problem_and_the_others_go_on() -> None:
    rows, problems, opened = _measure(failing="a.int8", threads=(1,))
    assert {row["file"] for row in rows} == {"b.int8.tflite"}
    (problem,) = problems
    assert problem["file"] == "a.int8.tflite"
    assert not opened
