"""Read a source that is open, until it is lost."""

from __future__ import annotations

from collections.abc import Callable

from edge.live.capture.freeze_detector import FreezeDetector
from edge.live.capture.source import BadFrameError, RawFrame, SourceLostError, require_picture

# So many bad answers in a row are a loss.
_MOST_BAD = 3


def read_frames(
    read: Callable[[], object],
    put: Callable[[RawFrame], None],
    *,
    is_wanted: Callable[[], bool],
    note_bad: Callable[[], None],
    now: Callable[[], float],
    still_s: float,
) -> None:
    """Read frames and hand them on for as long as they are wanted.

    Args:
        read: the source's own; what it gives is not trusted.
        put: takes a frame.
        is_wanted: asked before each frame.
        note_bad: called for each answer that is not a picture.
        now: of the clock that never jumps.
        still_s: a camera that gives the very same picture for longer is frozen.

    Raises:
        SourceLostError: as ``read``; three bad answers in a row; the same picture for too long.
        SourceEndedError: as ``read``.
    """
    freeze_detector = FreezeDetector()
    bad = 0
    while is_wanted():
        try:
            raw_frame = _require_frame(read())
        except BadFrameError as error:
            bad += 1
            note_bad()
            if bad == _MOST_BAD:
                raise SourceLostError(f"{error} ({bad} unreadable frames in a row)") from error
            continue
        bad = 0
        # A video may well stand still.
        if raw_frame.media_s is None and freeze_detector.note(raw_frame.picture, now()) > still_s:
            raise SourceLostError(
                f"the picture has not changed for {still_s:.0f} s: is the camera frozen?"
            )
        put(raw_frame)


def _require_frame(value: object) -> RawFrame:
    if not isinstance(value, RawFrame):
        raise BadFrameError(f"the source returned {type(value).__name__} instead of a frame")
    require_picture(value.picture)
    return value
