"""Thin groups of cells to lines one cell wide, and measure them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

# (row, column) of the neighbours, clockwise from the one above: Guo and Hall's p2 to p9.
_NEIGHBOURS = ((-1, 0), (-1, 1), (0, 1), (1, 1), (1, 0), (1, -1), (0, -1), (-1, -1))
# About a window: no crack is told from another within so few cells.
_SPUR_CELLS = 8
# Below it an area is about as long as wide: the difference of its axes to their sum.
_LEAST_ELONGATION = 0.2


@dataclass(frozen=True)
class Lines:
    """The skeletons of numbered groups, by number; index 0 is the background.

    Attributes:
        lengths: float64 (count,), in cells, branches included; a lone cell has a length of one.
        orientations_deg: float64 (count,), 0 to 180, counter-clockwise from level; NaN for what is
            about as long as wide.
    """

    lengths: NDArray[np.float64]
    orientations_deg: NDArray[np.float64]


def thin(labels: NDArray[np.int32]) -> NDArray[np.int32]:
    """Thin numbered groups of cells to their skeletons; each group by itself, also where two touch.

    Z. Guo and R. W. Hall, "Parallel thinning with two-subiteration algorithms", Communications of
    the ACM 32 (1989), algorithm A1.

    Args:
        labels: int32 (rows, columns), 0 is the background.

    Returns:
        int32 (rows, columns), the numbers where a skeleton is.
    """
    padded = np.pad(labels, 1)
    inner = padded[1:-1, 1:-1]
    tables = _deletion_tables()
    has_changed = bool(inner.any())
    while has_changed:
        has_changed = False
        for table in tables:
            code = np.zeros(inner.shape, np.uint8)
            for bit, (down, right) in enumerate(_NEIGHBOURS):
                code |= (_shifted(padded, down, right) == inner).astype(np.uint8) << np.uint8(bit)
            goes = table[code] & (inner > 0)
            if goes.any():
                inner[goes] = 0
                has_changed = True
    return np.array(inner, np.int32)


def prune(skeleton: NDArray[np.int32]) -> NDArray[np.int32]:
    """Remove short branches, which come from ragged sides; the ends of long ones stay.

    Args:
        skeleton: int32 (rows, columns), from ``thin``.
    """
    rows, columns = np.nonzero(skeleton)
    numbers = skeleton[rows, columns]
    links = _find_links(skeleton)
    # The last stands for the neighbours that are not there.
    is_left = np.append(np.ones(len(rows), bool), False)
    for _ in range(_SPUR_CELLS):
        is_left[:-1] &= is_left[links].sum(axis=1) > 1
    for _ in range(_SPUR_CELLS):
        is_tip = is_left & np.append(is_left[links].sum(axis=1) <= 1, False)
        is_left[:-1] |= is_tip[links].any(axis=1)
    # What is short all over is not a branch of anything.
    is_left[:-1] |= np.isin(numbers, numbers[is_left[:-1]], invert=True)
    pruned = np.zeros_like(skeleton)
    pruned[rows, columns] = np.where(is_left[:-1], numbers, 0)
    return pruned


def measure_lines(skeleton: NDArray[np.int32], count: int) -> Lines:
    """Measure the skeletons of numbered groups.

    A length goes from cell to cell, and half a cell further at each end. A group's own width needs
    no such addition: windows see a crack beyond its end about as far as beyond its sides, and
    thinning takes off as much at the ends as at the sides.

    Args:
        skeleton: int32 (rows, columns), from ``thin``.
        count: one more than the highest number.
    """
    numbers = skeleton[np.nonzero(skeleton)]
    is_link = _find_links(skeleton) < len(numbers)
    # Each link is met from both of its cells.
    lengths = is_link @ (np.hypot(*np.transpose(_NEIGHBOURS)) / 2)
    lengths += np.maximum(2 - is_link.sum(axis=1), 0) / 2
    return Lines(
        np.bincount(numbers, weights=lengths, minlength=count).astype(float),
        _measure_orientations(skeleton, count),
    )


def _find_links(skeleton: NDArray[np.int32]) -> NDArray[np.int32]:
    """Find the neighbours along the lines: across a corner only if no straight way leads there.

    Returns:
        (N, 8): for each cell of a skeleton, in their order, the places of its neighbours in that
        order; N where there is none.
    """
    padded = np.pad(skeleton, 1)
    rows, columns = np.nonzero(padded)
    numbers = padded[rows, columns]
    order = np.full(padded.shape, len(rows), np.int32)
    order[rows, columns] = np.arange(len(rows))
    links = np.empty((len(rows), len(_NEIGHBOURS)), np.int32)
    for way, (down, right) in enumerate(_NEIGHBOURS):
        is_linked = padded[rows + down, columns + right] == numbers
        if down and right:
            is_linked &= padded[rows + down, columns] != numbers
            is_linked &= padded[rows, columns + right] != numbers
        links[:, way] = np.where(is_linked, order[rows + down, columns + right], len(rows))
    return links


def _measure_orientations(skeleton: NDArray[np.int32], count: int) -> NDArray[np.float64]:
    """Return the direction of each group's main axis in degrees, NaN where it has none."""
    rows, columns = np.nonzero(skeleton)
    numbers = skeleton[rows, columns]
    sizes = np.maximum(np.bincount(numbers, minlength=count), 1)

    def mean_of(values: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(np.bincount(numbers, weights=values, minlength=count) / sizes)

    x = columns - mean_of(columns.astype(float))[numbers]
    y = mean_of(rows.astype(float))[numbers] - rows  # upwards
    xx, yy, xy = mean_of(x * x), mean_of(y * y), mean_of(x * y)
    elongation = np.hypot(xx - yy, 2 * xy)
    angles = np.degrees(np.arctan2(2 * xy, xx - yy)) / 2 % 180
    is_long = elongation > _LEAST_ELONGATION * (xx + yy)
    return np.where(is_long, angles, np.nan)


def _shifted(padded: NDArray[np.int32], down: int, right: int) -> NDArray[np.int32]:
    """Return, for each cell within the margin, the neighbour so far down and right."""
    rows, columns = padded.shape
    return padded[1 + down : rows - 1 + down, 1 + right : columns - 1 + right]


@lru_cache(maxsize=1)
def _deletion_tables() -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return for both halves of a step which of the 256 neighbourhoods let a cell go."""
    codes = np.arange(256)
    p2, p3, p4, p5, p6, p7, p8, p9 = ((codes >> bit & 1).astype(bool) for bit in range(8))
    pairs = ((p2, p3, p4), (p4, p5, p6), (p6, p7, p8), (p8, p9, p2))
    crossings = sum((~a & (b | c)).astype(int) for a, b, c in pairs)
    one = sum((a | b).astype(int) for a, b in ((p9, p2), (p3, p4), (p5, p6), (p7, p8)))
    other = sum((a | b).astype(int) for a, b in ((p2, p3), (p4, p5), (p6, p7), (p8, p9)))
    least = np.minimum(one, other)
    can_go = (crossings == 1) & (least >= 2) & (least <= 3)
    return can_go & ~((p6 | p7 | ~p9) & p8), can_go & ~((p2 | p3 | ~p5) & p4)
