"""Frames and sights made by hand."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from edge.live.frame import Frame
from edge.live.sight import Sight
from edge.regions import Region

# 2026-05-06T07:08:09Z
WALL_S = 1_778_051_289.0


def make_frame(
    number: int = 1, *, time_s: float = 0.0, size_wh: tuple[int, int] = (128, 96), level: int = 200
) -> Frame:
    """Return a frame of one grey level whose clocks all began together."""
    width, height = size_wh
    picture = np.full((height, width, 3), level, np.uint8)
    return Frame(number, picture, time_s, time_s, WALL_S + time_s)


def make_sight(
    score: float = 0.99,
    *,
    smoothed: float | None = None,
    number: int = 1,
    time_s: float = 0.0,
    threshold: float = 0.9,
    size_wh: tuple[int, int] = (128, 96),
    regions: Sequence[Region] = (),
    event_id: str | None = None,
) -> Sight:
    """Return a sight of a whole frame, its smoothed score equal to the other unless given."""
    frame = make_frame(number, time_s=time_s, size_wh=size_wh)
    return Sight(
        frame=frame,
        box=(0, 0, *size_wh),
        heat=np.full((size_wh[1] // 32, size_wh[0] // 32), score, np.float32),
        cell_px=32.0,
        score=score,
        smoothed=score if smoothed is None else smoothed,
        threshold=threshold,
        regions=regions,
        event_id=event_id,
        latency_ms=20.0,
    )
