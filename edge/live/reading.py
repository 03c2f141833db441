"""Read a source that is open, until it is lost."""

from __future__ import annotations

from collections.abc import Callable

from edge.live.source import Shot, SourceLostError
from edge.live.sources.bad_shot import BadShotError, require_picture
from edge.live.stillness import Stillness

# So many bad answers in a row are a loss.
_MOST_BAD = 3


def read_on(
    read: Callable[[], object],
    put: Callable[[Shot], None],
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
        note_bad: called for each answer that is no picture.
        now: of the clock that never jumps.
        still_s: a camera that gives the very same picture for longer is frozen.

    Raises:
        SourceLostError: as ``read``; three bad answers in a row; the same picture for too long.
        SourceEndedError: as ``read``.
    """
    stillness = Stillness()
    bad = 0
    while is_wanted():
        try:
            shot = _require_shot(read())
        except BadShotError as error:
            bad += 1
            note_bad()
            if bad == _MOST_BAD:
                raise SourceLostError(f"{error} ({bad} bad answers in a row)") from error
            continue
        bad = 0
        # A video may well stand still.
        if shot.media_s is None and stillness.note(shot.picture, now()) > still_s:
            raise SourceLostError(f"the very same picture for {still_s:.0f} s: the camera froze")
        put(shot)


def _require_shot(value: object) -> Shot:
    if not isinstance(value, Shot):
        raise BadShotError(f"the source gave {type(value).__name__} for a frame")
    require_picture(value.picture)
    return value
