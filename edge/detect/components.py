"""Mark the cells that make windows cracks, and number what belongs together."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.model.logits import logit

_AROUND = np.ones((3, 3), np.uint8)
# A hole of so many cells is smaller than any window, whatever its shape.
_HOLE_CELLS = 6


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


def connected_components(mask: NDArray[np.bool_]) -> NDArray[np.int32]:
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
    groups = np.asarray(found, np.int32)
    peaks = np.zeros(count, np.float32)
    np.maximum.at(peaks, groups, windows)
    peaks[0] = -1
    # Ranked from 0, the background, to the highest peak; of equal ones the first ranks higher.
    by_rank = np.lexsort((-np.arange(count), peaks)).astype(np.int32)
    ranks = np.empty(count, np.float32)
    ranks[by_rank] = np.arange(count)
    covering = highest_covering(ranks[groups], window_cells).astype(np.int32)
    return np.where(mask, by_rank[covering], np.int32(0))


def hysteresis(labels: NDArray[np.int32], seeds: NDArray[np.bool_]) -> NDArray[np.int32]:
    """Keep the numbered groups that hold a seed: hysteresis.

    Args:
        labels: int32 (rows, columns), 0 where nothing is marked.
        seeds: bool (rows, columns).
    """
    keeps = np.zeros(int(labels.max(initial=0)) + 1, bool)
    keeps[labels[seeds]] = True
    keeps[0] = False
    return np.where(keeps[labels], labels, 0)


def close_gaps(labels: NDArray[np.int32]) -> NDArray[np.int32]:
    """Fill what a group nearly surrounds: gaps of up to two cells, and small holes.

    Cells are noisy; the crack that a group follows is not. A cell between two groups goes to the
    one of the higher number.

    Args:
        labels: int32 (rows, columns), 0 where nothing is marked.
    """
    for find in (_find_gaps, _find_holes):
        # Exact: numbers are far below 2**24.
        nearest = cv2.dilate(labels.astype(np.float32), _AROUND).astype(np.int32)
        labels = np.where(find(labels > 0), nearest, labels)
    return labels


def _find_gaps(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    # With a margin, because OpenCV takes what lies beyond for marked.
    closed = cv2.morphologyEx(np.pad(mask.astype(np.uint8), 1), cv2.MORPH_CLOSE, _AROUND)
    return np.asarray((closed[1:-1, 1:-1] > 0) & ~mask)


def _find_holes(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    # What reaches the photo's side is not a hole.
    outside = np.pad(~mask, 1, constant_values=True).astype(np.uint8)
    _, parts, stats, _ = cv2.connectedComponentsWithStats(outside, connectivity=4)
    is_hole = stats[:, cv2.CC_STAT_AREA] <= _HOLE_CELLS
    is_hole[parts[0, 0]] = False
    return np.asarray(is_hole[parts[1:-1, 1:-1]] & ~mask)


def merge_layers(layers: Sequence[NDArray[np.int32]]) -> NDArray[np.int32]:
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
