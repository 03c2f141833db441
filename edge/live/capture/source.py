"""What a source of frames is: a camera, a stream, a video, a folder. A new one is one file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray


class SourceLostError(Exception):
    """Report that a source gives no frames now; the message says why, without passwords."""


class BadFrameError(SourceLostError):
    """Report one answer that is not a picture. The next one may be: the source is not lost yet."""


class SourceEndedError(Exception):
    """Report that a video or a folder is at its end."""


@dataclass(frozen=True, eq=False)
class RawFrame:
    """What a source gives, before it is numbered and timed.

    Attributes:
        picture: uint8 (H, W, 3), RGB, the caller's own: the source does not write into it later.
        media_s: where in a video or folder it stands, s; None for what is live.
    """

    picture: NDArray[np.uint8]
    media_s: float | None = None


class Source(Protocol):
    """A source of frames. One thread opens, reads and closes it; it may be opened again."""

    @property
    def name(self) -> str:
        """Return what it is called on pages and in logs: an address without its password."""

    @property
    def is_live(self) -> bool:
        """Return whether frames come in their own time: old ones are dropped, an end is a loss.

        Of a source that is not live every frame is looked at.
        """

    def open(self) -> None:
        """Open it; must come back within 30 s.

        Raises:
            SourceLostError: it cannot be opened now.
        """

    def read(self) -> RawFrame:
        """Return the next frame; must come back within 15 s.

        Raises:
            SourceLostError: no frame came, or one that is none.
            SourceEndedError: a file is at its end.
        """

    def close(self) -> None:
        """Give the device back. A source that is not open stays as it is."""


def require_picture(value: object) -> NDArray[np.uint8]:
    """Return a picture, uint8 (H, W, 3), as it came.

    Raises:
        BadFrameError: it is something else.
    """
    if not isinstance(value, np.ndarray):
        raise BadFrameError(f"the source returned {type(value).__name__} instead of a picture")
    is_picture = value.ndim == 3 and value.shape[2] == 3 and value.size > 0
    if value.dtype != np.uint8 or not is_picture:
        raise BadFrameError(
            f"the source returned {value.dtype} {value.shape}; expected uint8 (height, width, 3)"
        )
    return value
