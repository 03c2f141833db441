"""A video file: every frame with its own time, or played as if it were a camera."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from pathlib import Path

import cv2

from edge.files.text_encoding import replace_undecodable
from edge.live.capture.source import RawFrame, SourceEndedError, SourceLostError
from edge.live.sources.opencv import Reader, open_reader, read_picture, require_open
from edge.live.sources.replaceable_handle import ReplaceableHandle
from edge.live.timing.clock import Clock
from edge.live.timing.frame_pacing import FramePacer

# Of a file that does not say it.
_USUAL_FPS = 25.0
_MOST_FPS = 1000.0


class VideoSource:
    """A video file. Opened again, it goes on where it was.

    Args:
        path: the file.
        fps: plays it at this rate, and what is too fast is dropped; None: every frame is looked at.
        loop: begins again at its end; time goes on.
        clock: for the rate.
        pause: the same.
    """

    def __init__(
        self,
        path: Path,
        *,
        fps: float | None = None,
        loop: bool = False,
        clock: Clock | None = None,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._path = path
        self._fps = fps
        self._loop = loop
        self._pacer = None if fps is None else FramePacer(fps, clock=clock, pause=pause)
        self._handle: ReplaceableHandle[Reader] = ReplaceableHandle(lambda reader: reader.release())
        self._in_round = 0
        self._shown = 0
        self._begun_s = 0.0
        self._media_s = 0.0

    @property
    def name(self) -> str:
        """Return the file."""
        return replace_undecodable(str(self._path))

    @property
    def is_live(self) -> bool:
        """Return whether it is played as if it were a camera."""
        return self._pacer is not None

    def open(self) -> None:
        """Open the file.

        Raises:
            SourceLostError: it is not there now, or no video.
        """
        self._handle.open(self._start)

    def read(self) -> RawFrame:
        """Return the next frame.

        Raises:
            SourceLostError: a loop over a video that gives no frame.
            SourceEndedError: there are no more.
        """
        if self._pacer is not None:
            self._pacer.wait()
        reader = self._handle.get()
        picture = read_picture(reader)
        if picture is None:
            reader = self._begin_again()
            picture = read_picture(reader)
        if picture is None:
            raise SourceLostError("no frame can be read")
        self._media_s = self._find_time(reader)
        self._in_round += 1
        self._shown += 1
        return RawFrame(picture, self._media_s)

    def close(self) -> None:
        """Close the file."""
        self._handle.close()

    def _start(self) -> Reader:
        # An absolute path: FFmpeg takes what stands before a colon for a protocol.
        where = str(self._path.absolute())
        reader = require_open(open_reader(where, cv2.CAP_FFMPEG, {}), "cannot be opened as a video")
        if self._in_round:
            reader.set(cv2.CAP_PROP_POS_FRAMES, self._in_round)
        return reader

    def _begin_again(self) -> Reader:
        if not self._loop:
            raise SourceEndedError("end of the video")
        self._handle.close()
        self._in_round = 0
        reader = self._handle.open(self._start)
        self._begun_s = self._media_s + self._step_s(reader)
        return reader

    def _find_time(self, reader: Reader) -> float:
        """Return where the frame stands; always later than the one before."""
        if self._fps is not None:
            return self._shown / self._fps
        if self._in_round == 0:
            return self._begun_s
        media_s = self._begun_s + reader.get(cv2.CAP_PROP_POS_MSEC) / 1000
        # Some files say no times, or wrong ones.
        is_later = math.isfinite(media_s) and media_s > self._media_s
        return media_s if is_later else self._media_s + self._step_s(reader)

    @staticmethod
    def _step_s(reader: Reader) -> float:
        fps = reader.get(cv2.CAP_PROP_FPS)
        return 1 / (fps if 0 < fps <= _MOST_FPS else _USUAL_FPS)


def is_video(path: Path) -> bool:
    """Return whether a first frame can be read."""
    source = VideoSource(path)
    try:
        source.open()
        source.read()
    except (SourceLostError, SourceEndedError):
        return False
    finally:
        source.close()
    return True
