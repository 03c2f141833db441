"""A camera that freezes, gives garbage, goes away and comes back, or hangs in its driver."""

from __future__ import annotations

import random
from collections.abc import Iterator

import numpy as np
import pytest

from edge.files.errors import SourceHungError
from edge.live.capture.frame_grabber import FrameGrabber, LossLimits
from edge.live.capture.source import RawFrame, SourceLostError
from edge.live.timing.backoff import Backoff
from tests.unit.edge.live.cameras_made import AtOnce, FakeSource, Hang
from tests.unit.edge.live.clocks_made import HandClock
from tests.unit.edge.live.observations_made import plain_picture
from tests.unit.edge.live.waiting import until

LIMITS = LossLimits(stall_s=10, hang_s=30, still_s=60)


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def source() -> FakeSource:
    return FakeSource()


@pytest.fixture
def capture(source: FakeSource, clock: HandClock) -> Iterator[FrameGrabber]:
    made = FrameGrabber(source, clock=clock.clock, limits=LIMITS, backoff=AtOnce())
    yield made
    source.end()
    assert made.stop(30)


def begin(capture: FrameGrabber, source: FakeSource) -> None:
    """Start, and take a first frame."""
    source.will_read(RawFrame(plain_picture(1)))
    capture.start()
    assert capture.wait(30) is not None


@pytest.mark.parametrize(
    "garbage",
    [
        None,
        plain_picture(3),
        RawFrame(None),  # type: ignore[arg-type]
        RawFrame(plain_picture(3).astype(np.float32)),  # type: ignore[arg-type]
        RawFrame(plain_picture(3)[..., 0]),
        RawFrame(np.zeros((4, 4, 4), np.uint8)),
        RawFrame(np.zeros((0, 4, 3), np.uint8)),
    ],
    ids=["None", "no frame", "no picture", "float", "grey", "four channels", "empty"],
)
def test_garbage_is_counted_and_the_next_frame_taken(
    capture: FrameGrabber, source: FakeSource, garbage: object
) -> None:
    begin(capture, source)
    source.will_read(garbage, garbage, RawFrame(plain_picture(2)))
    frame = capture.wait(30)
    assert frame is not None
    assert frame.number == 2
    assert (capture.state.bad, capture.state.status, source.opened) == (2, "running", 1)


def test_three_bad_answers_in_a_row_are_a_loss_and_it_is_opened_again(
    capture: FrameGrabber, source: FakeSource
) -> None:
    begin(capture, source)
    back = Hang()
    source.will_open(back)
    source.will_read(None, None, None)
    until(back.is_in.is_set)
    assert capture.state.status == "lost"
    assert "3 unreadable frames in a row" in str(capture.state.reason)
    source.will_read(RawFrame(plain_picture(2)))
    back.let_go.set()
    frame = capture.wait(30)
    assert frame is not None
    assert frame.number == 2
    assert (capture.state.status, capture.state.reason) == ("running", None)
    assert (source.opened, source.closed, capture.state.losses) == (2, 1, 1)


def test_a_camera_that_closes_for_30_s_comes_back(source: FakeSource, clock: HandClock) -> None:
    capture = FrameGrabber(source, clock=clock.clock, backoff=Backoff(rng=random.Random(1)))
    begin(capture, source)
    source.will_open(*[SourceLostError("no such device")] * 1000)
    source.will_read(SourceLostError("unplugged"))
    until(lambda: capture.state.status == "lost")
    for _ in range(60):
        clock.advance(0.5)
        assert capture.wait(0.02) is None
    state = capture.state
    assert (state.status, state.losses, state.for_s) == ("lost", 1, 30)
    # Not in a hurry: at most once at each pause of half its length.
    assert 2 <= source.opened <= 9
    source.forget_opens()
    source.will_read(RawFrame(plain_picture(2)))
    until(lambda: _advance_and_take(capture, clock))
    assert (capture.state.status, capture.state.reason) == ("running", None)
    source.end()
    assert capture.stop(30)


def _advance_and_take(capture: FrameGrabber, clock: HandClock) -> bool:
    clock.advance(0.5)
    return capture.wait(0.02) is not None


def test_a_camera_that_is_not_there_at_the_start_is_waited_for(
    capture: FrameGrabber, source: FakeSource
) -> None:
    there = Hang()
    source.will_open(SourceLostError("no such device"), SourceLostError("still none"), there)
    capture.start()
    until(there.is_in.is_set)
    state = capture.state
    assert (state.status, state.reason, state.losses) == ("lost", "still none", 1)
    there.let_go.set()
    source.will_read(RawFrame(plain_picture(2)))
    assert capture.wait(30) is not None


def test_the_pauses_hear_how_long_it_ran(source: FakeSource, clock: HandClock) -> None:
    backoff = AtOnce()
    capture = FrameGrabber(source, clock=clock.clock, backoff=backoff)
    begin(capture, source)
    clock.advance(5)
    source.will_open(SourceLostError("none"))
    source.will_read(SourceLostError("gone"))
    until(lambda: source.opened == 3)
    assert (backoff.runs, backoff.pauses) == ([5], 2)
    source.end()
    assert capture.stop(30)


def test_a_freeze_is_shown_while_the_read_has_not_come_back(
    capture: FrameGrabber, source: FakeSource, clock: HandClock
) -> None:
    begin(capture, source)
    hang = Hang()
    source.will_read(hang)
    until(hang.is_in.is_set)
    clock.advance(9)
    assert capture.state.status == "running"
    clock.advance(3)
    state = capture.state
    assert (state.status, state.reason, state.for_s) == ("lost", "no frame for 12 s", 12)
    hang.let_go.set()
    assert capture.wait(30) is not None
    assert (capture.state.status, capture.state.losses, source.opened) == ("running", 1, 1)


