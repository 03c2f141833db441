"""Regions: they lie in the photo, have the px of their cells, and none is lost."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from edge.detect.components import connected_components
from edge.detect.regions import Region, find_regions


def _regions(
    picture: str, *, cell_px: float = 32, size_wh: tuple[int, int] = (640, 640)
) -> list[tuple[int, int, int, int]]:
    rows = picture.split()
    mask = np.array([[cell == "#" for cell in row] for row in rows])
    found = find_regions(
        connected_components(mask), mask.astype(np.float32), cell_px=cell_px, size_wh=size_wh
    )
    return [region.xyxy for region in found]


@pytest.mark.parametrize(
    ("picture", "count"),
    [
        ("..... ..... .....", 0),
        ("##... ##... .....", 1),
        ("#.... .#... ..#..", 1),
        ("..#.. .#... #....", 1),
        ("##.## ..... .....", 1),
        ("#.... ..... ..#..", 1),
        ("#..## ..... .....", 2),
        ("#...# ..... .....", 2),
        ("##... ##... ..... ..... ...##", 2),
        ("#...# ..... ..... ..... #...#", 4),
    ],
)
def test_cells_that_touch_or_leave_a_gap_of_one_are_one_region(picture: str, count: int) -> None:
    assert len(_regions(picture)) == count


def test_a_region_has_the_px_of_its_cells() -> None:
    mask = np.array([[0, 0, 0, 0], [0, 1, 1, 0], [0, 0, 1, 0]], bool)
    scores = np.arange(12, dtype=np.float32).reshape(3, 4) / 12
    (region,) = find_regions(connected_components(mask), scores, cell_px=16, size_wh=(64, 48))
    assert region.xyxy == (16, 16, 48, 48)
    assert region.area_px == 3 * 16**2
    assert region.score == pytest.approx(10 / 12)


def test_a_cell_scaled_by_a_fraction_is_rounded_outwards_or_to_the_nearest() -> None:
    assert _regions("... .#. ...", cell_px=10.5) == [(10, 10, 21, 21)]


def test_what_lies_in_the_mirrored_margin_is_found_in_the_last_cells_of_the_photo() -> None:
    assert _regions("...# ....", size_wh=(100, 50)) == [(96, 0, 100, 32)]
    assert _regions(".... ...#", size_wh=(60, 20)) == [(32, 0, 60, 20)]


@given(
    arrays(np.bool_, st.tuples(st.integers(1, 9), st.integers(1, 9))),
    st.floats(1, 80),
    st.tuples(st.integers(1, 400), st.integers(1, 400)),
)
def test_every_region_lies_inside_the_photo_and_has_an_area(
    mask: np.ndarray, cell_px: float, size_wh: tuple[int, int]
) -> None:
    for region in find_regions(
        connected_components(mask), mask.astype(np.float32), cell_px=cell_px, size_wh=size_wh
    ):
        left, top, right, bottom = region.xyxy
        assert 0 <= left < right <= size_wh[0]
        assert 0 <= top < bottom <= size_wh[1]


@given(arrays(np.bool_, st.tuples(st.integers(1, 12), st.integers(1, 12))))
def test_no_marked_cell_is_lost_and_none_counted_twice(mask: np.ndarray) -> None:
    found = find_regions(
        connected_components(mask), mask.astype(np.float32), cell_px=1, size_wh=(99, 99)
    )
    assert sum(region.area_px for region in found) == mask.sum()


@given(arrays(np.float32, (6, 7), elements=st.floats(0, 1, width=32)))
def test_the_surest_region_comes_first(scores: np.ndarray) -> None:
    found = find_regions(connected_components(scores > 0.5), scores, cell_px=32, size_wh=(999, 999))
    highest = [region.score for region in found]
    assert highest == sorted(highest, reverse=True)
    assert not highest or highest[0] == scores.max()


def _find(picture: str, *, cell_px: float = 10) -> list[Region]:
    labels = np.array([[int(cell) for cell in row] for row in picture.split()], np.int32)
    return find_regions(labels, labels.astype(np.float32), cell_px=cell_px, size_wh=(999, 999))


def test_a_straight_line_is_as_long_as_its_cells() -> None:
    (region,) = _find("000000 011110 000000")
    assert region.length_px == 40
    assert region.orientation_deg == 0


@pytest.mark.parametrize(
    ("picture", "angle"),
    [
        ("1000 0100 0010 0001", 135),
        ("0001 0010 0100 1000", 45),
        ("010 010 010 010", 90),
        ("00011 01100", 26.6),
        ("111 111 111", None),
        ("1", None),
    ],
)
def test_the_orientation_is_counted_counter_clockwise_from_level(
    picture: str, angle: float | None
) -> None:
    (region,) = _find(picture)
    assert region.orientation_deg == pytest.approx(angle, abs=6)


def test_the_outline_has_the_area_of_the_region() -> None:
    (region,) = _find("11110 10010 11110 00001")
    outer, hole = region.outline[0]
    assert len(region.outline) == 2
    assert set(outer) == {(0, 0), (40, 0), (40, 30), (0, 30)}
    assert set(hole) == {(10, 10), (30, 10), (30, 20), (10, 20)}
    ((corner,),) = region.outline[1:]
    assert set(corner) == {(40, 30), (50, 30), (50, 40), (40, 40)}
    assert region.area_px == 1100


def test_regions_that_touch_are_measured_apart() -> None:
    surest, other = _find("111222 111222 111222")
    assert surest.xyxy == (30, 0, 60, 30)
    assert other.xyxy == (0, 0, 30, 30)
    assert surest.length_px == other.length_px


def test_the_middle_of_a_region_is_that_of_its_box() -> None:
    assert Region(0.5, (10, 20, 31, 40), 100).centre_xy == (20.5, 30)
