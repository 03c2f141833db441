"""Single pictures on demand: each frame is encoded once, however many ask."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from edge.live.scoring.observation import Observation
from edge.photo.codec import encode_photo

_JPEG_QUALITY = 90


class SnapshotEncoder:
    """The newest frame as JPEG, drawn over or as it came. For one thread."""

    def __init__(self, draw: Callable[[Observation], NDArray[np.uint8]]) -> None:
        self._draw = draw
        # By whether it is plain: number of the frame, and its JPEG.
        self._made: dict[bool, tuple[int, bytes]] = {}

    def encode(self, observation: Observation, *, is_plain: bool) -> bytes:
        """Return a frame as JPEG."""
        number = observation.frame.number
        made = self._made.get(is_plain)
        if made is not None and made[0] == number:
            return made[1]
        picture = observation.frame.picture if is_plain else self._draw(observation)
        jpeg = encode_photo(picture, ".jpg", jpeg_quality=_JPEG_QUALITY)
        self._made[is_plain] = number, jpeg
        return jpeg
