"""What the loop saw in one frame."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import overload

import numpy as np
from numpy.typing import NDArray

from edge.detect.regions import Region
from edge.live.capture.frame import Frame


class LazyRegions(Sequence[Region]):
    """Regions that are looked for when somebody asks: the loop has no time for it."""

    def __init__(self, find: Callable[[], Sequence[Region]]) -> None:
        """Keep how they are found; several threads may ask, each finds the same."""
        self._find = find
        self._found: Sequence[Region] | None = None

    def _get(self) -> Sequence[Region]:
        if self._found is None:
            self._found = self._find()
        return self._found

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._get())

    def __iter__(self) -> Iterator[Region]:
        """Yield them, the surest first."""
        return iter(self._get())

    @overload
    def __getitem__(self, place: int) -> Region: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Region]: ...
    def __getitem__(self, place: int | slice) -> Region | Sequence[Region]:
        """Return one of them or some."""
        return self._get()[place]


@dataclass(frozen=True, eq=False)
class Observation:
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
    regions: Sequence[Region]
    event_id: str | None
    latency_ms: float
