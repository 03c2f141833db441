"""Heat map and regions from the grids of scores over a photo."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.detect.components import (
    centre_on_cells,
    close_gaps,
    connected_components,
    highest_covering,
    hysteresis,
    join_windows,
    mark_cells,
    merge_layers,
)
from edge.detect.dense import score_rest, score_windows
from edge.detect.grid import Grid
from edge.detect.regions import Region, find_regions
from edge.detect.triage import Thresholds


def find_in_grids(
    grids: Sequence[Grid], size_wh: tuple[int, int], window_cells: int, thresholds: Thresholds
) -> tuple[NDArray[np.float32], list[Region]]:
    """Make heat map and regions from the scores of a photo.

    Sure regions first (Canny's hysteresis): connected windows that hold one at or above the crack
    threshold, followed down to ``thresholds.extent``. Their cells are then left out, and what the
    windows still score at or above the review threshold are further regions: one long crack does
    not make all that surrounds it a finding. Of several scales each cell takes the highest score;
    groups of cells that lie on one another are one region.

    Args:
        grids: one for each scale, the finest first.
        size_wh: of the photo, px.
        window_cells: side of the model's window in cells.
        thresholds: decision values.

    Returns:
        The heat map, float32 (rows, columns) of the finest grid, and the regions.
    """
    finest = grids[0]
    heats, highests, sure, rest = zip(
        *(
            tuple(_bring_to(finest, grid, values) for values in layers)
            for grid in grids
            for layers in [_layers_of(grid, window_cells, thresholds)]
        ),
        strict=True,
    )
    labels = close_gaps(merge_layers(sure))
    others = np.where(labels > 0, 0, close_gaps(merge_layers(rest)))
    labels = np.where(others > 0, others + labels.max(initial=0), labels)
    regions = find_regions(
        labels, np.maximum.reduce(highests), cell_px=finest.cell_px, size_wh=size_wh
    )
    return np.maximum.reduce(heats), regions


def heat_of(grid: Grid, window_cells: int) -> NDArray[np.float32]:
    """Return the crack probability around each cell, float32 (rows, columns)."""
    if grid.kind == "scores":
        return grid.values
    return centre_on_cells(score_windows(grid.values, window_cells), window_cells)


def _layers_of(
    grid: Grid, window_cells: int, thresholds: Thresholds
) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.int32], NDArray[np.int32]]:
    """Return the heat map, the score of each cell for its region, and both kinds of groups."""
    if grid.kind == "scores":
        groups = connected_components(grid.values >= thresholds.extent)
        sure = hysteresis(groups, grid.values >= thresholds.crack)
        rest = connected_components((grid.values >= thresholds.review) & (sure == 0))
        return grid.values, grid.values, sure, rest
    windows = score_windows(grid.values, window_cells)
    seen = _keep_sure(windows, thresholds)
    sure, covering = _group_cells(grid.values, seen, window_cells, thresholds.extent)
    left = score_rest(grid.values, window_cells, sure > 0)
    rest, covering_left = _group_cells(grid.values, left, window_cells, thresholds.review)
    rest = np.where(sure > 0, 0, rest)
    scores = np.where(sure > 0, covering, covering_left)
    return centre_on_cells(windows, window_cells), scores, sure, rest


def _keep_sure(windows: NDArray[np.float32], thresholds: Thresholds) -> NDArray[np.float32]:
    """Return the scores of the windows that make sure regions, 0 for the others."""
    _, groups = cv2.connectedComponents((windows >= thresholds.extent).astype(np.uint8))
    sure = hysteresis(np.asarray(groups, np.int32), windows >= thresholds.crack)
    return np.where(sure > 0, windows, np.float32(0))


def _group_cells(
    cells: NDArray[np.float32], windows: NDArray[np.float32], window_cells: int, threshold: float
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Return the numbered groups of cells under windows above a threshold, and their scores."""
    covering = highest_covering(windows, window_cells)
    mask = mark_cells(cells, covering, threshold)
    return join_windows(mask, windows, window_cells, threshold), covering


def _bring_to(finest: Grid, grid: Grid, values: NDArray[np.generic]) -> NDArray[np.generic]:
    """Repeat the cells of a grid so that they lie on those of the finest."""
    if grid is finest:
        return values
    rows, columns = (
        np.minimum((np.arange(count) + 0.5) * finest.cell_px // grid.cell_px, most - 1).astype(int)
        for count, most in zip(finest.values.shape, values.shape, strict=True)
    )
    return values[np.ix_(rows, columns)]
