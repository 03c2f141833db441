"""Programs in a Python of their own, and how their end is put in words."""

from __future__ import annotations

import json
import signal
import sys

import pytest

from edge.doctor.subprocess_probe import ProbeResult, run_python

_NUMPY = """Traceback (most recent call last):
  File "multiarray.py", line 10, in <module>
ImportError: libopenblas.so.0: cannot open shared object file

The above exception was the direct cause of the following exception:

ImportError: \n
IMPORTANT: PLEASE READ THIS FOR ADVICE ON HOW TO SOLVE THIS ISSUE!

Original error was: libopenblas.so.0: cannot open shared object file
"""


def test_a_program_gets_its_arguments_and_answers_in_its_last_line() -> None:
    result = run_python("print('chatter')\nprint(sys.argv[1:])", ["a", "b"])
    assert (result.error, result.answer) == (None, "['a', 'b']")


def test_a_program_imports_from_where_this_python_does() -> None:
    assert run_python("print(json.dumps(sys.path))").answer == json.dumps(sys.path)


def test_an_error_is_named_by_its_last_line() -> None:
    assert run_python("import no_such_module").error == (
        "ModuleNotFoundError: No module named 'no_such_module'"
    )


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")
def test_a_program_that_is_killed_ends_nothing_but_itself() -> None:
    result = run_python("import os, signal\nos.kill(os.getpid(), signal.SIGILL)")
    assert (result.code, result.error) == (-signal.SIGILL, "killed by SIGILL")


def test_a_program_that_hangs_is_given_up() -> None:
    assert run_python("import time\ntime.sleep(60)", limit_s=0.3).error == "takes longer than 60 s"


@pytest.mark.parametrize(
    ("result", "error"),
    [
        (ProbeResult(0, "", "ImportError: was caught"), None),
        (ProbeResult(1, "", _NUMPY), "libopenblas.so.0: cannot open shared object file"),
        (
            ProbeResult(1, "", "pkg.errors.OddError: why\n  at exit: closed\n"),
            "pkg.errors.OddError: why",
        ),
        (ProbeResult(1, "", "Illegal thing\ngood bye\n"), "good bye"),
        (ProbeResult(3), "exit code 3"),
        (ProbeResult(-250), "killed by signal 250"),
    ],
)
def test_an_end_is_put_in_one_line(result: ProbeResult, error: str | None) -> None:
    assert result.error == error


def test_a_program_without_a_word_has_no_answer() -> None:
    assert ProbeResult(0, "\n").answer == ""
