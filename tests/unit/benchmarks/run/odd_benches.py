"""What the tests let run in worker processes: a task is a word that says what to do."""

from __future__ import annotations

import os
from collections.abc import Callable

from edge.files.errors import ModelError


def make_obedient() -> Callable[[str], tuple[str, float]]:
    return _obey


def make_refusing() -> Callable[[str], tuple[str, float]]:
    raise ModelError("m.tflite: damaged")


def _obey(word: str) -> tuple[str, float]:
    if word == "die":
        os._exit(7)
    if word == "refuse":
        raise ModelError("m.tflite: damaged")
    if word == "fail":
        raise LookupError("a bug")
    return word.upper(), 1.5
