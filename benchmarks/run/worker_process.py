"""A process that works on tasks, and a new one when it dies.

Processes are spawned, not forked: a fork copies the locks of running threads as they stand. So a
script that starts them needs ``if __name__ == "__main__":`` around what it does.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import pickle
import signal
import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from multiprocessing import connection, resource_tracker
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from typing import Any, Generic, TypeVar, cast

from edge.files.errors import CrackEdgeError, EnvironmentLacksError

TaskT = TypeVar("TaskT")
OutcomeT = TypeVar("OutcomeT")

# A process that dies so often before it takes a task will do so the next time.
_MAX_STARTS = 3


class DeathError(Exception):
    """A process died with a task; the text says how."""


@dataclass(frozen=True)
class _Started:
    """A process, a pipe for the words hello and goodbye, and one for each task in flight.

    Pipes are closed by dropping them: closed by name, a pipe's number could be another file's
    before the threads that wait on it look.
    """

    process: SpawnProcess
    control: Connection
    lanes: list[Connection]


class WorkerProcess(Generic[TaskT, OutcomeT]):
    """One place for a process.

    Args:
        make_worker: pickled to the process, called there once.
        lanes: tasks in flight; each lane is used by one thread at a time.
        family: held to start and to reap; multiprocessing has one thread in mind.
    """

    def __init__(
        self,
        make_worker: Callable[[], Callable[[TaskT], OutcomeT]],
        *,
        lanes: int,
        family: threading.Lock,
    ) -> None:
        self._make_worker = make_worker
        self._lanes = lanes
        self._family = family
        self._lock = threading.Lock()
        self._started: _Started | None = None
        self._starts = 0  # since one took a task

    def start(self) -> _Started:
        """Start a process unless one runs, and wait until it can take tasks.

        Raises:
            EnvironmentLacksError: it dies before that, again and again.
            CrackEdgeError: as ``make_worker`` raised it.
            RuntimeError: ``make_worker`` raised another error.
        """
        with self._lock:
            ending = "ended"
            while self._started is None:
                if self._starts == _MAX_STARTS:
                    raise EnvironmentLacksError(
                        f"worker processes don't live here: {_MAX_STARTS} died before they took a "
                        f"photo, the last one {ending}; scan in one process (--workers)"
                    )
                self._starts += 1
                started = self._spawn()
                try:
                    hello = started.control.recv_bytes()
                except (EOFError, OSError):
                    ending = self._reap(started)
                    continue
                error, _ = pickle.loads(hello)
                if error is not None:
                    self._reap(started)
                    raise error
                self._started = started
            return self._started

    def run(self, lane: int, task: TaskT) -> OutcomeT:
        """Have a task done.

        Raises:
            DeathError: the process died with it.
            CrackEdgeError: as the worker raised it.
            RuntimeError: the worker raised another error.
        """
        while True:
            started = self.start()
            try:
                started.lanes[lane].send(task)
            except OSError:
                # It died before it got this task, so not by it.
                self._bury(started)
            else:
                break
        self._starts = 0
        try:
            answer = started.lanes[lane].recv_bytes()
        except (EOFError, OSError):
            raise DeathError(self._bury(started)) from None
        error, outcome = pickle.loads(answer)
        if error is not None:
            raise error
        return cast(OutcomeT, outcome)

    def dismiss(self) -> None:
        """End the process; it has no task now."""
        if self._started is not None:
            with contextlib.suppress(OSError):
                self._started.control.send(None)
            self._reap(self._started)
            self._started = None

    def _spawn(self) -> _Started:
        pairs = [multiprocessing.Pipe() for _ in range(1 + self._lanes)]
        ours, theirs = zip(*pairs, strict=True)
        with self._family, _no_interrupts():
            # A daemon does not outlive a parent that forgets to dismiss it.
            process = multiprocessing.get_context("spawn").Process(
                target=_serve, args=(self._make_worker, theirs[0], theirs[1:]), daemon=True
            )
            process.start()
        for pipe in theirs:
            # Open here too, they would hide the end of the process.
            pipe.close()
        return _Started(process, ours[0], list(ours[1:]))

    def _bury(self, started: _Started) -> str:
        with self._lock:
            if self._started is started:
                self._started = None
        return self._reap(started)

    def _reap(self, started: _Started) -> str:
        with self._family:
            started.process.join()
        code = started.process.exitcode or 0
        return f"was ended by signal {-code}" if code < 0 else f"ended with exit code {code}"


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


def _serve(
    make_worker: Callable[[], Callable[[Any], Any]],
    control: Connection,
    lanes: tuple[Connection, ...],
) -> None:
    """Be the process: answer a task on the lane it came by; the word on control is goodbye."""
    # Ctrl-C reaches all processes of a terminal; the parent decides.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with ThreadPoolExecutor(len(lanes), thread_name_prefix="photo") as pool:
        made = pool.submit(make_worker)
        error = made.exception()
        _send(control, _pack(error, None))
        if error is not None:
            return
        while True:
            for pipe in cast(list[Connection], connection.wait([control, *lanes])):
                try:
                    task = pipe.recv()
                except (EOFError, OSError):
                    # The parent died and may run again: nothing may be written any more.
                    os._exit(1)
                if pipe is control:
                    return
                answer = pool.submit(_answer, made.result(), task)
                answer.add_done_callback(partial(_reply, pipe))


def _answer(work: Callable[[Any], Any], task: Any) -> bytes:
    return _pack(None, work(task))


def _reply(pipe: Connection, answer: Future[bytes]) -> None:
    error = answer.exception()
    _send(pipe, answer.result() if error is None else _pack(error, None))


def _send(pipe: Connection, data: bytes) -> None:
    # If the parent is gone, the end of its pipes says so too.
    with contextlib.suppress(OSError):
        pipe.send_bytes(data)


def _pack(error: BaseException | None, outcome: Any) -> bytes:
    if error is not None and not isinstance(error, CrackEdgeError):
        # Of an unknown error only the text is sure to survive the journey.
        error = RuntimeError("".join(traceback.format_exception(error)).rstrip())
    return pickle.dumps((error, outcome))
