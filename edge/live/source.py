"""What a source of frames is: a camera, a stream, a video, a folder. A new one is one file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray


class SourceLostError(Exception):
    """Report that a source gives no frames now; the message says why, without passwords."""


class SourceEndedError(Exception):
    """Report that a video or a folder is at its end."""


@dataclass(frozen=True, eq=False)
class Shot:
    """What a source gives.

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
        """Tell whether frames come in their own time; then old ones are dropped, an end is a loss.

        Of a source that is not live every frame is looked at.
        """

    def open(self) -> None:
        """Open it; must come back within 30 s.

        Raises:
            SourceLostError: it cannot be opened now.
        """

    def read(self) -> Shot:
        """Return the next frame; must come back within 15 s.

        Raises:
            SourceLostError: no frame came, or one that is none.
            SourceEndedError: a file is at its end.
        """

    def close(self) -> None:
        """Give the device back. A source that is not open stays as it is."""
