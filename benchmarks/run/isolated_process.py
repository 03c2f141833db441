"""Run a function in a process of its own, which ends with it.

Runtimes quarrel within a process (tflite-runtime fails beside TensorFlow), and what one leaves in
memory would be the next one's start.
"""

from __future__ import annotations

import multiprocessing
import pickle
import signal
import traceback
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from typing import Any, TypeVar, cast

from edge.files.errors import CrackEdgeError, EnvironmentLacksError
from edge.files.progress import Progress

ResultT = TypeVar("ResultT")


def run_isolated(
    function: Callable[..., ResultT], *args: Any, progress: Progress | None = None
) -> ResultT:
    """Run a function in a fresh, spawned process.

    Args:
        function: pickled to the process, as its arguments and its result are.
        args: for the function.
        progress: gets what the function reports to its keyword argument ``progress``; if None, the
            function is given none.

    Returns:
        What the function returns.

    Raises:
        CrackEdgeError: as the function raised it.
        EnvironmentLacksError: the process died of something else than an exception.
        RuntimeError: the function raised another error; holds its traceback.
    """
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe(duplex=False)
    process = context.Process(
        target=_serve, args=(there, function, args, progress is not None), daemon=True
    )
    process.start()
    # Open here too, it would hide the end of the process.
    there.close()
    try:
        while True:
            kind, values = _receive(here, process)
            if kind == "say" and progress:
                progress.say(*values)
            elif kind == "step" and progress:
                progress.step(*values[:3], note=values[3])
            elif kind == "error":
                raise values
            elif kind == "result":
                return cast(ResultT, values)
    finally:
        here.close()
        # Its work is done, or nobody waits for it any more.
        process.terminate()
        process.join()


def _receive(pipe: Connection, process: SpawnProcess) -> tuple[str, Any]:
    try:
        data = pipe.recv_bytes()
    except (EOFError, OSError) as error:
        process.join()
        raise EnvironmentLacksError(
            f"a process of its own {describe_end(process.exitcode or 0)}; a library crashed in it, "
            "or memory ran out"
        ) from error
    return cast(tuple[str, Any], pickle.loads(data))


def describe_end(code: int) -> str:
    """Say how a process ended, by its exit code."""
    return f"was ended by signal {-code}" if code < 0 else f"ended with exit code {code}"


class _PipedProgress:
    """Sends progress to the process that waits."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe

    def say(self, text: str) -> None:
        _send(self._pipe, "say", (text,))

    def step(self, what: str, done: int, total: int, *, note: str = "") -> None:
        _send(self._pipe, "step", (what, done, total, note))


def _serve(
    pipe: Connection, function: Callable[..., Any], args: tuple[Any, ...], tells: bool
) -> None:
    """Be the process."""
    # Ctrl-C reaches all processes of a terminal; the parent decides.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    named: dict[str, Progress] = {"progress": _PipedProgress(pipe)} if tells else {}
    with ThreadPoolExecutor(1, thread_name_prefix="isolated") as pool:
        done = pool.submit(function, *args, **named)
        error = done.exception()
    if error is None:
        _send(pipe, "result", done.result())
    else:
        _send(pipe, "error", make_portable(error))


def make_portable(error: BaseException) -> Exception:
    """Return an error that can be pickled: our own as it is, of another one its traceback."""
    if isinstance(error, CrackEdgeError):
        return error
    return RuntimeError("".join(traceback.format_exception(error)).rstrip())


def _send(pipe: Connection, kind: str, values: Any) -> None:
    pipe.send_bytes(pickle.dumps((kind, values)))
