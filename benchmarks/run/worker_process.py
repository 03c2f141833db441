"""A process that does one task after the other until it is stopped or dies.

Processes are spawned, not forked: a fork copies the locks of running threads as they stand. So a
script that starts them needs ``if __name__ == "__main__":`` around what it does.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import pickle
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from typing import Any

from benchmarks.run.isolated_process import describe_end, make_portable


class WorkerDiedError(Exception):
    """A process died with a task; the text says how."""


class WorkerProcess:
    """One process, started when it gets its first task.

    Args:
        make_worker: pickled to the process, called there once; what it returns does each task.
        spawn_lock: held to start and to join processes, equal for all of them: multiprocessing has
            one thread in mind.
    """

    def __init__(
        self, make_worker: Callable[[], Callable[[Any], Any]], spawn_lock: threading.Lock
    ) -> None:
        self._make_worker = make_worker
        self._spawn_lock = spawn_lock
        self._started: tuple[SpawnProcess, Connection] | None = None

    def run(self, task: Any) -> Any:
        """Have a task done.

        Raises:
            WorkerDiedError: the process died with it.
            CrackEdgeError: as the worker, or what makes it, raised it.
            RuntimeError: it raised another error.
        """
        if self._started is None:
            self._started = self._spawn()
        pipe = self._started[1]
        try:
            pipe.send(task)
            data = pipe.recv_bytes()
        except (EOFError, OSError):
            raise WorkerDiedError(self._join()) from None
        error, result = pickle.loads(data)
        if error is not None:
            raise error
        return result

    def stop(self) -> None:
        """End the process, also one that died."""
        if self._started is not None:
            with contextlib.suppress(OSError):
                self._started[1].send(None)
            self._join()

    def _spawn(self) -> tuple[SpawnProcess, Connection]:
        ours, theirs = multiprocessing.Pipe()
        with self._spawn_lock, _no_interrupts():
            # A daemon does not outlive a parent that forgets to stop it.
            process = multiprocessing.get_context("spawn").Process(
                target=_serve, args=(self._make_worker, theirs), daemon=True
            )
            process.start()
        # Open here too, it would hide the end of the process.
        theirs.close()
        return process, ours

    def _join(self) -> str:
        assert self._started is not None
        process, pipe = self._started
        self._started = None
        pipe.close()
        with self._spawn_lock:
            process.join()
        return describe_end(process.exitcode or 0)


@contextlib.contextmanager
def _no_interrupts() -> Iterator[None]:
    """Hold back Ctrl-C from a process that starts: it would die of it before it can ignore it."""
    if sys.platform == "win32":
        yield
        return
    # Started by the first process, it would let Ctrl-C through again.
    resource_tracker.ensure_running()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _serve(make_worker: Callable[[], Callable[[Any], Any]], pipe: Connection) -> None:
    """Be the process, until the parent stops it or is gone."""
    # Ctrl-C reaches all processes of a terminal; the parent decides.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    worker: Callable[[Any], Any] | None = None
    with contextlib.suppress(EOFError, OSError):
        while (task := pipe.recv()) is not None:
            try:
                worker = worker or make_worker()
                answer: tuple[Exception | None, Any] = None, worker(task)
            except Exception as error:  # noqa: BLE001 - whatever it is, the parent raises it
                answer = make_portable(error), None
            pipe.send_bytes(pickle.dumps(answer))
