"""The one resize: training, calibration, evaluation and the device all use it."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray


def resize(picture: NDArray[np.uint8], size_wh: tuple[int, int]) -> NDArray[np.uint8]:
    """Resize an RGB picture; pixels are left untouched when the size is right already.

    Shrinking averages areas, so that a hairline crack fades instead of falling between samples;
    enlarging interpolates linearly.

    Args:
        picture: uint8 (H, W, 3), RGB.
        size_wh: width and height in px.

    Returns:
        uint8 (height, width, 3), RGB.
    """
    height, width = picture.shape[:2]
    if (width, height) == size_wh:
        return picture
    shrinks = size_wh[0] * size_wh[1] < width * height
    how = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(picture, size_wh, interpolation=how), np.uint8)


def to_tile(picture: NDArray[np.uint8], input_px: int) -> NDArray[np.uint8]:
    """Turn a labelled picture into one tile: the whole of it, uint8 (input_px, input_px, 3), RGB.

    The label speaks of the whole picture, so nothing is cut off.
    """
    return resize(picture, (input_px, input_px))
