"""Rates and latencies over the last frames."""

from __future__ import annotations

import pytest

from edge.live.timing.rate_meter import RateMeter


@pytest.mark.parametrize("fps", [0.05, 0.5, 5, 50])
def test_the_rate_is_that_of_the_frames(fps: float) -> None:
    meter = RateMeter()
    for number in range(round(fps * 20) + 2):
        meter.add(number / fps, 20.0)
    assert meter.fps(number / fps) == pytest.approx(fps)


def test_the_rate_falls_where_frames_stay_away() -> None:
    meter = RateMeter()
    for number in range(100):
        meter.add(number / 10, 20.0)
    assert meter.fps(12.4) == pytest.approx(5, rel=0.1)
    assert meter.fps(20.0) < 0.1
    assert meter.fps(100.0) == 0


def test_without_frames_there_is_no_latency() -> None:
    meter = RateMeter()
    assert meter.latencies_ms(0.5) == [None]
    assert meter.fps(1.0) == 0


def test_latencies_are_of_the_last_hundred_frames() -> None:
    meter = RateMeter()
    for number in range(300):
        meter.add(number / 10, float(number))
    half, most, all_ = meter.latencies_ms(0.5, 0.9, 1.0)
    assert half == pytest.approx(250, abs=1)
    assert most == pytest.approx(290, abs=1)
    assert all_ == 299
