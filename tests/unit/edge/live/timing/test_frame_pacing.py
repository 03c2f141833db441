"""A target rate is kept: no drift, and no burst after a stall."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.live.timing.frame_pacing import FramePacer, FrameSchedule
from tests.unit.edge.live.clocks_made import HandClock


def _run(pace: FrameSchedule, delays_s: Sequence[float]) -> list[float]:
    """Return when frames were taken, each as soon as it was due and then late by a delay."""
    now_s, taken = 1000.0, []
    for delay_s in delays_s:
        now_s += pace.wait_s(now_s) + delay_s
        pace.done(now_s)
        taken.append(now_s)
    return taken


_FPS = st.floats(0.1, 200)
_DELAYS = st.lists(st.floats(0, 5) | st.just(0.0), min_size=1, max_size=60)


@given(_FPS, _DELAYS)
def test_there_are_never_more_frames_than_rate_times_time_and_one(
    fps: float, delays_s: list[float]
) -> None:
    taken = _run(FrameSchedule(fps), delays_s)
    for count, now_s in enumerate(taken, 1):
        assert count <= fps * (now_s - taken[0]) + 1 + 1e-6


@given(_FPS, _DELAYS, _DELAYS)
def test_a_stall_is_followed_by_no_burst(
    fps: float, before: list[float], after: list[float]
) -> None:
    taken = _run(FrameSchedule(fps), [*before, 100 / fps, *(delay_s / 1e3 for delay_s in after)])
    for first in range(len(taken)):
        for last in range(first, len(taken)):
            frames = last - first + 1
            assert frames <= fps * (taken[last] - taken[first]) + 2 + 1e-6


@given(_FPS, st.lists(st.floats(0, 0.9), min_size=2, max_size=60))
def test_small_delays_do_not_add_up(fps: float, shares: list[float]) -> None:
    taken = _run(FrameSchedule(fps), [0.0, *(share / fps for share in shares)])
    assert taken[-1] - taken[0] == pytest.approx((len(shares) + shares[-1]) / fps, rel=1e-6)


def test_the_first_frame_is_due_at_once() -> None:
    assert FrameSchedule(0.001).wait_s(5.0) == 0


def test_without_a_rate_every_frame_is_due_at_once() -> None:
    assert _run(FrameSchedule(None), [0.0] * 5) == [1000.0] * 5


def test_a_new_rate_counts_from_the_last_frame() -> None:
    pace = FrameSchedule(0.01)
    pace.done(10.0)
    pace.fps = 2.0
    assert pace.wait_s(10.0) == pytest.approx(0.5)
    pace.fps = None
    assert pace.wait_s(10.0) == 0


def test_the_same_rate_again_changes_nothing() -> None:
    pace = FrameSchedule(1.0)
    pace.done(10.0)
    pace.done(11.5)
    pace.fps = 1.0
    assert pace.wait_s(11.5) == pytest.approx(0.5)


@pytest.mark.parametrize("fps", [0.0, -1.0, float("nan")])
def test_a_rate_that_is_none_is_refused(fps: float) -> None:
    with pytest.raises(ValueError, match="above 0"):
        FrameSchedule(fps)


def test_a_rate_is_kept_by_whoever_is_late_without_catching_up() -> None:
    clock = HandClock()
    pacer = FramePacer(10, clock=clock.clock, pause=clock.advance)
    begun = clock.monotonic_s
    pacer.wait()
    clock.advance(0.05)
    pacer.wait()
    assert clock.monotonic_s - begun == pytest.approx(0.1)
    clock.advance(7)
    pacer.wait()
    pacer.wait()
    assert clock.monotonic_s - begun == pytest.approx(7.2)
