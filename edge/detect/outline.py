"""Trace groups of cells: the polygons along their sides."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterable, Iterator

import cv2
import numpy as np
from numpy.typing import NDArray

# Corners in px; the last is joined to the first.
Ring = tuple[tuple[int, int], ...]
# The outer ring, clockwise as seen, then those of holes, counter-clockwise.
Polygon = tuple[Ring, ...]

# Directions in which a side is followed, the cell on its right: (row, column) of a step.
_STEPS = ((0, 1), (1, 0), (0, -1), (-1, 0))


def trace_groups(
    labels: NDArray[np.int32], xs: NDArray[np.intp], ys: NDArray[np.intp]
) -> dict[int, tuple[Polygon, ...]]:
    """Trace numbered groups of cells.

    Cells that share a side share a polygon; where two polygons or rings of a group touch, they do
    so at corners only, as the Simple Features of OGC and GeoJSON ask for.

    Args:
        labels: int32 (rows, columns), 0 is the background.
        xs: (columns + 1,), where the columns begin and end, px.
        ys: (rows + 1,), where the rows begin and end, px.

    Returns:
        The polygons of each number that is there.
    """
    polygons: dict[int, list[Polygon]] = defaultdict(list)
    stride = labels.shape[1] + 1
    for sides in _list_sides(_number_parts(labels)):
        # The first is an upper side, which begins where its cell does.
        number = int(labels[divmod(next(iter(sides)) // 4, stride)])
        corners = (np.divmod(ring, stride) for ring in _follow(sides, stride))
        rings = [_ring_of(xs[columns], ys[rows]) for rows, columns in corners]
        # Only the outer ring goes round clockwise.
        rings.sort(key=twice_area_of, reverse=True)
        polygons[number].append(tuple(rings))
    return {number: tuple(found) for number, found in polygons.items()}


def fill_polygons(
    polygons: tuple[Polygon, ...], size_wh: tuple[int, int], step_px: int
) -> NDArray[np.bool_]:
    """Tell which squares of ``step_px`` have their middle in polygons of level and upright sides.

    Returns:
        bool (rows, columns), the first square at the upper left of a picture of ``size_wh`` px.
    """
    xs, ys = (
        np.asarray(step_px * (np.arange(-(-length // step_px)) + 0.5), np.float64)
        for length in size_wh
    )
    return fill_fields((ring for polygon in polygons for ring in polygon), xs, ys)


def fill_fields(
    rings: Iterable[Ring], xs: NDArray[np.float64], ys: NDArray[np.float64]
) -> NDArray[np.bool_]:
    """Tell which fields have their middle inside rings of level and upright sides.

    A field is inside if an odd number of upright sides lies left of its middle.

    Args:
        rings: of polygons, holes too.
        xs: (columns,), middles of the fields, sorted.
        ys: (rows,), as xs.

    Returns:
        bool (rows, columns).
    """
    inside = np.zeros((len(ys), len(xs)), bool)
    for ring in rings:
        corners = np.array(ring)
        columns, rows = np.searchsorted(xs, corners[:, 0]), np.searchsorted(ys, corners[:, 1])
        is_upright = corners[:, 0] == np.roll(corners[:, 0], -1)
        sides = np.stack([columns, rows, np.roll(rows, -1)], axis=1)[is_upright]
        for column, row, other in sides.tolist():
            inside[min(row, other) : max(row, other), column:] ^= True
    return inside


def _number_parts(labels: NDArray[np.int32]) -> NDArray[np.int32]:
    """Number what hangs together by sides, within each group."""
    rows, columns = labels.shape
    # Cells at even places; between them a bridge where both are of one group.
    fine = np.zeros((2 * rows - 1, 2 * columns - 1), np.uint8)
    fine[::2, ::2] = labels > 0
    fine[1::2, ::2] = (labels[1:] == labels[:-1]) & (labels[1:] > 0)
    fine[::2, 1::2] = (labels[:, 1:] == labels[:, :-1]) & (labels[:, 1:] > 0)
    _, parts = cv2.connectedComponents(fine, connectivity=4)
    return np.asarray(parts[::2, ::2], np.int32)


def _list_sides(parts: NDArray[np.int32]) -> Iterator[dict[int, None]]:
    """Yield the sides of each part: where each begins and its direction, as one number.

    The number is ``4 * (row * (columns + 1) + column) + direction``. One part at a time, for a
    gigapixel has hundreds of thousands of sides.
    """
    rows, columns = parts.shape
    padded = np.pad(parts, 1)
    found = []
    # Of each cell the upper, right, lower and left side: its neighbour there, where it begins.
    for way, ((down, right), (below, after)) in enumerate(
        zip(((-1, 0), (0, 1), (1, 0), (0, -1)), ((0, 0), (0, 1), (1, 1), (1, 0)), strict=True)
    ):
        beside = padded[1 + down : 1 + down + rows, 1 + right : 1 + right + columns]
        at = np.nonzero((parts > 0) & (beside != parts))
        found.append((((at[0] + below) * (columns + 1) + at[1] + after) * 4 + way, parts[at]))
    keys, owners = (np.concatenate(values) for values in zip(*found, strict=True))
    order = np.argsort(owners, kind="stable")
    keys, owners = keys[order], owners[order]
    begins = np.flatnonzero(np.diff(owners, prepend=0))
    for begin, end in itertools.pairwise([*begins.tolist(), len(keys)]):
        yield dict.fromkeys(keys[begin:end].tolist())


def _follow(sides: dict[int, None], stride: int) -> Iterator[list[int]]:
    """Follow the sides of one part, which are used up; yields the corners of each ring."""
    steps = [(down * stride + right) * 4 for down, right in _STEPS]
    while sides:
        key = first = next(iter(sides))
        corners = []
        while key in sides:
            del sides[key]
            way = key % 4
            corner = key - way + steps[way]
            # Left first: where four cells meet, it stays beside the same gap and crosses over to
            # the other cell, so that rings touch there instead of one touching itself.
            for turn in (3, 0, 1):
                key = corner + (way + turn) % 4
                if key == first or key in sides:
                    break
            if key % 4 != way:
                corners.append(corner // 4)
        yield corners


def _ring_of(xs: NDArray[np.intp], ys: NDArray[np.intp]) -> Ring:
    return tuple(zip(xs.tolist(), ys.tolist(), strict=True))


def twice_area_of(ring: Ring) -> int:
    """Return twice the area, positive if clockwise as seen."""
    following = ring[1:] + ring[:1]
    return sum(x * v - u * y for (x, y), (u, v) in zip(ring, following, strict=True))
