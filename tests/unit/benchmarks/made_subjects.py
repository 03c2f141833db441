"""Subjects without a model file, and functions that a process apart can import."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from typing import Any

from benchmarks.run.subject import ModelFile, Subject
from edge.files.errors import DataError
from edge.files.hashing import sha256_of
from edge.files.progress import Progress
from edge.model.tflite_file import find_model, read_tflite
from tests.unit.fakes import make_card

LITERT = "LiteRT"


def make_subject(name: str = "fake.int8.tflite", *, backend: str = LITERT, **card: Any) -> Subject:
    """Return a subject whose file does not exist; ``card`` are facts on its card."""
    sha256 = sha256_of(name.encode())
    return Subject(ModelFile(name, Path(name), sha256, 1000, make_card(**card)), backend, "1.0")


def shipped_subject(name: str = "small", *, path: Path | None = None) -> Subject:
    """Return a shipped model as a subject; ``path`` is said to be its file instead of its own."""
    own = find_model(name)
    card = read_tflite(own).card
    sha256 = sha256_of(own.read_bytes())
    file = ModelFile(own.name, path or own, sha256, own.stat().st_size, card)
    return Subject(file, LITERT, "2.0")


def add(first: int, second: int) -> tuple[int, int]:
    """Return the sum and the process that made it."""
    return first + second, os.getpid()


def complain(text: str) -> None:
    """Raise an error that users can cause."""
    raise DataError(text)


def divide_by_zero() -> float:
    """Raise an error that nobody expects."""
    return 1 / int("0")


def die(by_signal: bool) -> None:
    """End the process as a crash would."""
    if by_signal:
        os.kill(os.getpid(), signal.SIGKILL)
    os._exit(7)


def tell(count: int, *, progress: Progress) -> str:
    """Report steps."""
    progress.say("begun")
    for done in range(1, count + 1):
        progress.step("steps", done, count)
    return "told"


def tell_and_hang(*, progress: Progress) -> None:
    """Report a step and work on for an hour."""
    progress.say("begun")
    time.sleep(3600)
