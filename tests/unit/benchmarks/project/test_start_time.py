"""How fast processes start, as shares of importing TensorFlow."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence

import pytest

from benchmarks.project.start_time import (
    FIRST_SCORE,
    HELP,
    TENSORFLOW,
    compare_starts,
    time_process,
)
from benchmarks.run.cold_start import ColdStart
from edge.files.errors import EnvironmentLacksError

SECONDS = {"help": 0.2, "tensorflow": 4.0}
COMMANDS = {HELP: ["help"], TENSORFLOW: ["tensorflow"]}


def make_start(peaks: Sequence[float | None] = (90.0,)) -> Callable[[], ColdStart]:
    """Return a start of 1 s in all, whose peaks of memory come one after the other."""
    left = list(peaks)

    def start() -> ColdStart:
        peak = left.pop(0) if len(left) > 1 else left[0]
        return ColdStart(100.0, 400.0, 450.0, 50.0, peak, None)

    return start


def time_command(command: Sequence[str]) -> float:
    return SECONDS[command[0]]


def test_starts_are_shares_of_importing_tensorflow() -> None:
    found = compare_starts(COMMANDS, make_start(), rounds=3, time_command=time_command)
    assert found["seconds"] == {HELP: 0.2, TENSORFLOW: 4.0, FIRST_SCORE: 1.0}
    assert found["ratios"][HELP]["median"] == pytest.approx(0.05)
    assert found["ratios"][FIRST_SCORE]["median"] == pytest.approx(0.25)
    assert set(found["ratios"]) == set(found["limits"])


def test_without_tensorflow_there_are_seconds_but_no_ratios() -> None:
    commands = {HELP: ["help"]}
    found = compare_starts(commands, make_start(), rounds=3, time_command=time_command)
    assert found["seconds"] == {HELP: 0.2, FIRST_SCORE: 1.0}
    assert found["ratios"] == {}


def test_the_memory_is_that_of_the_start_that_took_most() -> None:
    start = make_start((80.0, 95.26, 85.0))
    found = compare_starts(COMMANDS, start, rounds=3, time_command=time_command)
    assert found["rss_tile_mb"] == 95.3


def test_a_system_that_does_not_say_its_memory_has_none_in_the_results() -> None:
    found = compare_starts(COMMANDS, make_start((None,)), rounds=3, time_command=time_command)
    assert found["rss_tile_mb"] is None


def test_one_round_warms_up_and_does_not_count() -> None:
    times = iter([40.0, 1.0, 1.0, 1.0])
    found = compare_starts({"x": ["x"]}, make_start(), rounds=3, time_command=lambda _: next(times))
    assert found["seconds"]["x"] == 1.0
    assert next(times, None) is None


def test_a_process_is_timed_to_its_end() -> None:
    assert time_process([sys.executable, "-c", "import time; time.sleep(0.1)"]) > 0.1


def test_a_process_that_fails_is_reported_with_its_last_words() -> None:
    with pytest.raises(EnvironmentLacksError, match="exit code 1: it was the disk"):
        time_process([sys.executable, "-c", "import sys; sys.exit('it was the disk')"])
