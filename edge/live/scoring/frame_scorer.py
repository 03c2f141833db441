"""Score one frame: which windows of it, and what the model says of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edge.detect.grid import Grid
from edge.detect.grid_regions import find_in_grids, heat_of
from edge.detect.photo_scan import require_fitting, score_photo
from edge.detect.regions import Region, move_region
from edge.detect.settings import ScanSettings, Scorers, View
from edge.detect.triage import EVEN, Thresholds
from edge.live.scoring.roi import CENTER, FramePart
from edge.model.scorer import Scorer
from edge.photo.source import LoadedPhoto
from edge.photo.tiling import Box


@dataclass(frozen=True, eq=False)
class FrameScores:
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


class FrameScorer:
    """Scores the windows of frames; interpreters are kept from frame to frame.

    Attributes:
        card: of the model.
        view: of the model: every window at a stride of a cell (dense), or windows side by side.
    """

    def __init__(
        self,
        scorer: Scorer,
        *,
        view: View = "dense",
        roi: FramePart | None = None,
        scale: float = 1.0,
    ) -> None:
        """Choose what is looked at.

        Args:
            scorer: the classifier.
            view: of the model.
            roi: part of the frame, ``CENTER`` for one window in its middle; all of it if None.
            scale: of a frame before it is scored, as in a scan.

        Raises:
            ModelError: the dense view of a model that has none.
        """
        self.card = scorer.card
        self.view: View = view
        self._scorers = Scorers(scorer)
        self._roi = roi
        self._settings = ScanSettings(threshold=EVEN, view=view, scales=(scale,))
        self._window_px = max(1, round(scorer.card.window_px / scale))
        require_fitting(self._scorers, self._settings)

    def score(self, picture: NDArray[np.uint8]) -> FrameScores:
        """Score a frame.

        Args:
            picture: uint8 (H, W, 3), RGB, of any size.
        """
        box = self._box_of((picture.shape[1], picture.shape[0]))
        left, top, right, bottom = box
        part = LoadedPhoto(picture[top:bottom, left:right])
        (grid,), _ = score_photo(self._scorers, part, self._settings)
        heat = heat_of(grid, self.card.window_cells)
        return FrameScores(box, grid, heat, float(heat.max()))

    def _box_of(self, size_wh: tuple[int, int]) -> Box:
        if self._roi == CENTER:
            return _center_box(size_wh, self._window_px)
        return self._roi.box(size_wh) if self._roi else (0, 0, *size_wh)

    def find_regions(self, scores: FrameScores, threshold: float) -> Sequence[Region]:
        """Find where the cracks of a frame are: px of the frame, the surest first.

        Args:
            scores: of the frame.
            threshold: score from which a region is sure; others reach at least an even chance.
        """
        left, top, right, bottom = scores.box
        _, regions = find_in_grids(
            [scores.grid],
            (right - left, bottom - top),
            self.card.window_cells,
            choose_frame_thresholds(threshold),
        )
        return [move_region(region, left, top) for region in regions]


def choose_frame_thresholds(threshold: float) -> Thresholds:
    """Return the decision values of one frame: sure from the threshold, shown from even on."""
    return Thresholds(min(EVEN, threshold), threshold)


def _center_box(size_wh: tuple[int, int], side_px: int) -> Box:
    """Return the square in the middle of a frame, smaller where the frame is."""
    width, height = (min(side_px, length) for length in size_wh)
    x, y = (size_wh[0] - width) // 2, (size_wh[1] - height) // 2
    return x, y, x + width, y + height
