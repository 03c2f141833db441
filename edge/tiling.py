"""Windows over a photo: always full size, the last one moved back to the photo's end."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray


def window_origins(length: int, window: int, stride: int) -> list[int]:
    """Return where windows begin along one side so that every pixel is covered.

    Args:
        length: of the side, px, at least ``window``.
        window: side of a window, px.
        stride: from one window to the next, px, at most ``window``.

    Raises:
        ValueError: the sizes do not allow full coverage.
    """
    if not 0 < stride <= window <= length:
        raise ValueError(f"stride {stride}, window {window}, length {length}: want 0 < s <= w <= l")
    origins = list(range(0, length - window + 1, stride))
    if origins[-1] != length - window:
        origins.append(length - window)
    return origins


def pad_photo(photo: NDArray[np.uint8], *, min_px: int, multiple: int = 1) -> NDArray[np.uint8]:
    """Mirror a photo beyond its right and lower side until it is large enough.

    Args:
        photo: uint8 (H, W, 3), RGB.
        min_px: smallest side wanted.
        multiple: of which both sides must be.

    Returns:
        The photo itself where nothing is missing; else a larger copy with it at the upper left.
    """
    height, width = photo.shape[:2]
    below = -(-max(height, min_px) // multiple) * multiple - height
    right = -(-max(width, min_px) // multiple) * multiple - width
    if not below and not right:
        return photo
    padded = cv2.copyMakeBorder(photo, 0, below, 0, right, cv2.BORDER_REFLECT_101)
    return np.asarray(padded, np.uint8)
