"""Rates and latencies over the last frames."""

from __future__ import annotations

import pytest

from edge.live.figures import RecentFigures


@pytest.mark.parametrize("fps", [0.05, 0.5, 5, 50])
def test_the_rate_is_that_of_the_frames(fps: float) -> None:
    figures = RecentFigures()
    for number in range(round(fps * 20) + 2):
        figures.add(number / fps, 20.0)
    assert figures.fps(number / fps) == pytest.approx(fps)


def test_the_rate_falls_where_frames_stay_away() -> None:
    figures = RecentFigures()
    for number in range(100):
        figures.add(number / 10, 20.0)
    assert figures.fps(12.4) == pytest.approx(5, rel=0.1)
    assert figures.fps(20.0) < 0.1
    assert figures.fps(100.0) == 0


def test_without_frames_there_is_no_latency() -> None:
    figures = RecentFigures()
    assert figures.latencies_ms(0.5) == [None]
    assert figures.fps(1.0) == 0


def test_latencies_are_of_the_last_hundred_frames() -> None:
    figures = RecentFigures()
    for number in range(300):
        figures.add(number / 10, float(number))
    half, most, all_ = figures.latencies_ms(0.5, 0.9, 1.0)
    assert half == pytest.approx(250, abs=1)
    assert most == pytest.approx(290, abs=1)
    assert all_ == 299