@pytest.mark.parametrize("where", ["open", "read"])
def test_a_thread_that_hangs_in_the_driver_is_left_behind_and_another_one_opens(
    capture: FrameGrabber, source: FakeSource, clock: HandClock, where: str
) -> None:
    hang = Hang()
    if where == "open":
        source.will_open(hang)
    else:
        source.will_read(hang)
    capture.start()
    until(hang.is_in.is_set)
    clock.advance(31)
    assert "driver" in str(capture.state.reason)
    assert capture.state.status == "lost"
    source.will_read(RawFrame(plain_picture(2)))
    frame = capture.wait(30)
    assert frame is not None
    assert frame.picture[0, 0, 0] == 2
    assert (source.opened, source.closed) == (2, 0)
    # What the old thread brings is thrown away, and it closes nothing.
    hang.let_go.set()
    source.will_read(RawFrame(plain_picture(3)))
    frame = capture.wait(30)
    assert frame is not None
    assert (frame.number, frame.picture[0, 0, 0]) == (2, 3)
    assert (capture.state.frames, source.closed) == (2, 0)


def test_after_three_hanging_threads_it_fails_with_what_to_do(
    capture: FrameGrabber, source: FakeSource, clock: HandClock
) -> None:
    hangs = [Hang(), Hang(), Hang()]
    source.will_read(*hangs)
    capture.start()
    for hang in hangs:
        until(hang.is_in.is_set)
        clock.advance(31)
        assert capture.state.status == "lost"
    with pytest.raises(SourceHungError, match=r"3 calls never returned.*restart crack-edge"):
        capture.wait(30)
    for hang in hangs:
        hang.let_go.set()


def test_a_thread_that_hangs_for_minutes_while_nobody_can_open_is_a_failure(
    capture: FrameGrabber, source: FakeSource, clock: HandClock
) -> None:
    hang = Hang()
    source.will_open(hang, *[SourceLostError("device busy")] * 100_000)
    capture.start()
    until(hang.is_in.is_set)
    clock.advance(31)
    assert capture.failure is None
    clock.advance(280)
    assert isinstance(capture.failure, SourceHungError)
    hang.let_go.set()


def test_the_very_same_picture_for_a_minute_is_a_frozen_camera(
    capture: FrameGrabber, source: FakeSource, clock: HandClock
) -> None:
    capture.start()
    for _ in range(7):
        source.will_read(RawFrame(plain_picture(5)))
        assert capture.wait(30) is not None
        clock.advance(10)
    back = Hang()
    source.will_open(back)
    source.will_read(RawFrame(plain_picture(5)))
    until(back.is_in.is_set)
    assert capture.state.status == "lost"
    assert "picture has not changed for 60 s" in str(capture.state.reason)
    back.let_go.set()
    source.will_read(RawFrame(plain_picture(6)))
    assert capture.wait(30) is not None
    assert source.opened == 2


def test_one_px_that_changes_is_not_a_frozen_camera(
    capture: FrameGrabber, source: FakeSource, clock: HandClock
) -> None:
    capture.start()
    for number in range(10):
        moving = plain_picture(5)
        moving[1, 1, 2] = number
        source.will_read(RawFrame(moving))
        assert capture.wait(30) is not None
        clock.advance(10)
    assert capture.state.losses == 0


def test_a_video_may_stand_still(
    capture: FrameGrabber, source: FakeSource, clock: HandClock
) -> None:
    capture.start()
    for number in range(10):
        source.will_read(RawFrame(plain_picture(5), media_s=number))
        assert capture.wait(30) is not None
        clock.advance(10)
    assert capture.state.losses == 0


def test_a_jump_of_the_wall_clock_loses_nothing(
    capture: FrameGrabber, source: FakeSource, clock: HandClock
) -> None:
    begin(capture, source)
    for jump_s in (86_400, -86_400 * 365):
        clock.wall_s += jump_s
        source.will_read(RawFrame(plain_picture(jump_s % 97)))
        assert capture.wait(30) is not None
        assert (capture.state.status, capture.state.losses) == ("running", 0)


def test_a_wish_to_reopen_closes_and_opens_at_once(
    capture: FrameGrabber, source: FakeSource
) -> None:
    begin(capture, source)
    until(lambda: source.is_idle)
    capture.reopen()
    source.will_read(RawFrame(plain_picture(2)))
    until(lambda: source.opened == 2)
    assert source.closed == 1
    assert capture.wait(30) is not None
    source.will_read(RawFrame(plain_picture(3)))
    assert capture.wait(30) is not None
    assert capture.state.losses == 0


def test_a_wish_to_reopen_ends_a_long_pause(source: FakeSource, clock: HandClock) -> None:
    capture = FrameGrabber(source, clock=clock.clock, backoff=Backoff())
    begin(capture, source)
    source.will_read(SourceLostError("gone"))
    until(lambda: capture.state.status == "lost")
    source.will_read(RawFrame(plain_picture(2)))
    capture.reopen()
    assert capture.wait(30) is not None
    source.end()
    assert capture.stop(30)


def test_stopping_while_the_driver_hangs_comes_back_in_time(clock: HandClock) -> None:
    source, hang = FakeSource(), Hang()
    source.will_read(hang)
    capture = FrameGrabber(source, clock=clock.clock)
    capture.start()
    until(hang.is_in.is_set)
    assert not capture.stop(0.01)
    hang.let_go.set()
    assert capture.stop(30)
    assert source.closed == 1
