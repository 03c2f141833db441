"""Streams of real servers: colours, passwords, a camera that dies and comes back."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import numpy as np
import pytest
from numpy.typing import NDArray

from edge.live.capture.frame import Frame
from edge.live.capture.frame_grabber import FrameGrabber
from edge.live.capture.source import SourceLostError
from edge.live.sources.stream import StreamSource
from edge.live.timing.backoff import Backoff
from tests.unit.edge.live.cameras_made import MJPEG, FakeReader, http_camera, rtsp_camera
from tests.unit.edge.live.clocks_made import HandClock
from tests.unit.edge.live.observations_made import plain_picture
from tests.unit.edge.live.ports import free_port
from tests.unit.edge.live.waiting import until

Camera = Callable[..., AbstractContextManager[str]]


@contextmanager
def started(address: str) -> Iterator[FrameGrabber]:
    capture = FrameGrabber(StreamSource(address), backoff=Backoff(least_s=0.1, most_s=0.2))
    capture.start()
    try:
        yield capture
    finally:
        assert capture.stop(30)


def take(capture: FrameGrabber) -> Frame:
    """Return the next frame; a server of a test needs a moment to start."""
    deadline = time.monotonic() + 30
    while (frame := capture.wait(1)) is None:
        assert time.monotonic() < deadline, capture.state
    return frame


def is_colour(picture: NDArray[np.uint8], channel: int) -> bool:
    means = picture.mean(axis=(0, 1))
    return bool(means[channel] > 200 and means.sum() - means[channel] < 80)


@pytest.mark.parametrize("camera", [http_camera, rtsp_camera], ids=["http", "rtsp"])
def test_red_stays_red_and_a_camera_that_dies_comes_back(
    camera: Camera, capfd: pytest.CaptureFixture[str]
) -> None:
    port = free_port()
    with contextlib.ExitStack() as stack:
        with camera(port, "red") as address:
            capture = stack.enter_context(started(address))
            frame = take(capture)
            assert frame.size_wh == (320, 240)
            assert is_colour(frame.picture, 0)
        until(lambda: capture.wait(0) is None and capture.state.status == "lost", within_s=30)
        number = capture.state.frames
        stack.enter_context(camera(port, "blue"))
        frame = take(capture)
        assert frame.number > number
        assert is_colour(frame.picture, 2)
        assert capture.state.status == "running"
        assert capture.state.losses >= 1
    # FFmpeg and OpenCV have nothing to say on the user's screen.
    assert capfd.readouterr() == ("", "")


def test_mjpeg_over_rtsp_comes_too() -> None:
    camera = rtsp_camera(free_port(), "green", coding=MJPEG)
    with camera as address, started(address) as capture:
        assert is_colour(take(capture).picture, 1)


def test_a_password_opens_a_camera_and_is_shown_nowhere(
    capfd: pytest.CaptureFixture[str],
) -> None:
    port = free_port()
    with rtsp_camera(port, password="h@rd") as address:
        with started(address) as capture:
            take(capture)
        with started(address.replace("h%40rd", "wrong-one")) as capture:
            until(lambda: capture.state.status == "lost", within_s=30)
            refused = capture.state
    assert (refused.source, refused.frames) == (f"rtsp://127.0.0.1:{port}/camera", 0)
    assert "wrong-one" not in str(refused)
    assert capfd.readouterr() == ("", "")


def test_an_address_where_nobody_answers_is_lost() -> None:
    source = StreamSource(f"http://127.0.0.1:{free_port()}/x")
    with pytest.raises(SourceLostError, match="no video arrives"):
        source.open()
    source.close()


def test_a_frame_that_comes_at_the_time_limit_is_an_old_one_and_a_loss() -> None:
    clock = HandClock()

    class Stalled(FakeReader):
        def read(self) -> tuple[bool, NDArray[np.uint8]]:
            clock.advance(seconds.pop(0))
            return True, plain_picture(9)

    seconds = [1.0, 8.0]
    source = StreamSource("http://cam/x", clock=clock.clock, open_reader=lambda *_: Stalled())
    source.open()
    source.read()
    with pytest.raises(SourceLostError, match="interrupted"):
        source.read()


class Falling(FakeReader):
    """Gives frames of each second of the stream in so many of ours."""

    def __init__(self, clock: HandClock, seconds_each: float) -> None:
        super().__init__()
        self._clock = clock
        self._seconds_each = seconds_each

    def read(self) -> tuple[bool, NDArray[np.uint8]]:
        self._clock.advance(self._seconds_each)
        self.stamp_ms += 1000
        return True, plain_picture(9)


def test_frames_that_come_later_and_later_are_a_loss() -> None:
    clock = HandClock()
    source = StreamSource(
        "rtsp://cam/x", clock=clock.clock, open_reader=lambda *_: Falling(clock, 1.5)
    )
    source.open()
    for _ in range(7):
        source.read()
    with pytest.raises(SourceLostError, match="arrive 3 s late: this machine cannot keep up"):
        source.read()
    source.close()
    source.open()
    source.read()


@pytest.mark.parametrize(
    ("address", "seconds_each"), [("rtsp://cam/x", 1.0004), ("http://cam/x", 2.0)]
)
def test_frames_in_time_or_without_times_are_none(address: str, seconds_each: float) -> None:
    clock = HandClock()
    reader = Falling(clock, seconds_each)
    source = StreamSource(address, clock=clock.clock, open_reader=lambda *_: reader)
    source.open()
    for _ in range(20_000):
        source.read()


@pytest.mark.parametrize("own", [None, "rtsp_transport;udp"])
def test_options_for_ffmpeg_are_ours_only_while_a_stream_is_opened(
    own: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = "OPENCV_FFMPEG_CAPTURE_OPTIONS"
    monkeypatch.delenv(name, raising=False)
    if own:
        monkeypatch.setenv(name, own)
    seen: list[str | None] = []

    def open_reader(*_: object) -> FakeReader:
        seen.append(os.environ.get(name))
        return FakeReader()

    StreamSource("rtsp://cam/path", open_reader=open_reader).open()
    assert seen == [own or "rtsp_transport;tcp|flags;low_delay"]
    assert os.environ.get(name) == own
