"""Decode a large JPEG straight into an array.

``cv2.imdecode`` decodes into memory of its own and copies that: twice the memory, and with it a
third of the time goes into fresh pages. ``cv2.imread`` takes an array to decode into, but reads
files only, and does not say when it fails.
"""

from __future__ import annotations

import os

import cv2
import numpy as np
from numpy.typing import NDArray

# Below it nothing is gained.
_WORTH_PIXELS = 1 << 20


def decode_jpeg_in_place(
    data: bytes, size_wh: tuple[int, int], *, worth_pixels: int = _WORTH_PIXELS
) -> NDArray[np.uint8] | None:
    """Decode a JPEG as it is stored, not turned.

    Args:
        data: of the whole file.
        size_wh: as its header says, px.
        worth_pixels: of the smallest picture that this is done for.

    Returns:
        uint8 (H, W, 3), RGB; None where that does not pay or does not work, so that
        ``cv2.imdecode`` should have its say.
    """
    width, height = size_wh
    if width * height < worth_pixels or not hasattr(os, "memfd_create"):
        return None
    photo = np.empty((height, width, 3), np.uint8)
    # Rows are decoded in order: one that failed leaves the last as it was.
    mark = np.frombuffer(os.urandom(photo[-1].nbytes), np.uint8).reshape(width, 3)
    photo[-1] = mark
    # A file in memory: what is decoded is what was read before, whatever its name.
    file = os.memfd_create("photo.jpg")
    try:
        with open(file, "wb", closefd=False) as stream:
            stream.write(data)
        flags = cv2.IMREAD_COLOR_RGB | cv2.IMREAD_IGNORE_ORIENTATION
        found = cv2.imread(f"/proc/self/fd/{file}", photo, flags)
    except (cv2.error, OSError):
        return None
    finally:
        os.close(file)
    is_decoded = found is not None and not np.array_equal(photo[-1], mark)
    return photo if is_decoded else None
