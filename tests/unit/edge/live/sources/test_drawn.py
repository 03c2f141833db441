"""The drawn wall as a camera."""

from __future__ import annotations

import numpy as np
import pytest

from edge.live.capture.source import SourceLostError
from edge.live.sources.drawn import DrawnSource
from tests.unit.edge.live.clocks_made import HandClock


def test_the_drawn_wall_moves_and_comes_back() -> None:
    clock = HandClock()
    source = DrawnSource(size_wh=(96, 64), clock=clock.clock, pause=clock.advance)
    source.open()
    frames = [source.read() for _ in range(1201)]
    assert all(raw_frame.picture.shape == (64, 96, 3) for raw_frame in frames)
    assert all(raw_frame.media_s is None for raw_frame in frames)
    assert (frames[0].picture == frames[1200].picture).all()
    assert not (frames[0].picture == frames[600].picture).all()
    assert (frames[599].picture == frames[601].picture).all()
    assert clock.monotonic_s == pytest.approx(1000 + 1200 / 30)


def test_the_drawn_wall_is_the_same_one_when_it_is_opened_again() -> None:
    clock = HandClock()
    source = DrawnSource(size_wh=(96, 64), clock=clock.clock, pause=clock.advance)
    source.open()
    first = source.read().picture
    source.close()
    with pytest.raises(SourceLostError):
        source.read()
    source.open()
    again = DrawnSource(size_wh=(96, 64), clock=clock.clock, pause=clock.advance)
    again.open()
    assert (again.read().picture == first).all()
    assert not np.shares_memory(first, source.read().picture)
