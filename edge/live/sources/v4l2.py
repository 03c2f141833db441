"""A camera of Linux: USB, or whatever has a /dev/videoN."""

from __future__ import annotations

import os
from pathlib import Path

import cv2

from edge.live.capture.source import RawFrame, SourceLostError
from edge.live.sources.opencv import OpenReader, Reader, open_reader, read_picture, require_open
from edge.live.sources.replaceable_handle import ReplaceableHandle


class V4l2Source:
    """A V4L2 camera.

    Args:
        device: such as ``/dev/video0``, or a link to one below ``/dev/v4l/by-id``.
        size_wh: asked for; the camera takes the nearest it has. Its own choice if None.
        fps: asked for, the same.
        open_reader: opens the device.
    """

    is_live = True

    def __init__(
        self,
        device: Path,
        *,
        size_wh: tuple[int, int] | None = None,
        fps: float | None = None,
        open_reader: OpenReader = open_reader,
    ) -> None:
        self._device = device
        self._size_wh = size_wh
        self._fps = fps
        self._open_reader = open_reader
        self._handle: ReplaceableHandle[Reader] = ReplaceableHandle(lambda reader: reader.release())

    @property
    def name(self) -> str:
        """Return the device."""
        return str(self._device)

    def open(self) -> None:
        """Open the device and ask for what suits.

        Raises:
            SourceLostError: it is not there, is not ours to read, or is not a camera.
        """
        if reason := self._find_obstacle():
            raise SourceLostError(f"{reason}")
        self._handle.open(self._start)

    def read(self) -> RawFrame:
        """Return the next frame. OpenCV waits 10 s for one.

        Raises:
            SourceLostError: none came.
        """
        picture = read_picture(self._handle.get())
        if picture is None:
            raise SourceLostError("no frame arrived; is the camera unplugged?")
        return RawFrame(picture)

    def close(self) -> None:
        """Give the device back."""
        self._handle.close()

    def _find_obstacle(self) -> str | None:
        if not self._device.exists():
            return "no such device; `crack-edge doctor` lists the cameras of this machine"
        if not os.access(self._device, os.R_OK | os.W_OK):
            return (
                "cannot be opened by this user; run sudo usermod -aG video $USER, then log in again"
            )
        return None

    def _start(self) -> Reader:
        reader = require_open(
            self._open_reader(self.name, cv2.CAP_V4L2, {}),
            "cannot be opened; another program may be using it, or it is not a camera",
        )
        # The format goes first: without it, USB sends raw pictures, and large ones slowly.
        reader.set(cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*"MJPG"))
        if self._size_wh is not None:
            reader.set(cv2.CAP_PROP_FRAME_WIDTH, self._size_wh[0])
            reader.set(cv2.CAP_PROP_FRAME_HEIGHT, self._size_wh[1])
        if self._fps is not None:
            reader.set(cv2.CAP_PROP_FPS, self._fps)
        # More buffers hold older frames.
        reader.set(cv2.CAP_PROP_BUFFERSIZE, 1)
        return reader
