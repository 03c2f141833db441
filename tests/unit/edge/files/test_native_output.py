"""The chatter of libraries is held back, and shown when the work fails."""

from __future__ import annotations

import os

import pytest

from edge.files.native_output import silence


def test_what_is_written_while_hushed_is_not_seen(capfd: pytest.CaptureFixture[str]) -> None:
    with silence():
        os.write(1, b"chatter\n")
        os.write(2, b"warning\n")
    assert capfd.readouterr() == ("", "")


def test_streams_work_again_afterwards(capfd: pytest.CaptureFixture[str]) -> None:
    with silence():
        os.write(1, b"chatter\n")
    os.write(1, b"result\n")
    os.write(2, b"progress\n")
    assert capfd.readouterr() == ("result\n", "progress\n")


def _fail_hushed() -> None:
    with silence():
        os.write(1, b"step 1\n")
        os.write(2, b"the reason\n")
        raise RuntimeError("it broke")


def test_a_failure_shows_what_was_held_back(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(RuntimeError, match="broke"):
        _fail_hushed()
    assert capfd.readouterr() == ("", "step 1\nthe reason\n")


def test_no_descriptor_is_left_open() -> None:
    before = os.dup(0)
    os.close(before)
    for _ in range(3):
        with silence():
            pass
    after = os.dup(0)
    os.close(after)
    assert after == before
