"""Energy of an invoke, by a meter and a clock that are moved by hand."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from benchmarks.run.energy import measure_energy
from tests.unit.fakes import Remembering

_SCHEMA = Path(__file__).parents[3] / "benchmarks/output/results.schema.json"


class _Board:
    """A board that takes 2 W at rest, and as much as is set while it works."""

    name = "a meter"

    def __init__(self) -> None:
        self.now_s = 0.0
        self.watts: float | None = 2.0
        self.joules = 0.0
        self.log: list[str] = []
        self.is_measuring = False
        self._begun = (0.0, 0.0)

    def begin(self) -> None:
        assert not self.is_measuring
        self.is_measuring = True
        self._begun = (self.now_s, self.joules)

    def end(self) -> float | None:
        assert self.is_measuring
        self.is_measuring = False
        seconds, joules = self.now_s - self._begun[0], self.joules - self._begun[1]
        return None if self.watts is None or seconds == 0 else joules / seconds

    def rest(self, seconds: float) -> None:
        self.log.append("rest")
        self._spend(seconds, 2.0)

    def works(self, name: str, watts: float, invoke_s: float) -> Callable[[float], int]:
        """Return work that takes so many watts; it goes on until its last invoke is over."""

        def run(seconds: float) -> int:
            self.log.append(name)
            invokes = int(seconds / invoke_s) + 1
            self._spend(invokes * invoke_s, watts)
            return invokes

        return run

    def measure(self, competitors: dict[str, Callable[[float], int]], **options: Any) -> list[Any]:
        return measure_energy(
            self, competitors, clock=lambda: self.now_s, sleep=self.rest, **options
        )

    def _spend(self, seconds: float, watts: float) -> None:
        self.now_s += seconds
        self.joules += seconds * watts


@pytest.fixture
def board() -> _Board:
    return _Board()


def test_joules_are_those_of_one_invoke_with_the_share_of_rest(board: _Board) -> None:
    slow, fast = board.works("slow", 6.0, 0.3), board.works("fast", 8.0, 0.1)
    rows = {row["key"]: row for row in board.measure({"slow": slow, "fast": fast})}
    assert rows["slow"]["watts"] == pytest.approx(6)
    assert rows["slow"]["joules_per_invoke"] == pytest.approx(1.8)
    assert rows["fast"]["joules_per_invoke"] == pytest.approx(0.8)
    assert rows["fast"]["idle_watts"] == pytest.approx(2)


def test_rows_fit_the_results(board: _Board) -> None:
    schema = json.loads(_SCHEMA.read_text(encoding="utf-8"))["properties"]["energy"]
    names = {"file": "a.tflite", "backend": "LiteRT", "view": "tile", "threads": 1}
    rows = board.measure({"a": board.works("a", 6.0, 0.1)})
    jsonschema.validate([row | names for row in rows], schema)


def test_each_round_has_rest_and_every_competitor_in_an_order_of_its_own(board: _Board) -> None:
    competitors = {name: board.works(name, 5.0, 0.1) for name in "abc"}
    progress = Remembering()
    board.measure(competitors, rounds=8, progress=progress)
    rounds = [board.log[first : first + 4] for first in range(0, 32, 4)]
    assert all(sorted(one) == ["a", "b", "c", "rest"] for one in rounds)
    assert len({tuple(one) for one in rounds}) > 1
    assert progress.steps[-1] == ("energy", 32, 32)


def test_one_disturbed_round_of_three_moves_no_figure(board: _Board) -> None:
    calm, hurt = board.works("a", 6.0, 0.1), board.works("a", 30.0, 0.4)
    turns = iter([calm, hurt, calm])

    def run(seconds: float) -> int:
        turn = next(turns)
        return turn(seconds)

    row = board.measure({"a": run})[0]
    assert row["watts"] == pytest.approx(6)
    assert row["joules_per_invoke"] == pytest.approx(0.6)


def test_a_competitor_that_never_invoked_has_no_row(board: _Board) -> None:
    def stuck(seconds: float) -> int:
        board.rest(seconds)
        return 0

    rows = board.measure({"stuck": stuck, "a": board.works("a", 6.0, 0.1)})
    assert [row["key"] for row in rows] == ["a"]


def test_a_meter_that_fails_gives_no_rows(board: _Board) -> None:
    board.watts = None
    assert board.measure({"a": board.works("a", 6.0, 0.1)}) == []


def test_work_that_fails_ends_the_meter(board: _Board) -> None:
    def fail(seconds: float) -> int:
        raise ValueError(f"no invoke in {seconds} s")

    with pytest.raises(ValueError, match="no invoke in 2"):
        board.measure({"a": fail})
    assert not board.is_measuring
