"""Whether a camera gives the very same picture for so long that it must be frozen."""

from __future__ import annotations

import zlib

import numpy as np
from numpy.typing import NDArray

# Of each side one px in so many is compared first: a living sensor's noise changes all of them.
_STRIDE_PX = 16


class FreezeDetector:
    """Counts since when pictures are equal, bit for bit."""

    def __init__(self) -> None:
        self._sample = 0
        self._whole: int | None = None
        self._since_s = 0.0

    def note(self, picture: NDArray[np.uint8], now_s: float) -> float:
        """Take a picture, uint8 (H, W, 3), and return how long it has been the same, s."""
        sample = zlib.crc32(picture[::_STRIDE_PX, ::_STRIDE_PX].tobytes())
        # The whole is read only where the sample says that it may be the same.
        whole = zlib.crc32(np.ascontiguousarray(picture).data) if sample == self._sample else None
        is_same = whole is not None and whole == self._whole
        if not is_same and not (whole is not None and self._whole is None):
            self._since_s = now_s
        self._sample, self._whole = sample, whole
        return now_s - self._since_s
