"""From scores to regions: where on the photo the cracks are."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.metrics import logit


@dataclass(frozen=True)
class Region:
    """A connected area above the threshold, in px of the upright photo.

    Attributes:
        score: highest score of a window that covers part of it.
        xyxy: left, upper, right and lower side.
        area_px: of its cells, in square px.
    """

    score: float
    xyxy: tuple[int, int, int, int]
    area_px: int


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
    reach = window_cells - 1
    spread = np.pad(windows, ((reach, reach), (reach, reach)))
    # Horizontal, then vertical maximum: the box of a window is separable.
    across = np.lib.stride_tricks.sliding_window_view(spread, window_cells, axis=1).max(axis=-1)
    covering = np.lib.stride_tricks.sliding_window_view(across, window_cells, axis=0).max(axis=-1)
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
    count, groups, boxes, _ = cv2.connectedComponentsWithStats(positive, connectivity=8)
    labels = np.zeros(mask.shape, np.int32)
    peaks = {n: float(windows[groups == n].max()) for n in range(1, count)}
    for number in sorted(peaks, key=lambda n: -peaks[n]):
        left, top, width, height = (int(value) for value in boxes[number][:4])
        own = groups[top : top + height, left : left + width] == number
        covered = highest_covering(own.astype(np.float32), window_cells) > 0
        place = (
            slice(top, top + covered.shape[0]),
            slice(left, left + covered.shape[1]),
        )
        labels[place][covered & mask[place] & (labels[place] == 0)] = number
    return labels


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
    regions = []
    for number in np.unique(labels[labels > 0]).tolist():
        own = labels == number
        rows, columns = np.nonzero(own)
        left, right = _side(int(columns.min()), int(columns.max()), cell_px, size_wh[0])
        top, bottom = _side(int(rows.min()), int(rows.max()), cell_px, size_wh[1])
        area = round(len(rows) * cell_px**2)
        regions.append(Region(float(scores[own].max()), (left, top, right, bottom), area))
    return sorted(regions, key=lambda region: (-region.score, region.xyxy))


def _side(first: int, last: int, cell_px: float, length: int) -> tuple[int, int]:
    """Return where cells begin and end in px; a mirrored margin counts as the last px."""
    begin = min(int(first * cell_px), length - 1)
    return begin, max(begin + 1, min(length, round((last + 1) * cell_px)))
