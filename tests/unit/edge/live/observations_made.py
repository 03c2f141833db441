"""Pictures, and observations of them, made by hand."""

from __future__ import annotations

import time
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from edge.detect.regions import Region
from edge.live.capture.frame import Frame
from edge.live.scoring.observation import Observation
from tests.unit.edge.live.clocks_made import WALL_S

SIZE_WH = (128, 96)


def plain_picture(level: int = 200, size_wh: tuple[int, int] = SIZE_WH) -> NDArray[np.uint8]:
    """Return a picture of one grey level, counted round from 255 to 0."""
    return np.full((size_wh[1], size_wh[0], 3), level % 256, np.uint8)


def make_observation(
    score: float = 0.99,
    *,
    smoothed: float | None = None,
    number: int = 1,
    time_s: float = 0.0,
    threshold: float = 0.9,
    size_wh: tuple[int, int] = SIZE_WH,
    picture: NDArray[np.uint8] | None = None,
    regions: Sequence[Region] = (),
    event_id: str | None = None,
) -> Observation:
    """Return an observation of a whole frame.

    Its clocks all began together. Unless given, the smoothed score equals the other and the
    picture is a plain one of that size.
    """
    picture = plain_picture(size_wh=size_wh) if picture is None else picture
    height, width = picture.shape[:2]
    return Observation(
        frame=Frame(number, picture, time_s, time_s, WALL_S + time_s),
        box=(0, 0, width, height),
        heat=np.full((height // 32, width // 32), score, np.float32),
        cell_px=32.0,
        score=score,
        smoothed=score if smoothed is None else smoothed,
        threshold=threshold,
        regions=regions,
        event_id=event_id,
        latency_ms=20.0,
    )


def make_fresh_observation(
    number: int = 1, picture: NDArray[np.uint8] | None = None
) -> Observation:
    """Return an observation of a frame that comes just now by the machine's own clock."""
    return make_observation(number=number, time_s=time.monotonic(), picture=picture)
