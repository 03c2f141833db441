"""Outlines: polygons that cover exactly the cells of a group, as map programs accept them."""

from __future__ import annotations

import cv2
import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from edge.detect.outline import Polygon, Ring, fill_polygons, trace_groups

_LABELS = arrays(
    np.int32, st.tuples(st.integers(1, 9), st.integers(1, 9)), elements=st.integers(0, 2)
)


def _trace(labels: np.ndarray) -> dict[int, tuple[Polygon, ...]]:
    rows, columns = labels.shape
    return trace_groups(labels, np.arange(columns + 1), np.arange(rows + 1))


def _area(ring: Ring) -> float:
    """Return the signed area, positive if clockwise as seen."""
    pairs = zip(ring, ring[1:] + ring[:1], strict=True)
    return sum(x * y_next - x_next * y for (x, y), (x_next, y_next) in pairs) / 2


@given(_LABELS)
def test_polygons_cover_the_cells_of_their_group_and_no_others(labels: np.ndarray) -> None:
    found = _trace(labels)
    assert set(found) == set(np.unique(labels)) - {0}
    for number, polygons in found.items():
        assert np.array_equal(fill_polygons(polygons, labels.shape[::-1], 1), labels == number)
        areas = sum(_area(ring) for polygon in polygons for ring in polygon)
        assert areas == np.count_nonzero(labels == number)


@given(_LABELS)
def test_no_ring_touches_itself(labels: np.ndarray) -> None:
    for polygons in _trace(labels).values():
        for ring in (ring for polygon in polygons for ring in polygon):
            assert len(set(ring)) == len(ring) >= 4
            passed = [
                (x + step * np.sign(x_next - x), y + step * np.sign(y_next - y))
                for (x, y), (x_next, y_next) in zip(ring, ring[1:] + ring[:1], strict=True)
                for step in range(abs(x_next - x) + abs(y_next - y))
            ]
            assert len(set(passed)) == len(passed)


@given(_LABELS)
def test_outer_rings_are_clockwise_as_seen_and_holes_are_not(labels: np.ndarray) -> None:
    for polygons in _trace(labels).values():
        for outer, *holes in polygons:
            assert _area(outer) > 0
            assert all(_area(hole) < 0 for hole in holes)


@given(_LABELS)
def test_rings_turn_at_every_corner(labels: np.ndarray) -> None:
    for polygons in _trace(labels).values():
        for ring in (ring for polygon in polygons for ring in polygon):
            for a, b, c in zip(ring, ring[1:] + ring[:1], ring[2:] + ring[:2], strict=True):
                assert (a[0] == b[0]) != (b[0] == c[0])


def test_parts_that_touch_at_a_corner_are_polygons_of_their_own() -> None:
    assert len(_trace(np.array([[1, 0], [0, 1]], np.int32))[1]) == 2


def test_a_hole_that_touches_the_outer_ring_at_a_corner_stays_a_hole() -> None:
    labels = np.array([[1, 1, 1], [1, 0, 1], [1, 1, 0]], np.int32)
    ((outer, hole),) = _trace(labels)[1]
    assert _area(hole) == -1
    assert _area(outer) == 8
    assert set(outer) & set(hole) == {(2, 2)}


def test_corners_come_in_px() -> None:
    xs, ys = np.array([0, 11, 20]), np.array([5, 9])
    ((ring,),) = trace_groups(np.array([[0, 3]], np.int32), xs, ys)[3]
    assert set(ring) == {(11, 5), (20, 5), (20, 9), (11, 9)}


def test_squares_are_filled_whose_middle_lies_inside() -> None:
    ring = ((8, 4), (30, 4), (30, 20), (8, 20))
    filled = fill_polygons(((ring,),), (33, 24), 8)
    assert filled.shape == (3, 5)
    expected = [[0, 1], [0, 2], [0, 3], [1, 1], [1, 2], [1, 3]]
    assert np.argwhere(filled).tolist() == expected


def test_a_large_group_is_traced_as_opencv_sees_it() -> None:
    picture = np.zeros((80, 120), np.uint8)
    cv2.circle(picture, (50, 40), 30, 1, thickness=9)
    ((outer, hole),) = _trace(picture.astype(np.int32))[1]
    contours, _ = cv2.findContours(picture, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    assert len(contours) == 2
    left, top, width, height = cv2.boundingRect(max(contours, key=len))
    assert (min(x for x, _ in outer), min(y for _, y in outer)) == (left, top)
    assert (max(x for x, _ in outer), max(y for _, y in outer)) == (left + width, top + height)
    assert _area(outer) + _area(hole) == np.count_nonzero(picture)
