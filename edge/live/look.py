"""Look at one frame: which windows of it, and their scores."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from edge.detect.grid import Grid
from edge.detect.grid_regions import find_in_grids, heat_of
from edge.detect.photo_scan import require_fitting, score_photo
from edge.detect.regions import Region, move_region
from edge.detect.settings import ScanSettings, Scorers
from edge.detect.triage import EVEN, Thresholds
from edge.live.roi import Roi
from edge.model.scorer import Scorer
from edge.photo.source import LoadedPhoto
from edge.photo.tiling import Box

View = Literal["center", "grid", "dense"]
VIEWS: tuple[View, ...] = ("center", "grid", "dense")


@dataclass(frozen=True, eq=False)
class Look:
    """What the model says of one frame.

    Attributes:
        box: left, upper, right and lower side of the part that was looked at, px of the frame.
        grid: scores of that part.
        heat: float32 (rows, columns), crack probability around each cell of that part.
        score: highest crack probability of a window.
    """

    box: Box
    grid: Grid
    heat: NDArray[np.float32]
    score: float


class Looker:
    """Scores the windows of frames; interpreters are kept from frame to frame.

    Attributes:
        card: of the model.
        view: one window in the middle, windows side by side, or every window at a stride of a cell.
    """

    def __init__(
        self, scorer: Scorer, *, view: View = "dense", roi: Roi | None = None, scale: float = 1.0
    ) -> None:
        """Choose what is looked at.

        Args:
            scorer: the classifier.
            view: which windows.
            roi: part of the frame; all of it if None.
            scale: of a frame before it is scored, as in a scan.

        Raises:
            ModelError: the dense view of a model that has none.
        """
        self.card = scorer.card
        self.view: View = view
        self._eyes = Scorers(scorer)
        self._roi = roi
        mode: Literal["dense", "tiles"] = "dense" if view == "dense" else "tiles"
        self._settings = ScanSettings(threshold=EVEN, mode=mode, scales=(scale,))
        self._window_px = max(1, round(scorer.card.window_px / scale))
        require_fitting(self._eyes, self._settings)

    def look(self, picture: NDArray[np.uint8]) -> Look:
        """Score a frame.

        Args:
            picture: uint8 (H, W, 3), RGB, of any size.
        """
        box = self._box_of((picture.shape[1], picture.shape[0]))
        left, top, right, bottom = box
        part = LoadedPhoto(picture[top:bottom, left:right])
        (grid,), _ = score_photo(self._eyes, part, self._settings)
        heat = heat_of(grid, self.card.window_cells)
        return Look(box, grid, heat, float(heat.max()))

    def _box_of(self, size_wh: tuple[int, int]) -> Box:
        box = self._roi.box(size_wh) if self._roi else (0, 0, *size_wh)
        return _middle_of(box, self._window_px) if self.view == "center" else box

    def find_regions(self, look: Look, threshold: float) -> Sequence[Region]:
        """Find where the cracks of a frame are: px of the frame, the surest first.

        Args:
            look: at the frame.
            threshold: score from which a region is sure; others reach at least an even chance.
        """
        left, top, right, bottom = look.box
        _, regions = find_in_grids(
            [look.grid],
            (right - left, bottom - top),
            self.card.window_cells,
            choose_frame_thresholds(threshold),
        )
        return [move_region(region, left, top) for region in regions]


def choose_frame_thresholds(threshold: float) -> Thresholds:
    """Return the decision values of one frame: sure from the threshold, shown from even on."""
    return Thresholds(min(EVEN, threshold), threshold)


def _middle_of(box: Box, side_px: int) -> Box:
    """Return the square in the middle of a box, smaller where the box is."""
    left, top, right, bottom = box
    width, height = min(side_px, right - left), min(side_px, bottom - top)
    x, y = (left + right - width) // 2, (top + bottom - height) // 2
    return x, y, x + width, y + height
