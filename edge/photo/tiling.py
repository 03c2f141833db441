"""Windows over a photo: always full size, the last one moved back to the photo's end."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.photo.source import PhotoSource

# Left, upper, right and lower side, px.
Box = tuple[int, int, int, int]


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


def read_mirrored(source: PhotoSource, box: Box) -> NDArray[np.uint8]:
    """Read a part of a photo that may reach beyond its right and lower side, mirrored there.

    Args:
        source: the photo.
        box: left, upper, right and lower side, px.

    Returns:
        uint8 (lower - upper, right - left, 3), RGB.
    """
    left, top, right, bottom = box
    width, height = source.size_wh
    x, past_right = _start_inside(left, right, width)
    y, past_bottom = _start_inside(top, bottom, height)
    part = source.read(x, y, min(right, width), min(bottom, height))
    if past_right or past_bottom:
        part = np.asarray(
            cv2.copyMakeBorder(part, 0, past_bottom, 0, past_right, cv2.BORDER_REFLECT_101),
            np.uint8,
        )
    return part[top - y :, left - x :]


def _start_inside(begin: int, end: int, length: int) -> tuple[int, int]:
    """Return where to begin reading so that there is enough to mirror, and px past the side."""
    past = max(0, end - length)
    return (begin if begin + past < length else 0), past
