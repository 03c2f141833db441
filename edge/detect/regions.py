"""Regions: where on the photo a crack is, how long it is and which way it runs."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from edge.detect.outline import Polygon, trace_groups
from edge.detect.skeleton import measure_lines, prune, thin


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


def move_region(region: Region, dx: int, dy: int) -> Region:
    """Return a region of a part of a photo in px of the photo, or the other way."""
    left, top, right, bottom = region.xyxy
    outline = tuple(
        tuple(tuple((x + dx, y + dy) for x, y in ring) for ring in polygon)
        for polygon in region.outline
    )
    box = left + dx, top + dy, right + dx, bottom + dy
    return replace(region, xyxy=box, outline=outline)


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
    ys, xs = (
        _find_sides(count, cell_px, length)
        for count, length in zip(labels.shape, reversed(size_wh), strict=True)
    )
    labels, scores = _fold_margin(labels, scores, len(ys) - 1, len(xs) - 1)
    # Numbered from 1 without gaps, 0 being the background.
    is_there = np.bincount(labels.ravel()) > 0
    is_there[0] = False
    dense = np.where(is_there, is_there.cumsum(), 0).astype(np.int32)[labels]
    count = int(np.count_nonzero(is_there)) + 1
    peaks = np.zeros(count, np.float32)
    np.maximum.at(peaks, dense, scores)
    cells = np.outer(np.diff(ys), np.diff(xs)).astype(float)
    areas = np.bincount(dense.ravel(), weights=cells.ravel(), minlength=count)
    lines = measure_lines(prune(thin(dense)), count)
    outlines = trace_groups(dense, xs, ys)
    regions = [
        Region(
            score=float(peaks[number]),
            xyxy=_box_of(outlines[number]),
            area_px=int(areas[number]),
            length_px=round(float(lines.lengths[number]) * cell_px, 1),
            orientation_deg=_round(float(lines.orientations_deg[number])),
            outline=outlines[number],
        )
        for number in range(1, count)
    ]
    return sorted(regions, key=lambda region: (-region.score, region.xyxy))


def _find_sides(count: int, cell_px: float, length: int) -> NDArray[np.intp]:
    """Return where cells begin and the last one ends, px, as far as they lie in the photo."""
    begins = np.rint(np.arange(count) * cell_px).astype(np.intp)
    inside = begins[: max(1, int(np.searchsorted(begins, length)))]
    return np.append(inside, min(length, round(len(inside) * cell_px)))


def _fold_margin(
    labels: NDArray[np.int32], scores: NDArray[np.float32], rows: int, columns: int
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Bring what lies in the mirrored margin, a copy, to the last cells of the photo."""
    for _ in range(2):
        inside, beyond = labels[:rows].copy(), labels[rows:]
        if beyond.size:
            first = beyond[np.argmax(beyond > 0, axis=0), np.arange(labels.shape[1])]
            inside[-1] = np.where(inside[-1] > 0, inside[-1], first)
            scores = np.vstack([scores[: rows - 1], scores[rows - 1 :].max(axis=0, keepdims=True)])
        labels, scores = inside.T, scores.T
        rows, columns = columns, rows
    return labels, scores


def _box_of(outline: tuple[Polygon, ...]) -> tuple[int, int, int, int]:
    xs, ys = zip(*(corner for polygon in outline for corner in polygon[0]), strict=True)
    return min(xs), min(ys), max(xs), max(ys)


def _round(angle: float) -> float | None:
    return None if math.isnan(angle) else round(angle, 1) % 180
