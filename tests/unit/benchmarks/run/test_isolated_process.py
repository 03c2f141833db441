"""A function in a process of its own: what comes back, and what its end means."""

from __future__ import annotations

import multiprocessing
import os
import sys

import pytest

from benchmarks.run.isolated_process import run_isolated
from edge.files.errors import DataError, EnvironmentLacksError
from tests.unit.benchmarks.made_subjects import (
    add,
    complain,
    die,
    divide_by_zero,
    tell,
    tell_and_hang,
)
from tests.unit.fakes import Remembering


def test_the_result_comes_from_another_process_which_ends() -> None:
    result, pid = run_isolated(add, 2, 3)
    assert result == 5
    assert pid != os.getpid()
    assert not multiprocessing.active_children()


def test_an_error_that_users_can_cause_is_raised_here() -> None:
    with pytest.raises(DataError, match=r"^no such folder$"):
        run_isolated(complain, "no such folder")


def test_another_error_brings_its_traceback() -> None:
    with pytest.raises(RuntimeError, match=r"(?s)in divide_by_zero.*ZeroDivisionError"):
        run_isolated(divide_by_zero)


@pytest.mark.parametrize(
    ("by_signal", "end"), [(False, "ended with exit code 7"), (True, "was ended by signal 9")]
)
def test_the_death_of_the_process_is_told(by_signal: bool, end: str) -> None:
    if by_signal and sys.platform == "win32":
        pytest.skip("no signals")
    with pytest.raises(EnvironmentLacksError, match=end):
        run_isolated(die, by_signal)


def test_progress_crosses_over() -> None:
    progress = Remembering()
    assert run_isolated(tell, 2, progress=progress) == "told"
    assert progress.lines == ["begun"]
    assert progress.steps == [("steps", 1, 2), ("steps", 2, 2)]


class _Interrupting(Remembering):
    def say(self, text: str) -> None:
        raise KeyboardInterrupt


def test_an_interrupted_wait_ends_the_process() -> None:
    with pytest.raises(KeyboardInterrupt):
        run_isolated(tell_and_hang, progress=_Interrupting())
    assert not multiprocessing.active_children()
