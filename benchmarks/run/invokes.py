"""Bare invokes on many interpreters at a time: what a machine gives when all of it works."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from benchmarks.run.pieces import draw_piece
from benchmarks.run.worker import ProcessWorker, Shape
from edge.files.formatting import count_of
from edge.files.native_output import silence
from edge.model.backends import Runner, open_backend


@dataclass(frozen=True)
class ProcessLayout:
    """How invokes are spread: processes, each with as many interpreters of one thread."""

    processes: int
    threads: int

    @property
    def workers(self) -> int:
        """Return how many interpreters there are."""
        return self.processes * self.threads

    def __str__(self) -> str:
        if self.processes == 1:
            return count_of(self.threads, "thread")
        return f"{self.processes} processes of {self.threads}"


def list_layouts(cores: int) -> list[ProcessLayout]:
    """Return the layouts worth trying: 1, 2, 4 ... threads, all cores, and those as processes."""
    threads = sorted({2**power for power in range(cores.bit_length())} | {cores})
    alone = [ProcessLayout(1, count) for count in threads]
    return alone + [ProcessLayout(n, cores // n) for n in range(2, cores + 1) if cores % n == 0]


class Interpreters:
    """Processes that wait with open interpreters.

    Args:
        workers: one for each process.
        pool: with a thread for each of them.
    """

    def __init__(self, workers: list[ProcessWorker], pool: ThreadPoolExecutor) -> None:
        self._workers = workers
        self._pool = pool

    def run(self, each: int) -> None:
        """Run so many invokes on each interpreter, all side by side, and wait for all.

        Raises:
            CrackEdgeError: a process died or failed.
        """
        for answer in [self._pool.submit(worker.ask, each) for worker in self._workers]:
            answer.result()


@contextmanager
def open_interpreters(
    path: Path, shape_hw: Shape, layout: ProcessLayout, *, backend: str | None = None
) -> Iterator[Interpreters]:
    """Start the processes of a layout, with a file opened for pieces of one size.

    Args:
        path: of the file.
        shape_hw: of the pieces, px.
        layout: over processes and threads.
        backend: name of the runtime; the first at hand if None.

    Raises:
        CrackEdgeError: the file cannot be opened, or a process died.
    """
    spawn_lock = threading.Lock()
    where = f"{path}: {layout}"
    make = partial(InterpreterPool, path, backend, shape_hw, layout.threads)
    with ExitStack() as stack:
        workers = []
        for _ in range(layout.processes):
            workers.append(ProcessWorker(make, where, spawn_lock))
            stack.callback(workers[-1].close)
        pool = stack.enter_context(ThreadPoolExecutor(layout.processes, thread_name_prefix="ask"))
        opened = Interpreters(workers, pool)
        opened.run(1)  # opens, and warms up
        yield opened


class InterpreterPool:
    """What runs in each process: opens an interpreter for each thread, then lets all work."""

    def __init__(self, path: Path, backend: str | None, shape_hw: Shape, threads: int) -> None:
        self._open = partial(open_backend, path, name=backend)
        self._shape = shape_hw
        self._threads = threads
        self._piece = draw_piece(shape_hw, seed=0)
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="invoke")
        self._runners: list[Runner] = []

    def __call__(self, each: int) -> tuple[None, float]:
        """Run so many invokes on each interpreter."""
        if not self._runners:
            # Not at the start: a process that dies of a file is not started again.
            with silence():
                backend = self._open()
                self._runners = [backend.open_runner(self._shape) for _ in range(self._threads)]
        list(self._pool.map(partial(self._repeat, each), self._runners))
        return None, time.process_time()

    def _repeat(self, count: int, runner: Runner) -> None:
        for _ in range(count):
            runner(self._piece)
