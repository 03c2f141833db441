"""From scores to regions: where on the photo the cracks are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.metrics import logit

# Corners in px; the last is joined to the first.
Ring = tuple[tuple[int, int], ...]
# The outer ring, then those of holes.
Polygon = tuple[Ring, ...]


@dataclass(frozen=True)
class Region:
    """A connected area above the threshold, in px of the upright photo.

    Attributes:
        score: highest score of a window that covers part of it.
        xyxy: left, upper, right and lower side.
        area_px: of its cells, in square px.
        length_px: along the skeleton of its cells, branches included.
        orientation_deg: of the skeleton's main axis, 0 to 180: 0 is level, 90 upright, counted
            counter-clockwise as seen; None where it has none.
        outline: of its cells; parts that do not touch are polygons of their own.
    """

    score: float
    xyxy: tuple[int, int, int, int]
    area_px: int
    length_px: float = 0.0
    orientation_deg: float | None = None
    outline: tuple[Polygon, ...] = ()

    @property
    def centre_xy(self) -> tuple[float, float]:
        """Return the middle of its box."""
        left, top, right, bottom = self.xyxy
        return (left + right) / 2, (top + bottom) / 2


def centre_on_cells(windows: NDArray[np.float32], window_cells: int) -> NDArray[np.float32]:
    """Give each cell the score of the window centred on it: the heat map.

    Cells nearer to the photo's side than half a window take the nearest window's score.

    Args:
        windows: float32 (R, C), scores of all windows at a stride of one cell.
        window_cells: side of a window in cells.

    Returns:
        float32 (R + window_cells - 1, C + window_cells - 1).
    """
    before = (window_cells - 1) // 2
    after = window_cells - 1 - before
    return np.pad(windows, ((before, after), (before, after)), mode="edge")


def highest_covering(windows: NDArray[np.float32], window_cells: int) -> NDArray[np.float32]:
    """Give each cell the highest score of all windows that cover it.

    Args:
        windows: float32 (R, C), scores of all windows at a stride of one cell.
        window_cells: side of a window in cells.

    Returns:
        float32 (R + window_cells - 1, C + window_cells - 1).
    """
    n = window_cells
    below_right = cv2.copyMakeBorder(windows, 0, n - 1, 0, n - 1, cv2.BORDER_CONSTANT, value=0)
    # The anchor at the lower right: a cell looks at the windows that begin up to n - 1 before it.
    covering = cv2.dilate(below_right, np.ones((n, n), np.uint8), anchor=(n - 1, n - 1))
    return np.asarray(covering, np.float32)


def mark_cells(
    cells: NDArray[np.float32], covering: NDArray[np.float32], threshold: float
) -> NDArray[np.bool_]:
    """Mark the cells that make a window a crack.

    A cell counts when a window over it is at or above the threshold and its own logit is too. A
    window's logit is the mean of its cells', so no window above the threshold goes unmarked.

    Args:
        cells: float32 (rows, columns), cell logits.
        covering: float32 (rows, columns), highest score of the windows over each cell.
        threshold: decision value.
    """
    # A score that was rounded to float32 may pass where no single cell quite does.
    return (covering >= threshold) & (cells >= logit(threshold * (1 - 1e-6)) - 1e-6)


def join_touching(mask: NDArray[np.bool_]) -> NDArray[np.int32]:
    """Number the groups of marked cells that touch, corners too; a gap of one does not divide.

    Args:
        mask: bool (rows, columns).

    Returns:
        int32 (rows, columns), 0 where nothing is marked.
    """
    # Each cell grows by one to the right and down.
    grown = cv2.dilate(mask.astype(np.uint8), np.ones((2, 2), np.uint8))
    _, labels = cv2.connectedComponents(grown, connectivity=8)
    return np.asarray(np.where(mask, labels, 0), np.int32)


def join_windows(
    mask: NDArray[np.bool_], windows: NDArray[np.float32], window_cells: int, threshold: float
) -> NDArray[np.int32]:
    """Number the groups of marked cells that lie under connected windows above the threshold.

    What one window sees together is one finding. A cell under several groups of windows belongs
    to the one with the highest score.

    Args:
        mask: bool (rows, columns), from ``mark_cells``.
        windows: float32 (R, C), scores of all windows at a stride of one cell.
        window_cells: side of a window in cells.
        threshold: decision value.

    Returns:
        int32 (rows, columns), 0 where nothing is marked.
    """
    positive = (windows >= threshold).astype(np.uint8)
    count, found = cv2.connectedComponents(positive, connectivity=8)
    groups = np.asarray(found, np.intp)
    peaks = np.zeros(count, np.float32)
    np.maximum.at(peaks, groups, windows)
    peaks[0] = -1
    # Ranked from 0, the background, to the highest peak; of equal ones the first ranks higher.
    by_rank = np.lexsort((-np.arange(count), peaks))
    ranks = np.empty(count, np.float32)
    ranks[by_rank] = np.arange(count)
    covering = highest_covering(ranks[groups], window_cells).astype(np.int32)
    return np.asarray(np.where(mask, by_rank[covering], 0), np.int32)


def unite(layers: Sequence[NDArray[np.int32]]) -> NDArray[np.int32]:
    """Join numbered groups of several layers: groups that lie on one another are one.

    Args:
        layers: int32 (rows, columns) each, 0 where nothing is marked.

    Returns:
        int32 (rows, columns); the layer itself where there is one.
    """
    united = layers[0]
    for layer in layers[1:]:
        shift = int(united.max())
        other = np.where(layer > 0, layer + shift, 0)
        both = (united > 0) & (other > 0)
        first = np.arange(shift + int(layer.max()) + 1)
        for a, b in np.unique(np.stack([united[both], other[both]], axis=1), axis=0).tolist():
            low, high = sorted((_root(first, a), _root(first, b)))
            first[high] = low
        roots = np.array([_root(first, number) for number in range(len(first))], np.int32)
        united = roots[np.where(united > 0, united, other)]
    return united


def _root(first: NDArray[np.intp], number: int) -> int:
    while first[number] != number:
        number = int(first[number])
    return number


def find_regions(
    labels: NDArray[np.int32],
    scores: NDArray[np.float32],
    *,
    cell_px: float,
    size_wh: tuple[int, int],
) -> list[Region]:
    """Measure numbered groups of cells as regions, the surest first.

    Args:
        labels: int32 (rows, columns), from ``join_windows`` or ``join_touching``.
        scores: float32 (rows, columns), from which a region takes its highest.
        cell_px: side of a cell in px of the photo.
        size_wh: of the photo, to which regions are clipped.
    """
    rows, columns = np.nonzero(labels)
    numbers, places = np.unique(labels[rows, columns], return_inverse=True)
    peaks = np.zeros(len(numbers), np.float32)
    np.maximum.at(peaks, places, scores[rows, columns])
    extents = [_extent(line, places, len(numbers)) for line in (columns, rows)]
    counts = np.bincount(places, minlength=len(numbers))
    regions = []
    for number, score in enumerate(peaks.tolist()):
        (left, right), (top, bottom) = (
            _side(int(extent[number, 0]), int(extent[number, 1]), cell_px, length)
            for extent, length in zip(extents, size_wh, strict=True)
        )
        area = round(int(counts[number]) * cell_px**2)
        regions.append(Region(score, (left, top, right, bottom), area))
    return sorted(regions, key=lambda region: (-region.score, region.xyxy))


def _extent(line: NDArray[np.intp], places: NDArray[np.intp], count: int) -> NDArray[np.intp]:
    """Return the first and last row or column of each of ``count`` groups, (count, 2)."""
    extent = np.tile(np.array([np.iinfo(np.intp).max, -1]), (count, 1))
    np.minimum.at(extent[:, 0], places, line)
    np.maximum.at(extent[:, 1], places, line)
    return extent


def _side(first: int, last: int, cell_px: float, length: int) -> tuple[int, int]:
    """Return where cells begin and end in px; a mirrored margin counts as the last px."""
    begin = min(int(first * cell_px), length - 1)
    return begin, max(begin + 1, min(length, round((last + 1) * cell_px)))
