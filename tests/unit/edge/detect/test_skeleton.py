"""Skeletons: one cell wide, of one piece, and as long as the crack that made the cells."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from edge.detect.skeleton import measure_lines, prune, thin

_MASKS = arrays(np.bool_, st.tuples(st.integers(1, 14), st.integers(1, 14)))


def _length(labels: np.ndarray) -> float:
    return float(measure_lines(thin(labels), int(labels.max()) + 1).lengths[1])


def _draw(*points: tuple[int, int], width: int, size: int = 60) -> np.ndarray:
    """Draw a line through points (x, y), int32 (size, size)."""
    picture = np.zeros((size, size), np.uint8)
    cv2.polylines(picture, [np.array(points)], isClosed=False, color=1, thickness=width)
    return picture.astype(np.int32)


@given(_MASKS)
def test_every_group_keeps_its_skeleton_in_one_piece(mask: np.ndarray) -> None:
    count, labels = cv2.connectedComponents(mask.astype(np.uint8), connectivity=8)
    skeleton = thin(np.asarray(labels, np.int32))
    assert np.all((skeleton == 0) | (skeleton == labels))
    left, _ = cv2.connectedComponents((skeleton > 0).astype(np.uint8), connectivity=8)
    assert left == count
    assert {*np.unique(skeleton), 0} == {*np.unique(labels), 0}


@given(_MASKS)
def test_a_skeleton_has_no_block_that_could_still_be_thinner(mask: np.ndarray) -> None:
    _, labels = cv2.connectedComponents(mask.astype(np.uint8), connectivity=8)
    skeleton = thin(np.asarray(labels, np.int32))
    assert np.array_equal(thin(skeleton), skeleton)


def test_groups_that_touch_are_thinned_apart() -> None:
    left = np.zeros((5, 10), np.int32)
    left[:, :5] = 1
    both = left.copy()
    both[:, 5:] = 2
    assert np.array_equal(thin(both) == 1, thin(left) == 1)
    assert np.array_equal((thin(both) == 2)[:, 5:], (thin(both) == 1)[:, :5])


@pytest.mark.parametrize("width", [1, 3, 5])
@pytest.mark.parametrize(
    ("points", "length"),
    [
        (((10, 30), (50, 30)), 40),
        (((10, 10), (10, 50)), 40),
        (((10, 10), (40, 40)), 42.4),
        (((10, 10), (50, 10), (50, 50)), 80),
    ],
)
def test_a_line_is_as_long_as_it_was_drawn_whatever_its_width(
    points: tuple[tuple[int, int], ...], length: float, width: int
) -> None:
    assert _length(_draw(*points, width=width)) == pytest.approx(length, rel=0.08)


def test_ragged_sides_hardly_make_a_line_longer() -> None:
    labels = _draw((10, 60), (110, 60), width=5, size=120)
    for column in range(24, 92, 6):
        labels[55:58, column] = labels[63:66, column + 3] = 1
    plain = measure_lines(thin(labels), 2).lengths[1]
    pruned = measure_lines(prune(thin(labels)), 2).lengths[1]
    assert plain > 180
    assert pruned == pytest.approx(100, rel=0.15)


@given(_MASKS)
def test_pruning_keeps_every_group_and_tears_none(mask: np.ndarray) -> None:
    count, labels = cv2.connectedComponents(mask.astype(np.uint8), connectivity=8)
    skeleton = thin(np.asarray(labels, np.int32))
    pruned = prune(skeleton)
    assert np.all((pruned == 0) | (pruned == skeleton))
    left, _ = cv2.connectedComponents((pruned > 0).astype(np.uint8), connectivity=8)
    assert left == count


def test_a_long_line_keeps_its_ends() -> None:
    line = thin(_draw((10, 10), (50, 40), width=1))
    assert np.array_equal(prune(line), line)


def test_branches_count() -> None:
    cross = _draw((10, 30), (50, 30), width=1) | _draw((30, 10), (30, 50), width=1)
    assert _length(cross) == pytest.approx(80, abs=3)


def test_a_corner_is_not_counted_twice() -> None:
    corner = np.array([[1, 0], [1, 1]], np.int32)
    assert measure_lines(corner, 2).lengths[1] == 3


def test_a_lone_cell_is_one_cell_long() -> None:
    assert _length(np.array([[1]], np.int32)) == 1


def test_a_ring_has_no_ends() -> None:
    ring = np.ones((3, 3), np.int32)
    ring[1, 1] = 0
    assert _length(ring) == pytest.approx(4 * 2**0.5)


@pytest.mark.parametrize("angle", [0, 20, 45, 77, 90, 120, 160])
def test_the_orientation_of_a_line_is_the_one_it_was_drawn_with(angle: float) -> None:
    way = np.array([np.cos(np.radians(angle)), -np.sin(np.radians(angle))]) * 25
    begin, end = (np.rint(side * way) + 30 for side in (-1, 1))
    labels = _draw(tuple(begin.astype(int)), tuple(end.astype(int)), width=3)
    found = measure_lines(thin(labels), 2).orientations_deg[1]
    assert abs((found - angle + 90) % 180 - 90) < 4


def test_what_is_as_long_as_wide_has_no_orientation() -> None:
    cross = _draw((10, 30), (50, 30), width=3) | _draw((30, 10), (30, 50), width=3)
    assert np.isnan(measure_lines(thin(cross), 2).orientations_deg[1])
