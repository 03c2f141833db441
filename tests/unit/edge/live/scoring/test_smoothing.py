"""Scores smoothed over time."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.live.scoring.smoothing import Smoother

scores = st.floats(0, 1)
pauses_s = st.floats(0, 10)


def smooth(score: float, *, seconds: float, fps: float) -> float:
    """Return what is smoothed after so many seconds of one score, after as many of none."""
    smoother = Smoother(0.5, gap_s=5)
    frames = round(seconds * fps)
    for number in range(frames):
        smoother.add(0.0, number / fps)
    for number in range(frames, 2 * frames):
        smoothed = smoother.add(score, number / fps)
    return smoothed


@given(st.lists(st.tuples(scores, pauses_s), min_size=1))
def test_it_stays_within_the_scores_it_was_given(steps: list[tuple[float, float]]) -> None:
    smoother, now_s = Smoother(0.5, gap_s=5), 0.0
    for score, pause_s in steps:
        now_s += pause_s
        smoothed = smoother.add(score, now_s)
        assert 0 < smoothed < 1
        assert smoothed <= max(0.0067, *(one for one, _ in steps)) + 1e-9


def test_one_odd_frame_among_others_is_no_crack() -> None:
    smoother = Smoother(0.5, gap_s=5)
    highest = max(
        smoother.add(0.999 if number == 30 else 0.05, number / 10) for number in range(60)
    )
    assert highest < 0.3


def test_a_first_frame_alone_is_no_crack() -> None:
    assert Smoother(0.5, gap_s=5).add(0.999, 100.0) < 0.9


def test_a_crack_that_stays_reaches_its_score() -> None:
    assert smooth(0.95, seconds=5, fps=10) == pytest.approx(0.95, abs=0.001)


@pytest.mark.parametrize("seconds", [0.5, 1.0, 2.0])
def test_fast_and_slow_machines_decide_alike(seconds: float) -> None:
    slow, fast = (smooth(0.95, seconds=seconds, fps=fps) for fps in (20, 200))
    assert slow == pytest.approx(fast, abs=0.1)


def test_one_missed_frame_ends_nothing() -> None:
    smoother = Smoother(0.5, gap_s=5)
    smoothed = [smoother.add(0.0 if number == 50 else 0.98, number / 10) for number in range(60)]
    assert min(smoothed[40:]) > 0.5


def test_after_a_gap_it_begins_anew() -> None:
    smoother = Smoother(0.5, gap_s=5)
    for number in range(50):
        smoother.add(0.99, number / 10)
    first = Smoother(0.5, gap_s=5).add(0.4, 0.0)
    assert smoother.add(0.4, 100.0) == first


def test_without_a_time_constant_each_frame_stands_alone() -> None:
    smoother = Smoother(0, gap_s=5)
    assert [smoother.add(score, 0.0) for score in (0.9, 0.1, 0.9)] == pytest.approx([0.9, 0.1, 0.9])


def test_a_clock_that_stands_still_changes_nothing() -> None:
    smoother = Smoother(0.5, gap_s=5)
    first = smoother.add(0.9, 1.0)
    assert smoother.add(0.1, 1.0) == first
