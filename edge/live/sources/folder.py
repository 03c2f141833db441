"""A folder of photos, or one photo, as frames."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

from edge.files.errors import PhotoError
from edge.files.text_encoding import replace_undecodable
from edge.live.capture.source import BadFrameError, RawFrame, SourceEndedError, SourceLostError
from edge.live.timing.clock import Clock
from edge.live.timing.frame_pacing import FramePacer
from edge.photo.codec import read_photo
from edge.photo.listing import list_photos

# The time from one photo to the next, where no rate is given.
_STEP_S = 1.0


class FolderSource:
    """The photos of a folder in the order of their names. Opened again, it goes on where it was.

    A photo that cannot be read is one bad answer, and the next one follows.

    Args:
        path: the folder, or one photo.
        fps: shows them at this rate, and what is too fast is dropped; None: each is looked at.
        loop: begins again at the end, with the photos that are there then; time goes on.
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
        self._loop = loop
        self._step_s = _STEP_S if fps is None else 1 / fps
        self._pacer = None if fps is None else FramePacer(fps, clock=clock, pause=pause)
        self._photos: Iterator[Path] | None = None
        self._tried = 0

    @property
    def name(self) -> str:
        """Return the folder."""
        return replace_undecodable(str(self._path))

    @property
    def is_live(self) -> bool:
        """Return whether it is shown as if it were a camera."""
        return self._pacer is not None

    def open(self) -> None:
        """List the photos.

        Raises:
            SourceLostError: there are none now.
        """
        if self._photos is None:
            photos = _list(self._path)
            if not photos:
                raise SourceLostError("there are no photos in the folder now")
            self._photos = iter(photos)

    def read(self) -> RawFrame:
        """Return the next photo, upright.

        Raises:
            BadFrameError: it cannot be read; the next call is about the next one.
            SourceLostError: it is not open, or a loop finds no photos any more.
            SourceEndedError: there are no more.
        """
        if self._pacer is not None:
            self._pacer.wait()
        path = self._find_next()
        self._tried += 1
        try:
            photo = read_photo(path)
        except PhotoError as error:
            raise BadFrameError(replace_undecodable(str(error))) from error
        return RawFrame(photo, (self._tried - 1) * self._step_s)

    def close(self) -> None:
        """Do nothing: photos are open only while they are read."""

    def _find_next(self) -> Path:
        for is_again in (False, True):
            if self._photos is None:
                raise SourceLostError("is not open")
            path = next(self._photos, None)
            if path is not None:
                return path
            self._photos = None
            if is_again or not self._loop:
                break
            self.open()
        raise SourceEndedError("all photos have been played")


def has_photos(path: Path) -> bool:
    """Return whether a folder holds a photo."""
    return next(list_photos(path), None) is not None


def _list(path: Path) -> list[Path]:
    if path.is_dir():
        return list(list_photos(path))
    return [path] if path.exists() else []
