"""One picture of a camera."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Frame:
    """One picture of a camera. Nobody writes into it.

    Attributes:
        number: counted from 1 for as long as the program runs.
        picture: uint8 (H, W, 3), RGB.
        time_s: seconds of the source's own time: a camera's is the monotonic clock, a video's its
            own. Durations of events are taken from it.
        arrived_s: when it came, on the monotonic clock: its age is counted from here.
        wall_s: when it came, seconds since 1970 UTC.
    """

    number: int
    picture: NDArray[np.uint8]
    time_s: float
    arrived_s: float
    wall_s: float

    @property
    def size_wh(self) -> tuple[int, int]:
        """Return width and height, px."""
        return self.picture.shape[1], self.picture.shape[0]
