"""Cameras for tests: fakes that fail as told, files, and real streams of ffmpeg and GStreamer."""

from __future__ import annotations

import contextlib
import shutil
import subprocess
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import cv2
import numpy as np
import pytest

from edge.live.capture.source import RawFrame, SourceEndedError, SourceLostError
from edge.live.timing.backoff import Backoff
from tests.unit.edge.live.observations_made import plain_picture

_UNTIL_S = 30.0


class AtOnce(Backoff):
    """Pauses of no time, for clocks that stand. It remembers what it heard."""

    def __init__(self) -> None:
        super().__init__()
        self.runs: list[float] = []
        self.pauses = 0

    def note_run(self, ran_s: float) -> None:
        self.runs.append(ran_s)

    def next_s(self) -> float:
        self.pauses += 1
        return 0.0


class Hang:
    """A step that does not come back before it is let go."""

    def __init__(self) -> None:
        self.is_in = threading.Event()
        self.let_go = threading.Event()

    def __call__(self) -> None:
        self.is_in.set()
        assert self.let_go.wait(_UNTIL_S)


class FakeSource:
    """A source that does what it is told, step by step.

    A step is what ``read`` (or ``open``) gives: a value to return, an error to raise, or a Hang to
    sit in. Without a step left it waits, as a camera between frames.

    Attributes:
        opened: how many times it was opened.
        closed: how many times it was closed.
    """

    def __init__(self, *, is_live: bool = True, name: str = "fake") -> None:
        self.name = name
        self.is_live = is_live
        self.opened = 0
        self.closed = 0
        self._changed = threading.Condition()
        self._reads: list[object] = []
        self._opens: list[object] = []
        self._is_waiting = False
        self._is_over = False

    def will_read(self, *steps: object) -> None:
        with self._changed:
            self._reads += steps
            self._is_waiting = False
            self._changed.notify_all()

    def will_open(self, *steps: object) -> None:
        with self._changed:
            self._opens += steps

    def forget_opens(self) -> None:
        """From now on it opens without a step."""
        with self._changed:
            self._opens.clear()

    @property
    def is_idle(self) -> bool:
        """Return whether all steps were done and the next one is waited for."""
        with self._changed:
            return self._is_waiting and not self._reads

    def end(self) -> None:
        """Let whoever waits for a step go."""
        with self._changed:
            self._is_over = True
            self._changed.notify_all()

    def open(self) -> None:
        self.opened += 1
        with self._changed:
            step = self._opens.pop(0) if self._opens else None
        self._do(step)

    def read(self) -> RawFrame:
        with self._changed:
            self._is_waiting = not self._reads
            self._changed.wait_for(lambda: self._reads or self._is_over)
            if not self._reads:
                raise SourceLostError("the test is over")
            step = self._reads.pop(0)
        return self._do(step)  # type: ignore[return-value]

    def close(self) -> None:
        self.closed += 1

    @staticmethod
    def _do(step: object) -> object:
        if isinstance(step, Hang):
            step()
            return RawFrame(plain_picture(0))
        if isinstance(step, BaseException):
            raise step
        return step


class FakeReader:
    """Stands in for cv2.VideoCapture."""

    def __init__(self, *answers: Any, is_open: bool = True) -> None:
        self.answers = list(answers)
        self.is_open = is_open
        self.was_set: list[tuple[int, float]] = []
        self.released = 0
        self.stamp_ms = 0.0

    def isOpened(self) -> bool:  # noqa: N802
        return self.is_open

    def read(self) -> Any:
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def get(self, property_id: int, /) -> float:
        return self.stamp_ms if property_id == cv2.CAP_PROP_POS_MSEC else 0.0

    def set(self, property_id: int, value: float, /) -> bool:
        self.was_set.append((property_id, value))
        return True

    def release(self) -> None:
        self.released += 1


def raw_frames(levels: range, *, media_step_s: float | None = None) -> list[RawFrame]:
    """Return frames whose grey levels tell them apart."""
    return [
        RawFrame(plain_picture(level), None if media_step_s is None else index * media_step_s)
        for index, level in enumerate(levels)
    ]


