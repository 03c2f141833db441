"""OpenCV's reader of cameras, streams and videos: opened without chatter, pictures as RGB."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import Any, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.live.capture.source import BadFrameError, SourceLostError, require_picture
from edge.photo.codec import silence_opencv

# FFmpeg's level of what it says, and AV_LOG_QUIET: its lines show addresses with their passwords.
_FFMPEG_LOG = ("OPENCV_FFMPEG_LOGLEVEL", "-8")


class Reader(Protocol):
    """What is used of ``cv2.VideoCapture``."""

    def isOpened(self) -> bool:  # noqa: N802 (OpenCV's name)
        """Return whether it gives frames."""

    def read(self) -> Any:
        """Return whether a frame came, and the frame."""

    def get(self, property_id: int, /) -> float:
        """Return a property, 0 if it is not known."""

    def set(self, property_id: int, value: float, /) -> bool:
        """Ask for a property; return whether it was accepted."""

    def release(self) -> None:
        """Give it back."""


# address, OpenCV's backend, properties to open with
OpenReader = Callable[[str, int, Mapping[int, int]], Reader]


def open_reader(address: str, backend: int, properties: Mapping[int, int]) -> Reader:
    """Open a device, a stream or a file; it may be none, which ``isOpened`` tells."""
    quiet_opencv()
    words = [word for pair in properties.items() for word in pair]
    return cv2.VideoCapture(address, backend, words)


def quiet_opencv() -> None:
    """Keep OpenCV and its FFmpeg from printing; FFmpeg heeds it before its first use only."""
    silence_opencv()
    os.environ.setdefault(*_FFMPEG_LOG)


def require_open(reader: Reader, reason: str) -> Reader:
    """Return a reader that is open.

    Raises:
        SourceLostError: it is not, for the reason given.
    """
    if not reader.isOpened():
        reader.release()
        raise SourceLostError(reason)
    return reader


def read_picture(reader: Reader) -> NDArray[np.uint8] | None:
    """Return the next picture, RGB; None if none came.

    Raises:
        BadFrameError: what came is not a picture.
    """
    try:
        came, picture = reader.read()
    except cv2.error as error:
        raise BadFrameError("OpenCV could not decode a frame") from error
    return to_rgb(picture) if came else None


def to_rgb(picture: object) -> NDArray[np.uint8]:
    """Return a picture of OpenCV's, BGR, BGRA or grey, as RGB in memory of its own.

    Raises:
        BadFrameError: it is none.
    """
    if isinstance(picture, np.ndarray) and picture.dtype == np.uint8 and picture.size > 0:
        channels = 1 if picture.ndim == 2 else picture.shape[2] if picture.ndim == 3 else 0
        change = {1: cv2.COLOR_GRAY2RGB, 3: cv2.COLOR_BGR2RGB, 4: cv2.COLOR_BGRA2RGB}.get(channels)
        if change is not None:
            return np.asarray(cv2.cvtColor(picture, change), np.uint8)
    return np.array(require_picture(picture))
