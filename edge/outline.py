"""Trace groups of cells: the polygons along their sides."""

from __future__ import annotations

from collections import defaultdict

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
    parts = _number_parts(labels)
    outers: dict[int, Ring] = {}
    holes: dict[int, list[Ring]] = defaultdict(list)
    for part, corners in _trace(parts):
        if _area_of(corners) > 0:
            outers[part] = corners
        else:
            holes[part].append(corners)
    firsts, places = np.unique(parts, return_index=True)
    polygons: dict[int, list[Polygon]] = defaultdict(list)
    for part, place in zip(firsts.tolist(), places.tolist(), strict=True):
        if part:
            rings = (outers[part], *holes[part])
            polygon = tuple(tuple((int(xs[c]), int(ys[r])) for r, c in ring) for ring in rings)
            polygons[int(labels.flat[place])].append(polygon)
    return {number: tuple(found) for number, found in polygons.items()}


def fill_polygons(
    polygons: tuple[Polygon, ...], size_wh: tuple[int, int], step_px: int
) -> NDArray[np.bool_]:
    """Tell which squares of ``step_px`` have their middle in polygons of level and upright sides.

    Returns:
        bool (rows, columns), the first square at the upper left of a picture of ``size_wh`` px.
    """
    columns, rows = (-(-length // step_px) for length in size_wh)
    inside = np.zeros((rows, columns), bool)
    for ring in (ring for polygon in polygons for ring in polygon):
        for (x, y), (x_next, y_next) in zip(ring, ring[1:] + ring[:1], strict=True):
            if x == x_next:  # what lies to the right of it is inside once more, or once less
                top, bottom, left = (
                    int(np.ceil(side / step_px - 0.5))
                    for side in (min(y, y_next), max(y, y_next), x)
                )
                inside[top:bottom, left:] ^= True
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


def _trace(parts: NDArray[np.int32]) -> list[tuple[int, Ring]]:
    """Follow all sides; returns the part and the corners (row, column) of each ring."""
    sides = _list_sides(parts)
    found: list[tuple[int, Ring]] = []
    while sides:
        first = next(iter(sides))
        part, row, column, way = first
        corners: list[tuple[int, int]] = []
        while (part, row, column, way) in sides:
            del sides[part, row, column, way]
            down, right = _STEPS[way]
            row, column = row + down, column + right
            # Left first: where four cells meet, it stays beside the same gap and crosses over to
            # the other cell, so that rings touch there instead of one touching itself.
            for turn in (-1, 0, 1):
                onward = (way + turn) % 4
                if (part, row, column, onward) in sides or (part, row, column, onward) == first:
                    break
            if onward != way:
                corners.append((row, column))
            way = onward
        found.append((part, tuple(corners)))
    return found


def _list_sides(parts: NDArray[np.int32]) -> dict[tuple[int, int, int, int], None]:
    """List the sides of parts: part, row and column where it begins, direction."""
    padded = np.pad(parts, 1)
    inner = padded[1:-1, 1:-1]
    sides: dict[tuple[int, int, int, int], None] = {}
    # Of each cell the upper, right, lower and left side: its neighbour there, where it begins.
    for way, ((down, right), (below, after)) in enumerate(
        zip(((-1, 0), (0, 1), (1, 0), (0, -1)), ((0, 0), (0, 1), (1, 1), (1, 0)), strict=True)
    ):
        rows, columns = inner.shape
        beside = padded[1 + down : 1 + down + rows, 1 + right : 1 + right + columns]
        at = np.nonzero((inner > 0) & (beside != inner))
        numbers = inner[at].tolist()
        for part, row, column in zip(
            numbers, (at[0] + below).tolist(), (at[1] + after).tolist(), strict=True
        ):
            sides[part, row, column, way] = None
    return sides


def _area_of(corners: Ring) -> int:
    """Return twice the area in cells, positive if clockwise as seen; corners are (row, column)."""
    return sum(
        x * y_next - x_next * y
        for (y, x), (y_next, x_next) in zip(corners, corners[1:] + corners[:1], strict=True)
    )
