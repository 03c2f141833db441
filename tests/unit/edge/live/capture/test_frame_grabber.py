"""Frames of a source: the newest first, none lost of a file, each loss shown."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.live.capture.camera_stats import CameraState
from edge.live.capture.frame import Frame
from edge.live.capture.frame_grabber import FrameGrabber
from edge.live.capture.source import RawFrame
from tests.unit.edge.live.cameras_made import END, FakeSource, raw_frames
from tests.unit.edge.live.clocks_made import HandClock
from tests.unit.edge.live.observations_made import plain_picture
from tests.unit.edge.live.waiting import until


@contextmanager
def started(source: FakeSource, clock: HandClock | None = None) -> Iterator[FrameGrabber]:
    capture = FrameGrabber(source, clock=(clock or HandClock()).clock)
    capture.start()
    try:
        yield capture
    finally:
        source.end()
        assert capture.stop(30)


def take(capture: FrameGrabber) -> Frame:
    frame = capture.wait(30)
    assert frame is not None
    return frame


def level_of(frame: Frame) -> int:
    return int(frame.picture[0, 0, 0])


def test_of_a_live_source_only_the_newest_frame_is_kept_and_the_rest_is_counted() -> None:
    source = FakeSource()
    source.will_read(*raw_frames(range(10, 15)))
    with started(source) as capture:
        until(lambda: source.is_idle)
        assert level_of(take(capture)) == 14
        assert capture.wait(0) is None
        assert (capture.state.frames, capture.state.dropped) == (5, 4)


def test_of_a_file_every_frame_is_looked_at() -> None:
    source = FakeSource(is_live=False)
    source.will_read(*raw_frames(range(10, 15), media_step_s=0.5), END)
    with started(source) as capture:
        frames = [take(capture) for _ in range(5)]
        until(lambda: capture.has_ended)
    assert [level_of(frame) for frame in frames] == [10, 11, 12, 13, 14]
    assert [frame.number for frame in frames] == [1, 2, 3, 4, 5]
    assert [frame.time_s for frame in frames] == [0, 0.5, 1, 1.5, 2]
    assert capture.state.dropped == 0


def test_a_file_has_not_ended_before_its_last_frame_was_taken() -> None:
    source = FakeSource()
    source.will_read(*raw_frames(range(1)), END)
    with started(source) as capture:
        until(lambda: capture.state.status == "ended")
        assert not capture.has_ended
        take(capture)
        assert capture.has_ended
        assert capture.wait(30) is None
        assert (source.opened, source.closed) == (1, 1)


def test_a_camera_has_the_time_of_the_clock_that_never_jumps() -> None:
    source, clock = FakeSource(), HandClock()
    with started(source, clock) as capture:
        source.will_read(RawFrame(plain_picture(1)))
        first = take(capture)
        clock.monotonic_s += 2
        clock.wall_s -= 86_400
        source.will_read(RawFrame(plain_picture(2)))
        second = take(capture)
        assert second.time_s - first.time_s == 2
        assert second.arrived_s - first.arrived_s == 2
        assert second.wall_s < first.wall_s
        assert capture.state.status == "running"
        assert capture.state.for_s == 2


def test_a_frame_of_another_size_is_taken_and_its_size_shown() -> None:
    source = FakeSource()
    with started(source) as capture:
        for size_wh in ((32, 24), (640, 480), (16, 16)):
            source.will_read(RawFrame(plain_picture(7, size_wh)))
            assert take(capture).size_wh == size_wh
            assert capture.state.size_wh == size_wh
        assert (capture.state.losses, source.opened) == (0, 1)


def test_a_frame_taken_is_not_given_again() -> None:
    source = FakeSource()
    source.will_read(RawFrame(plain_picture(1)))
    with started(source) as capture:
        take(capture)
        assert capture.wait(0.01) is None


def test_a_capture_that_was_not_started_opens_nothing_and_stops() -> None:
    source = FakeSource()
    capture = FrameGrabber(source, clock=HandClock().clock)
    assert capture.stop(1)
    assert source.opened == 0


def test_stopping_closes_a_source_whose_frame_nobody_took() -> None:
    source = FakeSource(is_live=False)
    source.will_read(*raw_frames(range(2), media_step_s=1))
    capture = FrameGrabber(source, clock=HandClock().clock)
    capture.start()
    until(lambda: capture.state.frames == 1)
    assert capture.stop(30)
    assert source.closed == 1


def test_before_the_first_frame_it_is_opening() -> None:
    source, clock = FakeSource(), HandClock()
    with started(source, clock) as capture:
        until(lambda: source.is_idle)
        clock.advance(3)
        assert capture.state == CameraState("fake", "opening", for_s=3)


@settings(max_examples=30)
@given(st.lists(st.integers(1, 4), min_size=1, max_size=8))
def test_the_newest_is_always_what_wait_gives_and_every_frame_is_accounted_for(
    bursts: list[int],
) -> None:
    source, taken, came = FakeSource(), 0, 0
    with started(source) as capture:
        for number, burst in enumerate(bursts):
            came += burst
            source.will_read(*raw_frames(range(came - burst, came)))
            until(lambda: source.is_idle)
            if number % 2:
                frame = take(capture)
                assert (frame.number, level_of(frame)) == (came, came - 1)
                taken += 1
            waiting = 1 - number % 2
            state = capture.state
            assert state.frames == came
            assert state.dropped + taken + waiting == came


@settings(max_examples=30)
@given(st.integers(0, 12))
def test_no_frame_of_a_file_is_dropped(count: int) -> None:
    source = FakeSource(is_live=False)
    source.will_read(*raw_frames(range(count), media_step_s=0.1), END)
    with started(source) as capture:
        seen = []
        while not capture.has_ended:
            if (frame := capture.wait(1)) is not None:
                seen.append(level_of(frame))
    assert seen == list(range(count))


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_an_error_that_nobody_expected_is_raised_where_frames_are_waited_for() -> None:
    source = FakeSource()
    source.will_read(ZeroDivisionError("of a driver"))
    with started(source) as capture:
        with pytest.raises(RuntimeError, match=r"fake: ZeroDivisionError.*of a driver"):
            capture.wait(30)
        assert isinstance(capture.failure, RuntimeError)
