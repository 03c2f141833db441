"""Progress on stderr: how far, how fast, how long it will take."""

from __future__ import annotations

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
