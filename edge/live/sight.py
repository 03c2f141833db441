"""What the loop saw in one frame."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edge.live.frame import Frame
from edge.regions import Region


@dataclass(frozen=True, eq=False)
class Sight:
    """A frame and what was seen in it.

    Attributes:
        frame: the frame.
        box: left, upper, right and lower side of the part that was looked at, px of the frame.
        heat: float32 (rows, columns), crack probability of each cell of that part.
        cell_px: side of a cell, px of the frame.
        score: highest crack probability of a window.
        smoothed: the same, smoothed over time: what decides.
        threshold: at or above which ``smoothed`` begins an event.
        regions: px of the frame, the surest first.
        event_id: of the event that lasts.
        latency_ms: from the frame's arrival to here.
    """

    frame: Frame
    box: tuple[int, int, int, int]
    heat: NDArray[np.float32]
    cell_px: float
    score: float
    smoothed: float
    threshold: float
    regions: tuple[Region, ...]
    event_id: str | None
    latency_ms: float
