"""Polygons that cross the 180th meridian."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from edge.detect.outline import trace_groups
from edge.geo.antimeridian import area_of, cut_at_antimeridian, turn
from edge.geo.location import LonLat

MASKS = arrays(
    np.int32, st.tuples(st.integers(1, 6), st.integers(1, 8)), elements=st.integers(0, 1)
)


def wrap(lon: float) -> float:
    return (lon + 180) % 360 - 180


def covers(rings: Sequence[Sequence[LonLat]], lon: float, lat: float) -> bool:
    """Tell by the even-odd rule whether a place lies inside."""
    crossings = 0
    for ring in rings:
        for (x, y), (u, v) in zip(ring, [*ring[1:], ring[0]], strict=True):
            if (y > lat) != (v > lat):
                crossings += lon < x + (lat - y) / (v - y) * (u - x)
    return crossings % 2 == 1


def area(rings: Sequence[Sequence[LonLat]]) -> float:
    outer, *holes = (abs(area_of(ring)) for ring in rings)
    return outer - sum(holes)


def test_a_polygon_elsewhere_stays_as_it_is() -> None:
    ring = [(8.0, 47.0), (9.0, 47.0), (9.0, 48.0)]
    assert cut_at_antimeridian([ring]) == [[ring]]


def test_a_polygon_that_ends_on_the_line_is_not_cut() -> None:
    assert cut_at_antimeridian([[(179.0, 0.0), (-180.0, 0.0), (-180.0, 1.0)]]) == [
        [[(179.0, 0.0), (180.0, 0.0), (180.0, 1.0)]]
    ]
    assert cut_at_antimeridian([[(180.0, 0.0), (-179.0, 0.0), (180.0, 1.0)]]) == [
        [[(-180.0, 0.0), (-179.0, 0.0), (-180.0, 1.0)]]
    ]


def test_a_rectangle_becomes_one_on_each_side() -> None:
    ring = [(179.0, -17.0), (-178.0, -17.0), (-178.0, -16.0), (179.0, -16.0)]
    west, east = cut_at_antimeridian([ring])
    assert set(west[0]) == {(179.0, -17.0), (180.0, -17.0), (180.0, -16.0), (179.0, -16.0)}
    assert set(east[0]) == {(-180.0, -17.0), (-178.0, -17.0), (-178.0, -16.0), (-180.0, -16.0)}


def test_a_hole_on_the_line_opens_and_others_stay_in_their_part() -> None:
    outer = [(178.0, 0.0), (-178.0, 0.0), (-178.0, 4.0), (178.0, 4.0)]
    on_the_line = [(179.5, 1.0), (-179.5, 1.0), (-179.5, 2.0), (179.5, 2.0)]
    east_of_it = [(-179.0, 1.0), (-178.5, 1.0), (-178.5, 2.0)]
    west, east = cut_at_antimeridian([outer, on_the_line, east_of_it])
    assert (len(west), len(east)) == (1, 2)
    assert set(east[1]) == set(east_of_it)
    assert area(west) == 2 * 4 - 0.5


def test_a_comb_across_the_line_becomes_its_teeth_and_their_back() -> None:
    comb = [(178.0, 0.0), (-179.0, 0.0), (-179.0, 1.0), (179.0, 1.0)]
    comb += [(179.0, 2.0), (-179.0, 2.0), (-179.0, 3.0), (178.0, 3.0)]
    parts = cut_at_antimeridian([comb])
    assert sorted(area(part) for part in parts) == [1.0, 1.0, 5.0]


@given(MASKS, st.floats(-1, 9, width=16), st.floats(-0.25, 0.25, width=16), st.booleans())
def test_the_parts_cover_what_the_polygon_covers(
    mask: np.ndarray, line: float, slope: float, flip: bool
) -> None:
    """A traced polygon, slanted so that its sides meet the line at any place."""
    xs, ys = np.arange(mask.shape[1] + 1), np.arange(mask.shape[0] + 1)
    for polygon in trace_groups(mask, xs, ys).get(1, ()):
        rings = [[(x - line + slope * y, float(y)) for x, y in ring] for ring in polygon]
        rings = [turn(ring, counter_clockwise=flip) for ring in rings]
        parts = cut_at_antimeridian(
            [[(wrap(180 + lon), lat) for lon, lat in ring] for ring in rings]
        )
        corners = [lon for part in parts for ring in part for lon, _ in ring]
        assert all(-180 <= lon <= 180 for lon in corners)
        for part in parts:
            assert len({lon > 0 for ring in part for lon, _ in ring}) == 1
        assert np.isclose(sum(map(area, parts)), area(rings))
        for row, column in np.ndindex(mask.shape):
            lon, lat = column + 0.47 - line + slope * (row + 0.47), row + 0.47
            inside = covers(rings, lon, lat)
            assert sum(covers(part, wrap(180 + lon), lat) for part in parts) == inside
