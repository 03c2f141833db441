"""The windows that a scan has scored, laid out over a photo again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.detect.dense import score_windows
from edge.detect.grid import Grid
from edge.detect.settings import ScanSettings
from edge.model.card import Card
from edge.photo.tiling import Box, window_origins

# What lies more than half on a window shows the same.
_SAME_SHARE = 0.5


@dataclass(frozen=True)
class WindowGrid:
    """All windows of one size over a photo.

    Attributes:
        scores: float32 (rows, columns).
        tops: where each row begins, px.
        lefts: where each column begins, px.
        side: of a window, px.
    """

    scores: NDArray[np.float32]
    tops: NDArray[np.int64]
    lefts: NDArray[np.int64]
    side: int


def lay_windows(
    grids: Sequence[Grid], size_wh: tuple[int, int], card: Card, settings: ScanSettings
) -> list[WindowGrid]:
    """Lay out the windows that a scan has scored, with their scores.

    In the tile view a store keeps the highest score over each cell; the least of a tile's cells is
    its own score unless higher ones overlap all of it.

    Args:
        grids: of one photo, one for each scale, the finest first.
        size_wh: of the photo, px.
        card: of the model.
        settings: of the scan.

    Raises:
        ValueError: grids, card and settings do not belong together.
    """
    scales = sorted(set(settings.scales), reverse=True)
    return [
        _lay_cells(grid, size_wh, card.window_cells)
        if grid.kind == "cell_logits"
        else _lay_tiles(grid, size_wh, round(card.window_px / scale), settings.overlap)
        for grid, scale in zip(grids, scales, strict=True)
    ]


def _lay_cells(grid: Grid, size_wh: tuple[int, int], window_cells: int) -> WindowGrid:
    if min(grid.values.shape) < window_cells:
        raise ValueError(f"{grid.values.shape} cells are fewer than a window has")
    scores = score_windows(grid.values, window_cells)
    side = round(window_cells * grid.cell_px)
    # The last cells may be mirrored: their windows are moved back into the photo.
    lefts, tops = (
        np.minimum(np.rint(np.arange(count) * grid.cell_px), max(0, length - side))
        for count, length in zip(scores.shape[::-1], size_wh, strict=True)
    )
    return WindowGrid(scores, tops.astype(np.int64), lefts.astype(np.int64), side)


def _lay_tiles(grid: Grid, size_wh: tuple[int, int], window: int, overlap: float) -> WindowGrid:
    side = max(1, window)
    stride = max(1, round(side * (1 - overlap)))
    lefts, tops = (window_origins(max(length, side), side, stride) for length in size_wh)
    cells = grid.cell_px
    least_down = np.stack(
        [grid.values[int(top // cells) : -int(-(top + side) // cells)].min(axis=0) for top in tops]
    )
    scores = np.stack(
        [
            least_down[:, int(left // cells) : -int(-(left + side) // cells)].min(axis=1)
            for left in lefts
        ],
        axis=1,
    )
    return WindowGrid(scores, np.array(tops, np.int64), np.array(lefts, np.int64), side)


def widen(windows: WindowGrid, mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Mark also the windows that lie more than half on a marked one."""
    return np.asarray(cv2.dilate(mask.astype(np.uint8), _kernel_of(windows)), np.bool_)


def find_peaks(windows: WindowGrid) -> NDArray[np.bool_]:
    """Mark windows that no higher one lies more than half on; all others are somebody's flank."""
    return np.asarray(windows.scores >= cv2.dilate(windows.scores, _kernel_of(windows)), np.bool_)


def _kernel_of(windows: WindowGrid) -> NDArray[np.uint8]:
    """Return which neighbours of a window lie more than half on it, itself in the middle."""
    down, across = (_shares_of(windows, origins) for origins in (windows.tops, windows.lefts))
    return (np.outer(down, across) > _SAME_SHARE).astype(np.uint8)


def _shares_of(windows: WindowGrid, origins: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return how much of a window's side its neighbours before and after share with it."""
    spacing = int(origins[1] - origins[0]) if len(origins) > 1 else windows.side
    reach = (windows.side - 1) // (2 * max(1, spacing))
    return 1 - np.abs(np.arange(-reach, reach + 1)) * spacing / windows.side


def pick(
    windows: WindowGrid, allowed: NDArray[np.bool_], order: NDArray[np.intp], most: int
) -> Iterator[tuple[int, int]]:
    """Yield allowed windows in order, none of which lies more than half on an earlier one."""
    free = allowed.copy()
    columns = free.shape[1]
    for place in order[allowed.ravel()[order]].tolist():
        row, column = divmod(place, columns)
        if not free[row, column]:
            continue
        yield row, column
        most -= 1
        if most == 0:
            return
        down, across = (
            1 - np.abs(origins - origins[n]) / windows.side
            for origins, n in ((windows.tops, row), (windows.lefts, column))
        )
        rows, near = np.flatnonzero(down > _SAME_SHARE), np.flatnonzero(across > _SAME_SHARE)
        block = np.ix_(rows, near)
        free[block] &= np.outer(down[rows], across[near]) <= _SAME_SHARE


def box_of(windows: WindowGrid, row: int, column: int, size_wh: tuple[int, int]) -> Box:
    """Return where a window lies; of a photo smaller than it, what there is."""
    left, top = int(windows.lefts[column]), int(windows.tops[row])
    right, bottom = (
        min(begin + windows.side, length)
        for begin, length in zip((left, top), size_wh, strict=True)
    )
    return left, top, right, bottom
