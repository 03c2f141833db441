"""Competitors whose latencies are made up, on a clock that only they advance."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.run.latency import LatencyRun, measure_latency
from benchmarks.run.subject import ModelFile, Subject
from benchmarks.run.worker import Order, Shape
from edge.files.errors import EnvironmentLacksError
from tests.unit.fakes import Remembering, make_card

REFERENCE_MS = 2.0
START_S = 100.0
# From the number of a call, counted from the start of its process, to a latency in ms.
Latencies = Callable[[int], float]


def make_subject(name: str = "a.tflite", *, backend: str = "LiteRT", **card: Any) -> Subject:
    path = Path("models") / name
    return Subject(ModelFile(name, path, "0" * 64, 1000, make_card(**card)), backend, "1.0")


def steady(ms: float) -> Latencies:
    return lambda number: ms


def noisy(ms: float, seed: int = 0) -> Latencies:
    rng = np.random.default_rng(seed)
    return lambda number: float(ms * np.exp(0.5 * rng.standard_normal()))


def rising(ms: float) -> Latencies:
    return lambda number: ms * (1 + number / 20)


def falling(ms: float) -> Latencies:
    return lambda number: float(ms * (1 + np.exp(-number / 20)))


@dataclass
class FakeMachine:
    """Starts fake workers and remembers what they were asked to do.

    Attributes:
        latencies: of each file, by name; 4 ms if it has none.
        dies_at: of a file, by name, the number of the turn, over all sessions, in which it dies.
        refuses: files that cannot be opened.
        interrupt_at: number of the event before which Ctrl-C is pressed.
        now_s: the clock.
        events: turns, of the reference workload too: file, shape and calls that count.
        orders: of the workers that were started.
        open: workers that were not closed.
    """

    latencies: dict[str, Latencies] = field(default_factory=dict)
    dies_at: dict[str, int] = field(default_factory=dict)
    refuses: tuple[str, ...] = ()
    interrupt_at: int | None = None
    now_s: float = 0.0
    events: list[tuple[str, Shape | None, int]] = field(default_factory=list)
    orders: list[Order] = field(default_factory=list)
    open: int = 0
    reference_dies: bool = False
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def clock(self) -> float:
        return self.now_s

    def start_worker(self, order: Order, spawn_lock: threading.Lock) -> FakeWorker:
        with self._lock:
            self.now_s += START_S
            self.orders.append(order)
            if order.path.name in self.refuses:
                raise EnvironmentLacksError(f"{order.path}: not here")
            self.open += 1
        return FakeWorker(self, order.path.name)

    def start_reference(self, spawn_lock: threading.Lock) -> FakeWorker:
        self.open += 1
        return FakeWorker(self, "reference_workload")

    def turns_of(self, name: str) -> int:
        return sum(event[0] == name for event in self.events)


class FakeWorker:
    """A worker, or the reference workload."""

    def __init__(self, machine: FakeMachine, name: str) -> None:
        self._machine = machine
        self._name = name
        self._calls = 0
        default = REFERENCE_MS if name == "reference_workload" else 4.0
        self._latency = machine.latencies.get(name, steady(default))

    def run(self, shape_hw: Shape | None, count: int) -> list[float]:
        machine = self._machine
        if len(machine.events) == machine.interrupt_at:
            raise KeyboardInterrupt
        machine.events.append((self._name, shape_hw, count))
        is_dead = machine.turns_of(self._name) == machine.dies_at.get(self._name)
        if is_dead or (self._name == "reference_workload" and machine.reference_dies):
            raise EnvironmentLacksError(f"{self._name}: the process ended with exit code 7")
        found = []
        for _ in range(count + 1):
            found.append(self._latency(self._calls))
            self._calls += 1
        machine.now_s += sum(found) / 1000
        return found[1:]

    def cpu_seconds(self) -> float:
        return 10.0

    def close(self) -> None:
        self._machine.open -= 1


def measure(machine: FakeMachine, subjects: Sequence[Subject], **options: Any) -> LatencyRun:
    """Measure on a fake machine; tiles only unless told otherwise."""
    return measure_latency(
        subjects,
        **{
            "views": ("tile",),
            "progress": Remembering(),
            "clock": machine.clock,
            "cpu_clock": lambda: 0.0,
            "start_worker": machine.start_worker,
            "start_reference": machine.start_reference,
            **options,
        },
    )
