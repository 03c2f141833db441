"""Heat slows the loop step by step."""

from __future__ import annotations

import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.live.loop.cooling import Governor, HeatMonitor
from edge.live.loop.live_state import HeatState
from tests.unit.edge.live.clocks_made import HandClock
from tests.unit.edge.live.waiting import until


def test_it_slows_by_halves_and_never_twice_in_ten_seconds() -> None:
    governor = Governor(80)
    factors = [governor.update(85, (), float(now_s)) for now_s in range(0, 40, 5)]
    assert factors == [0.5, 0.5, 0.25, 0.25, 0.25, 0.25, 0.25, 0.25]


def test_the_rate_comes_back_after_half_a_minute_of_cool() -> None:
    governor = Governor(80)
    governor.update(85, (), 0)
    governor.update(85, (), 10)
    assert governor.update(74, (), 20) == 0.25
    assert governor.update(74, (), 49) == 0.25
    assert governor.update(74, (), 50) == 0.5
    assert governor.update(74, (), 79) == 0.5
    assert governor.update(74, (), 80) == 1


def test_between_hot_and_cool_nothing_changes() -> None:
    governor = Governor(80)
    governor.update(85, (), 0)
    assert [governor.update(77, (), now_s) for now_s in (10.0, 50.0, 500.0)] == [0.5] * 3
    governor.update(74, (), 501)
    governor.update(77, (), 520)
    assert governor.update(74, (), 540) == 0.5


@pytest.mark.parametrize(
    ("limits", "factor"),
    [
        (("throttled",), 0.5),
        (("frequency capped",), 0.5),
        (("soft temperature limit",), 0.5),
        (("under-voltage", "soft temperature limit"), 0.5),
        (("under-voltage",), 1),
        (("under-voltage", "throttled"), 1),
    ],
)
def test_what_heat_limits_slows_and_what_a_weak_supply_limits_does_not(
    limits: tuple[str, ...], factor: float
) -> None:
    assert Governor(80).update(60, limits, 0) == factor
    assert Governor(80).update(None, limits, 0) == factor


def test_with_no_highest_temperature_it_never_slows() -> None:
    assert Governor(None).update(110, ("throttled",), 0) == 1


def test_a_rate_that_was_not_asked_for_is_a_share_of_what_it_was() -> None:
    governor = Governor(80)
    assert governor.apply(None, 12.0) is None
    governor.update(85, (), 0)
    assert governor.apply(None, 0.0) is None
    assert governor.apply(None, 12.0) == 6
    assert governor.apply(None, 6.0) == 6
    governor.update(85, (), 10)
    assert governor.apply(None, 6.0) == 3


def test_half_of_a_target_out_of_reach_is_half_of_what_it_reached() -> None:
    governor = Governor(80)
    governor.update(85, (), 0)
    assert governor.apply(30.0, 10.0) == 5
    assert governor.apply(4.0, 5.0) == 2


def test_a_target_is_whole_again_when_it_is_cool() -> None:
    governor = Governor(80)
    governor.update(85, (), 0)
    assert governor.apply(30.0, 30.0) == 15
    governor.update(60, (), 40)
    governor.update(60, (), 70)
    assert governor.apply(30.0, 15.0) == 30
    assert governor.apply(None, 15.0) is None


@given(st.none() | st.floats(0.1, 60), st.lists(st.tuples(st.floats(20, 110), st.floats(0, 60))))
def test_a_slowed_rate_is_above_nothing_and_below_the_target(
    target_fps: float | None, readings: list[tuple[float, float]]
) -> None:
    governor = Governor(80)
    for second, (temperature_c, measured_fps) in enumerate(readings):
        governor.update(temperature_c, (), second * 7.0)
        fps = governor.apply(target_fps, measured_fps)
        assert 0.25 <= governor.factor <= 1
        if fps is not None:
            assert fps > 0
            assert target_fps is None or fps <= target_fps


def test_the_watch_reads_apart_and_slows_the_loop() -> None:
    readings = [(85.0, ("throttled",)), (70.0, ())]
    clock = HandClock()
    watch = HeatMonitor(
        80,
        poll_s=0.01,
        read=lambda: readings[0],
        clock=clock.clock,
    )
    until(lambda: watch.state.temperature_c == 85)
    assert not watch.state.is_slowed
    assert watch.limit_fps(10.0, 10.0) == 5
    assert watch.state == HeatState(85.0, ("throttled",), is_slowed=True)
    readings.pop(0)
    until(lambda: watch.state.temperature_c == 70)
    watch.limit_fps(10.0, 5.0)
    clock.advance(31)
    assert watch.limit_fps(10.0, 5.0) == 10
    assert not watch.state.is_slowed
    watch.close()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_an_error_nobody_expected_reaches_the_loop() -> None:
    def fail() -> tuple[float | None, tuple[str, ...]]:
        raise ZeroDivisionError("odd sensor")

    watch = HeatMonitor(read=fail)
    until(lambda: not any(thread.name == "heat" for thread in threading.enumerate()))
    with pytest.raises(RuntimeError, match="odd sensor"):
        watch.limit_fps(None, 1.0)
