"""Where the loop leaves what it saw."""

from __future__ import annotations

import threading

import pytest

from edge.live.loop.latest_observation import LatestObservation, stale_after_s
from edge.live.timing.clock import iso_time
from tests.unit.edge.live.clocks_made import HandClock
from tests.unit.edge.live.observations_made import make_observation
from tests.unit.edge.live.states_made import make_state

UNKNOWN = {"target_fps": None, "latency_p50_ms": None, "latency_p90_ms": None}


def test_an_old_picture_is_not_fresh() -> None:
    clock = HandClock(10.0)
    latest = LatestObservation(make_state(), clock=clock.clock)
    assert latest.fresh_observation() is None
    assert latest.age_s is None
    observation = make_observation(time_s=9.5)
    latest.show(observation, make_state())
    assert latest.fresh_observation() is observation
    assert latest.age_s == 0.5
    clock.advance(3.0)
    assert latest.fresh_observation() is None
    assert latest.age_s == 3.5


@pytest.mark.parametrize(
    ("changes", "limit_s"),
    [
        ({}, 3),
        ({"target_fps": 10.0, "latency_p90_ms": 80.0}, 3),
        ({"target_fps": 0.2}, 15),
        ({"latency_p90_ms": 2000.0}, 6),
        ({"target_fps": 0.01}, 30),
    ],
)
def test_a_loop_that_is_slow_by_nature_shows_its_newest_picture_for_longer(
    changes: dict[str, float], limit_s: float
) -> None:
    state = make_state(**UNKNOWN | changes)
    assert stale_after_s(state) == limit_s
    clock = HandClock(limit_s)
    latest = LatestObservation(make_state(), clock=clock.clock)
    latest.show(make_observation(time_s=0.0), state)
    assert latest.fresh_observation() is not None
    clock.advance(0.1)
    assert latest.fresh_observation() is None


def test_a_camera_that_is_lost_has_no_present_picture() -> None:
    latest = LatestObservation(make_state(), clock=HandClock(1.0).clock)
    latest.show(make_observation(time_s=1.0), make_state(status="no picture"))
    assert latest.fresh_observation() is None


def test_a_turn_without_a_frame_keeps_the_observation_and_changes_the_state() -> None:
    latest = LatestObservation(make_state())
    observation = make_observation(number=7)
    latest.show(observation, make_state())
    latest.show(None, make_state(status="no picture"))
    assert latest.wait_newer(6, 0) is observation
    assert latest.state.status == "no picture"


def test_waiting_gives_only_newer_observations() -> None:
    latest = LatestObservation(make_state())
    latest.show(make_observation(number=7), make_state())
    assert latest.wait_newer(7, 0) is None
    later = make_observation(number=8)
    thread = threading.Timer(0.05, latest.show, (later, make_state()))
    thread.start()
    assert latest.wait_newer(7, 10) is later
    thread.join()


def test_times_are_in_utc_with_milliseconds() -> None:
    assert iso_time(1_778_051_289.0104) == "2026-05-06T07:08:09.010Z"
    assert iso_time(0.9996) == "1970-01-01T00:00:01.000Z"
