"""From the text after ``--source`` to a source."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from edge.files.errors import InputError
from edge.files.text_encoding import replace_undecodable
from edge.live.capture.source import Source
from edge.live.sources.drawn import LEAST_SIDE_PX, MOST_PX, DrawnSource
from edge.live.sources.folder import FolderSource, has_photos
from edge.live.sources.picamera import PicameraSource
from edge.live.sources.source_kind import (
    device_of,
    kind_of_source,
    picamera_number,
    scheme_of,
)
from edge.live.sources.stream import SCHEMES, StreamSource
from edge.live.sources.v4l2 import V4l2Source
from edge.live.sources.video import VideoSource, is_video
from edge.live.timing.clock import Clock
from edge.photo.listing import is_photo_name

POSSIBLE = (
    "0 or /dev/video0 (a camera), picamera (the Raspberry Pi's own), rtsp://HOST/PATH or "
    "http://HOST/PATH (a stream), a video file, a folder of photos, or drawn (no camera needed)"
)

# Slower than this, the wait for a frame would look like a lost camera.
_LEAST_FPS = 0.2
_MOST_FPS = 1000.0
_MOST_SIDE_PX = 16384


def choose_source(
    text: str,
    *,
    fps: float | None = None,
    loop: bool = False,
    size_wh: tuple[int, int] | None = None,
    clock: Clock | None = None,
    pause: Callable[[float], None] = time.sleep,
) -> Source:
    """Return the source that a text names; it is not open yet.

    Args:
        text: one of ``POSSIBLE``.
        fps: 0.2 to 1000. A camera is asked for it; a video or folder is played at it as if it were
            a camera, instead of frame by frame.
        loop: a video or folder begins again at its end.
        size_wh: asked of a camera; of drawn frames.
        clock: for sources that are played at a rate, and for late frames of streams.
        pause: the same.

    Raises:
        InputError: the text names nothing of these, the file or folder is not there or holds
            nothing to show, or an option does not go with the source. A camera or stream that is
            not there is no error: it may come.
    """
    _check_numbers(fps, size_wh)
    if not text:
        raise InputError(f"--source is empty; expected {POSSIBLE}")
    kind = kind_of_source(text)
    source: Source
    if kind == "camera":
        source = V4l2Source(Path(device_of(text)), size_wh=size_wh, fps=fps)
    elif kind == "picamera":
        source = PicameraSource(picamera_number(text), size_wh=size_wh, fps=fps)
    elif kind == "drawn":
        if size_wh is not None and size_wh[0] * size_wh[1] > MOST_PX:
            raise InputError(f"--size {size_wh[0]}x{size_wh[1]}: drawn is at most 1920x1080 px")
        source = DrawnSource(size_wh=size_wh, fps=fps, clock=clock, pause=pause)
    elif kind == "stream":
        source = _choose_stream(text, fps=fps, clock=clock)
    else:
        source = _choose_file(Path(text), fps=fps, loop=loop, clock=clock, pause=pause)
    if loop and kind != "file":
        raise InputError(f"{source.name}: cannot loop; --loop is for videos and folders")
    if size_wh is not None and kind in ("stream", "file"):
        raise InputError(f"{source.name}: its size cannot be set; --size is for cameras")
    return source


def _choose_stream(text: str, *, fps: float | None, clock: Clock | None) -> Source:
    scheme = scheme_of(text)
    if scheme.lower() not in SCHEMES:
        raise InputError(f"{scheme}:// is not supported; expected {POSSIBLE}")
    source = StreamSource(text, clock=clock)
    if fps is not None:
        raise InputError(f"{source.name}: its frame rate cannot be set; leave --fps out")
    return source


def _choose_file(
    path: Path,
    *,
    fps: float | None,
    loop: bool,
    clock: Clock | None,
    pause: Callable[[float], None],
) -> Source:
    where = replace_undecodable(str(path))
    try:
        is_folder, is_file = path.is_dir(), path.is_file()
    except (OSError, ValueError) as error:
        raise InputError(f"{where[:80]}: no such source; expected {POSSIBLE}") from error
    if is_folder:
        if not has_photos(path):
            raise InputError(f"{where}: there are no photos in this folder")
        return FolderSource(path, fps=fps, loop=loop, clock=clock, pause=pause)
    if not is_file:
        raise InputError(f"{where}: no such source; expected {POSSIBLE}")
    if is_photo_name(path):
        return FolderSource(path, fps=fps, loop=loop, clock=clock, pause=pause)
    if not is_video(path):
        raise InputError(f"{where}: cannot be read as a video; expected {POSSIBLE}")
    return VideoSource(path, fps=fps, loop=loop, clock=clock, pause=pause)


def _check_numbers(fps: float | None, size_wh: tuple[int, int] | None) -> None:
    if fps is not None and not _LEAST_FPS <= fps <= _MOST_FPS:
        raise InputError(
            f"--fps {fps:g}: expected {_LEAST_FPS:g} to {_MOST_FPS:g} frames per second"
        )
    if size_wh is not None and not all(LEAST_SIDE_PX <= side <= _MOST_SIDE_PX for side in size_wh):
        raise InputError(
            f"--size {size_wh[0]}x{size_wh[1]}: expected width and height of {LEAST_SIDE_PX} to "
            f"{_MOST_SIDE_PX} px"
        )
