"""Worker processes: each opens one file by one backend and times it when it is asked to."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from benchmarks.run.backends import KERAS, open_subject
from benchmarks.run.pieces import draw_piece
from benchmarks.run.worker_process import WorkerDiedError, WorkerProcess
from edge.files.errors import CrackEdgeError, EnvironmentLacksError
from edge.files.formatting import count_of
from edge.files.native_output import silence
from edge.model.backends import Backend, Runner
from edge.model.classifier import Classifier, check_classifier

Shape = tuple[int, int]


@dataclass(frozen=True)
class Order:
    """What a worker opens.

    Attributes:
        path: the file.
        backend: name of the runtime.
        threads: that the runtime may use for one piece.
        shapes_hw: of the pieces that it will be asked to score, px.
        seed: of the pieces; equal seeds draw equal pieces.
        check: whether the self-test is run first.
    """

    path: Path
    backend: str
    threads: int
    shapes_hw: tuple[Shape, ...]
    seed: int = 0
    check: bool = False


class Worker(Protocol):
    """A competitor's own process."""

    def run(self, shape_hw: Shape, count: int) -> list[float]:
        """Score a piece ``count`` times after once that does not count; return each time in ms."""

    def cpu_seconds(self) -> float:
        """Return what the process had used of the processor when it last answered."""

    def close(self) -> None:
        """End the process, also one that died."""


@dataclass(frozen=True)
class Burst:
    """The task to time one piece, or the reference workload, where ``shape_hw`` is None."""

    shape_hw: Shape | None
    count: int


class ProcessWorker:
    """A process that answers tasks, one after the other.

    Args:
        make_bench: pickled to the process, called there once; what it returns answers each task,
            together with the processor time that the process has used.
        where: what runs there, for messages.
        spawn_lock: held to start and to end processes, equal for all of them.
    """

    def __init__(
        self, make_bench: Callable[[], Callable[[Any], Any]], where: str, spawn_lock: threading.Lock
    ) -> None:
        self._process = WorkerProcess(make_bench, spawn_lock)
        self._where = where
        self._cpu_s = 0.0

    def ask(self, task: Any) -> Any:
        """Have a task done.

        Raises:
            CrackEdgeError: as the process raised it, or the process died or failed.
        """
        try:
            answer, self._cpu_s = self._process.run(task)
        except WorkerDiedError as death:
            raise EnvironmentLacksError(f"{self._where}: the process {death}") from None
        except RuntimeError as error:
            # The text is a traceback, which ends with what happened.
            last = str(error).splitlines()[-1]
            raise EnvironmentLacksError(f"{self._where}: failed ({last})") from error
        return answer

    def run(self, shape_hw: Shape | None, count: int) -> list[float]:
        """Time a piece, see ``Worker``; or the reference workload, see ``ReferenceWorkload``."""
        found: list[float] = self.ask(Burst(shape_hw, count))
        return found

    def cpu_seconds(self) -> float:
        """Return what the process had used of the processor when it last answered."""
        return self._cpu_s

    def close(self) -> None:
        """End the process."""
        self._process.stop()


def open_worker(order: Order, spawn_lock: threading.Lock) -> ProcessWorker:
    """Start a process and have it open a file.

    Raises:
        CrackEdgeError: the file cannot be opened, fails its self-test, or the process died.
    """
    threads = count_of(order.threads, "thread")
    where = f"{order.path}: {order.backend} with {threads}"
    worker = ProcessWorker(Bench, where, spawn_lock)
    try:
        # A task, not part of the start: a process that dies of a file is not started again.
        worker.ask(order)
    except BaseException:
        worker.close()
        raise
    return worker


class Bench:
    """What runs in a worker's process: opens an order, then times bursts."""

    def __init__(self, opener: Callable[..., Backend] = open_subject) -> None:
        self._opener = opener
        self._open: dict[Shape, tuple[Runner, NDArray[np.uint8]]] = {}

    def __call__(self, task: Order | Burst) -> tuple[list[float], float]:
        """Do a task."""
        found: list[float] = []
        if isinstance(task, Order):
            self._open_order(task)
        elif task.shape_hw is not None:
            runner, piece = self._open[task.shape_hw]
            found = time_calls(lambda: runner(piece), task.count)
        return found, time.process_time()

    def _open_order(self, order: Order) -> None:
        # Runtimes write to stderr when they are loaded and when they first run.
        with silence():
            backend = self._opener(order.path, order.backend, threads=order.threads)
            for shape in order.shapes_hw:
                runner, piece = backend.open_runner(shape), draw_piece(shape, order.seed)
                runner(piece)
                self._open[shape] = runner, piece
        # A Keras file is what the others are compared with: it promises nothing.
        if order.check and not (order.backend == KERAS and backend.card.self_test is None):
            check_classifier(Classifier(backend, path=order.path))


def time_calls(call: Callable[[], object], count: int) -> list[float]:
    """Time calls one after the other, after one that does not count, ms each."""
    call()
    found = []
    for _ in range(count):
        begun = time.perf_counter_ns()
        call()
        found.append((time.perf_counter_ns() - begun) / 1e6)
    return found


def open_side_by_side(
    openers: Sequence[Callable[[], Worker]], *, at_once: int
) -> list[Worker | CrackEdgeError]:
    """Open workers, some at a time; none is left open where another error ends it.

    Args:
        openers: one for each.
        at_once: how many start at the same time.

    Returns:
        In the order of the openers, each worker or why there is none.
    """

    def try_open(opener: Callable[[], Worker]) -> Worker | CrackEdgeError:
        try:
            return opener()
        except CrackEdgeError as error:
            return error

    with ThreadPoolExecutor(at_once, thread_name_prefix="open") as pool:
        futures = [pool.submit(try_open, opener) for opener in openers]
        try:
            return [future.result() for future in futures]
        except BaseException:
            for future in futures:
                if not future.cancel() and future.exception() is None:
                    found = future.result()
                    if not isinstance(found, CrackEdgeError):
                        found.close()
            raise
