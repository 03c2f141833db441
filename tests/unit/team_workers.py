"""Workers that the tests send to processes: a task is a word that says what to do."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from edge.files.errors import ModelError
from edge.scan.plan import Parallelism
from edge.scan.worker_pool import run_tasks

TEAM = Parallelism(processes=2, threads=1, photos=2)


def make_obedient() -> Callable[[str], str]:
    return _obey


def make_refusing() -> Callable[[str], str]:
    raise ModelError("m.tflite: damaged")


def make_dying() -> Callable[[str], str]:
    os._exit(7)


def make_recording(folder: Path) -> Callable[[str], str]:
    """Leave a file named by the process, then take ages over every task."""
    (folder / str(os.getpid())).touch()
    return _sleep


def lose(task: str, reason: str) -> str:
    return f"{task}: {reason}"


def never() -> bool:
    return False


def _obey(task: str) -> str:
    if task == "die":
        os.kill(os.getpid(), signal.SIGKILL)
    if task == "interrupt":
        os.kill(os.getpid(), signal.SIGINT)
    if task == "refuse":
        raise ModelError("m.tflite: no dense view")
    if task == "fail":
        raise ZeroDivisionError("a bug")
    if task == "pid":
        # Long enough that one process does not take all.
        time.sleep(0.05)
        return str(os.getpid())
    return task


def _sleep(task: str) -> str:
    time.sleep(600)
    return task


def _endless() -> Iterator[str]:
    while True:
        yield "sleep"


def main() -> None:
    """Run a team that never ends; the argument is the folder in which its processes sign."""
    make_worker = partial(make_recording, Path(sys.argv[1]))
    for _ in run_tasks(make_worker, _endless(), plan=TEAM, lost=lose, stop=never):
        pass


if __name__ == "__main__":
    main()