END = SourceEndedError("the end")


def write_video(
    path: Path,
    colours: Iterable[int | tuple[int, int, int]],
    *,
    fps: float = 10.0,
    size_wh: tuple[int, int] = (64, 48),
) -> Path:
    """Write a video, a frame of each grey level or RGB colour, coded as MJPG: name it .avi."""
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), fps, size_wh)
    assert writer.isOpened()
    for colour in colours:
        frame = plain_picture(0, size_wh)
        frame[:] = np.asarray(colour)[..., ::-1] if isinstance(colour, tuple) else colour
        writer.write(frame)
    writer.release()
    return path


@contextlib.contextmanager
def _running(command: list[str]) -> Iterator[None]:
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield
    finally:
        process.kill()
        process.wait()


@contextlib.contextmanager
def http_camera(port: int, colour: str = "red") -> Iterator[str]:
    """Run a camera that serves JPEG after JPEG over HTTP; yield its address."""
    if shutil.which("ffmpeg") is None:
        pytest.skip("needs ffmpeg: apt install ffmpeg")
    address = f"http://127.0.0.1:{port}/camera.mjpg"
    picture_source = f"color=c={colour}:s=320x240:r=20"
    coding = ["-pix_fmt", "yuvj420p", "-f", "mpjpeg", "-content_type", _MULTIPART]
    command = ["ffmpeg", "-loglevel", "quiet", "-re", "-f", "lavfi", "-i", picture_source]
    with _running([*command, *coding, "-listen", "1", address]):
        yield address


_MULTIPART = "multipart/x-mixed-replace;boundary=ffmpeg"

_GST_PYTHON = "/usr/bin/python3"
_RTSP_PROGRAM = """
import sys, gi
gi.require_version("Gst", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtspServer
Gst.init(None)
server = GstRtspServer.RTSPServer()
server.set_address("127.0.0.1")
server.set_service(sys.argv[1])
factory = GstRtspServer.RTSPMediaFactory()
factory.set_launch(
    "( videotestsrc is-live=true pattern=" + sys.argv[2] + " ! "
    "video/x-raw,width=320,height=240,framerate=20/1 ! videoconvert ! video/x-raw,format=I420 ! "
    + sys.argv[3] + " name=pay0 pt=96 )"
)
factory.set_shared(True)
if len(sys.argv) > 4:
    auth = GstRtspServer.RTSPAuth()
    token = GstRtspServer.RTSPToken()
    token.set_string("media.factory.role", "user")
    auth.add_basic(GstRtspServer.RTSPAuth.make_basic("user", sys.argv[4]), token)
    server.set_auth(auth)
    permissions = GstRtspServer.RTSPPermissions()
    permissions.add_permission_for_role("user", "media.factory.access", True)
    permissions.add_permission_for_role("user", "media.factory.construct", True)
    factory.set_permissions(permissions)
server.get_mount_points().add_factory("/camera", factory)
server.attach(None)
GLib.MainLoop().run()
"""
H264 = "x264enc tune=zerolatency speed-preset=ultrafast key-int-max=10 ! rtph264pay"
MJPEG = "jpegenc ! rtpjpegpay"


@contextlib.contextmanager
def rtsp_camera(
    port: int, colour: str = "red", *, coding: str = H264, password: str | None = None
) -> Iterator[str]:
    """Run an RTSP camera; yield its address, with ``user`` and the password if one is wanted."""
    probe = "import gi; gi.require_version('GstRtspServer', '1.0')"
    has_server = (
        Path(_GST_PYTHON).exists()
        and not subprocess.run(
            [_GST_PYTHON, "-c", probe], capture_output=True, check=False
        ).returncode
    )
    if not has_server:
        pytest.skip("needs GStreamer's RTSP server: apt install gir1.2-gst-rtsp-server-1.0")
    words = [str(port), colour, coding, *([password] if password else [])]
    with _running([_GST_PYTHON, "-c", _RTSP_PROGRAM, *words]):
        user = f"user:{quote(password, safe='')}@" if password else ""
        yield f"rtsp://{user}127.0.0.1:{port}/camera"
