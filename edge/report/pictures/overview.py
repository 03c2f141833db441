"""A small picture of a photo for people to look at, also of one too large to be in memory."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from edge.photo.preprocess import resize
from edge.photo.source import PhotoSource

# Pictures are looked at on a screen; the numbers are in the tables.
_MAX_OVERVIEW_PX = 2400


class OverviewRecorder:
    """A photo that is read by windows; what passes through it is shrunk into its overview.

    Attributes:
        size_wh: of the photo, px.
        overview: uint8 (h, w, 3), RGB; black where nothing was read yet.
    """

    def __init__(self, source: PhotoSource) -> None:
        self.size_wh = source.size_wh
        width, height = overview_size(source.size_wh)
        self.overview = np.zeros((height, width, 3), np.uint8)
        self._source = source
        self._factor = overview_factor(source.size_wh)

    def read(self, left: int, top: int, right: int, bottom: int) -> NDArray[np.uint8]:
        """Read a box inside the photo, px: uint8 (bottom - top, right - left, 3), RGB."""
        part = self._source.read(left, top, right, bottom)
        height, width = self.overview.shape[:2]
        x, y = min(left // self._factor, width - 1), min(top // self._factor, height - 1)
        x_end, y_end = (
            max(begin + 1, min(-(-end // self._factor), most))
            for begin, end, most in ((x, right, width), (y, bottom, height))
        )
        self.overview[y:y_end, x:x_end] = resize(part, (x_end - x, y_end - y))
        return part


def make_overview(photo: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Shrink a photo, uint8 (H, W, 3) RGB, to its overview."""
    return resize(photo, overview_size((photo.shape[1], photo.shape[0])))


def overview_factor(size_wh: tuple[int, int]) -> int:
    """Return how many px of a photo one px of its overview stands for, in each direction.

    A whole number: then shrinking is a plain mean, which is quick.
    """
    return -(-max(size_wh) // _MAX_OVERVIEW_PX)


def overview_size(size_wh: tuple[int, int]) -> tuple[int, int]:
    """Return width and height of a photo's overview, px, at most 2400."""
    scale = 1 / overview_factor(size_wh)
    return max(1, round(size_wh[0] * scale)), max(1, round(size_wh[1] * scale))
