"""Timing with a clock of our own: interleaved, warmed up, paired by round."""

from __future__ import annotations

import numpy as np

from benchmarks.project.time_ratio import ratio_of, time_interleaved


class Clock:
    """A clock that only moves when a competitor works."""

    def __init__(self) -> None:
        self.now = 0.0
        self.calls: list[str] = []

    def work(self, name: str, seconds: float) -> None:
        self.calls.append(name)
        self.now += seconds


def test_every_round_runs_every_competitor_and_the_warm_up_is_not_counted() -> None:
    clock = Clock()
    seconds = time_interleaved(
        {"slow": lambda: clock.work("slow", 2), "fast": lambda: clock.work("fast", 1)},
        rounds=5,
        warm_up=2,
        clock=lambda: clock.now,
    )
    assert seconds["slow"].tolist() == [2] * 5
    assert seconds["fast"].tolist() == [1] * 5
    assert len(clock.calls) == 14
    rounds = [set(clock.calls[i : i + 2]) for i in range(0, 14, 2)]
    assert rounds == [{"slow", "fast"}] * 7


def test_the_order_changes_from_round_to_round() -> None:
    clock = Clock()
    time_interleaved(
        {name: (lambda name=name: clock.work(name, 1)) for name in "ab"},
        rounds=20,
        clock=lambda: clock.now,
    )
    assert {"".join(clock.calls[i : i + 2]) for i in range(0, 42, 2)} == {"ab", "ba"}


def test_a_ratio_is_taken_within_rounds() -> None:
    ratio = ratio_of(np.array([2.0, 20.0, 4.0]), np.array([1.0, 10.0, 2.0]))
    assert (ratio.median, ratio.p10, ratio.p90) == (2, 2, 2)
