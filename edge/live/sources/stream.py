"""A camera on the network: RTSP, or MJPEG and the like over HTTP."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import cv2

from edge.files.errors import InputError
from edge.live.capture.source import RawFrame, SourceLostError
from edge.live.sources.opencv import OpenReader, Reader, open_reader, read_picture, require_open
from edge.live.sources.replaceable_handle import ReplaceableHandle
from edge.live.sources.stream_lag import StreamLag
from edge.live.timing.clock import Clock

SCHEMES = ("rtsp", "rtsps", "http", "https")

_OPEN_MS = 10_000
# Shorter than the time after which a silent camera counts as lost.
_READ_MS = 8_000
_LATE_S = 7.8
_OPTIONS = "OPENCV_FFMPEG_CAPTURE_OPTIONS"
# RTSP over TCP: over UDP, lost packets smear pictures, and smears look like cracks. No nobuffer: it
# throws away what was read to know the stream, the key frame too, and the next one may be 25 s off.
_FFMPEG_OPTIONS = "rtsp_transport;tcp|flags;low_delay"
# Older frames are not for the present. Of RTSP only: elsewhere FFmpeg makes times up.
_MOST_LATE_S = 3.0
_STAMPED = ("rtsp", "rtsps")


class StreamSource:
    """A stream that FFmpeg reads.

    Args:
        address: with user and password where the camera wants them.
        clock: of which the one that never jumps counts.
        open_reader: opens the stream.

    Raises:
        InputError: it is not an address. The message does not show it: a password may be in it.
    """

    is_live = True

    def __init__(
        self, address: str, *, clock: Clock | None = None, open_reader: OpenReader = open_reader
    ) -> None:
        self._address = address
        self._clock = clock or Clock()
        self._name = show_address(address)
        self._open_reader = open_reader
        self._handle: ReplaceableHandle[Reader] = ReplaceableHandle(lambda reader: reader.release())
        self._has_stamps = urlsplit(address).scheme.lower() in _STAMPED
        self._lag = StreamLag()

    @property
    def name(self) -> str:
        """Return the address without user, password and query."""
        return self._name

    def open(self) -> None:
        """Open the stream; gives up after 10 s.

        Raises:
            SourceLostError: nobody answers, or the answer is not a video.
        """
        self._handle.open(self._connect)
        self._lag = StreamLag()

    def read(self) -> RawFrame:
        """Return the next frame; gives up after 8 s.

        Raises:
            SourceLostError: none came, or frames are too old when they come.
        """
        begun_s = self._clock.monotonic()
        reader = self._handle.get()
        picture = read_picture(reader)
        now_s = self._clock.monotonic()
        # At its time limit FFmpeg may give a frame that it had kept back, 8 s old by then.
        if picture is None or now_s - begun_s > _LATE_S:
            raise SourceLostError("the stream was interrupted")
        stamp_s = reader.get(cv2.CAP_PROP_POS_MSEC) / 1000 if self._has_stamps else 0.0
        if stamp_s > 0 and (late_s := self._lag.add(stamp_s, now_s)) > _MOST_LATE_S:
            raise SourceLostError(
                f"frames arrive {late_s:.0f} s late: this machine cannot keep up; set a smaller "
                "size or a lower frame rate in the camera"
            )
        return RawFrame(picture)

    def close(self) -> None:
        """End the connection."""
        self._handle.close()

    def _connect(self) -> Reader:
        limits = {
            cv2.CAP_PROP_OPEN_TIMEOUT_MSEC: _OPEN_MS,
            cv2.CAP_PROP_READ_TIMEOUT_MSEC: _READ_MS,
        }
        with _options_for_streams():
            reader = self._open_reader(self._address, cv2.CAP_FFMPEG, limits)
        return require_open(
            reader, "no video arrives; check that the camera is on, and its path and password"
        )


def show_address(address: str) -> str:
    """Return an address without user, password and query.

    Raises:
        InputError: it is not an address of a stream, or has signs that hide where a password ends.
    """
    try:
        parts = urlsplit(address)
        host, port = parts.hostname, parts.port
    except ValueError:
        parts, host, port = urlsplit(""), None, None
    # With / ? or # in a password, the host would be looked for in the wrong place.
    if not host or "@" in address.partition(parts.netloc)[2]:
        raise InputError(
            "--source: expected a stream as rtsp://USER:PASSWORD@HOST:PORT/PATH; in the password, "
            "write @ : / ? # % as %40 %3A %2F %3F %23 %25"
        )
    shown = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{shown}" + (f":{port}" if port else "") + parts.path


@contextmanager
def _options_for_streams() -> Iterator[None]:
    """Give OpenCV the options of streams, unless the user has set own ones.

    They are taken back: a video with frames out of order would suffer from them.
    """
    if _OPTIONS in os.environ:
        yield
        return
    os.environ[_OPTIONS] = _FFMPEG_OPTIONS
    try:
        yield
    finally:
        os.environ.pop(_OPTIONS, None)
