"""What counts as a picture, and the error for an answer that is none."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from edge.live.source import SourceLostError


class BadShotError(SourceLostError):
    """Report one answer that is no picture. The next one may be: the source is not lost yet."""


def require_picture(value: object) -> NDArray[np.uint8]:
    """Return a picture, uint8 (H, W, 3), as it came.

    Raises:
        BadShotError: it is something else.
    """
    if not isinstance(value, np.ndarray):
        raise BadShotError(f"the source gave {type(value).__name__} for a picture")
    is_picture = value.ndim == 3 and value.shape[2] == 3 and value.size > 0
    if value.dtype != np.uint8 or not is_picture:
        raise BadShotError(
            f"the source gave {value.dtype} {value.shape}; expected uint8 (height, width, 3)"
        )
    return value
