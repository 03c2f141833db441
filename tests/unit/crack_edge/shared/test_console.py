"""Progress on stderr: how far, how fast, how long it will take."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from crack_edge.shared.console import Console, print_next


class _Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.mark.parametrize(
    ("first", "last", "seconds", "total", "expected"),
    [
        (1, 11, 50, 21, "50 s left"),
        (901, 911, 50, 1001, "8 min left"),
        (1, 11, 50, 2001, "2 h 46 min left"),
    ],
)
def test_the_time_left_goes_by_what_was_done_here(
    first: int,
    last: int,
    seconds: float,
    total: int,
    expected: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    clock = _Clock()
    console = Console(clock=clock)
    console.step("photos", first, total)
    clock.now += seconds
    console.step("photos", last, total, note="30.0 MP/s")
    assert capsys.readouterr().err == f"photos: {last}/{total}, 30.0 MP/s, {expected}\n"


def test_a_log_gets_a_line_now_and_then_and_the_last_one(
    capsys: pytest.CaptureFixture[str],
) -> None:
    clock = _Clock()
    console = Console(clock=clock)
    for done in range(1, 101):
        clock.now += 1
        console.step("photos", done, 100)
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 4
    assert lines[-1] == "photos: 100/100"


def test_the_next_command_can_be_pasted_into_a_shell(capsys: pytest.CaptureFixture[str]) -> None:
    print_next("scan", Path("my photos"), "--gsd", "MM")
    assert capsys.readouterr().out == "next: crack-edge scan 'my photos' --gsd MM\n"


def test_a_path_that_begins_with_a_dash_is_no_option(capsys: pytest.CaptureFixture[str]) -> None:
    print_next("report", Path("-dash-scan"), "--gsd", "MM")
    assert capsys.readouterr().out == "next: crack-edge report ./-dash-scan --gsd MM\n"


def test_a_name_gives_the_terminal_no_orders_and_is_still_itself_when_pasted(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    name = os.fsdecode(b"f\xfc \x1b[31m'\\n")
    (tmp_path / name).touch()
    print_next(tmp_path / name, program="ls")
    command = capsys.readouterr().out.removeprefix("next: ").rstrip("\n")
    assert command.isascii()
    assert command.isprintable()
    bash = shutil.which("bash")
    if bash is None:
        pytest.skip("needs bash")
    listed = subprocess.run([bash, "-c", f"{command} | cat"], capture_output=True, check=True)
    assert listed.stdout == os.fsencode(tmp_path / name) + b"\n"
