"""Photos and findings on one plane: distances right, and nothing that breaks it."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.geo.location import LonLat
from edge.report.page.site_map import SiteMap, Spot, count_unplaced, lay_out
from tests.unit.photo_findings import make_photo, make_place, make_region

# A degree of the equator, and of the meridian and the parallel at 60 degrees, on WGS 84.
EQUATOR_M, MERIDIAN_M, PARALLEL_M = 111_319.4908, 111_412.2735, 55_800.0


def lay_out_at(*positions: LonLat) -> SiteMap:
    site = lay_out([make_photo(place=make_place("camera", position=one)) for one in positions])
    assert site is not None
    return site


def spots_of(site: SiteMap) -> list[Spot]:
    spots = [spot for spot in site.photos if spot is not None]
    assert len(spots) == len(site.photos)
    return spots


def test_without_a_position_there_is_no_map() -> None:
    assert lay_out([]) is None
    assert lay_out([make_photo(kind="unknown")]) is None


def test_one_photo_lies_in_the_middle() -> None:
    site = lay_out_at((8.25, 47.5))
    assert site.middle == pytest.approx((8.25, 47.5))
    assert spots_of(site) == [pytest.approx((0, 0))]


def test_two_photos_of_one_place_lie_on_one_another() -> None:
    first, second = spots_of(lay_out_at((8.25, 47.5), (8.25, 47.5)))
    assert first == second == pytest.approx((0, 0))


def test_north_is_up_and_east_is_right_in_metres() -> None:
    south, north, east = spots_of(lay_out_at((8.0, 60.0), (8.0, 60.001), (8.001, 60.0)))
    assert south[1] - north[1] == pytest.approx(0.001 * MERIDIAN_M, rel=1e-6)
    assert east[0] - south[0] == pytest.approx(0.001 * PARALLEL_M, rel=1e-4)
    assert (south[0], east[1]) == pytest.approx((north[0], south[1]))


def test_photos_on_both_sides_of_the_antimeridian_lie_side_by_side() -> None:
    west, east = spots_of(lay_out_at((179.9995, 0.0), (-179.9995, 0.0)))
    assert east[0] - west[0] == pytest.approx(0.001 * EQUATOR_M)


@given(
    st.lists(
        st.tuples(st.floats(-180, 180), st.floats(-90, 90)),
        min_size=1,
        max_size=8,
    )
)
def test_any_places_on_earth_can_be_laid_out(positions: list[LonLat]) -> None:
    spots = spots_of(lay_out_at(*positions))
    around = 180 * EQUATOR_M
    assert all(abs(x) <= 1.001 * around and abs(y) <= 1.01 * around for x, y in spots)


@pytest.mark.parametrize("position", [(math.nan, 47.0), (8.0, 91.0), (8.0, math.inf), (1e9, 0.0)])
def test_a_place_that_is_none_is_left_out(position: LonLat) -> None:
    good = make_photo("good.jpg", kind="camera")
    forged = make_photo("forged.jpg", place=make_place("camera", position=position))
    site = lay_out([good, forged])
    assert site is not None
    assert site.photos[0] == pytest.approx((0, 0))
    assert site.photos[1] is None
    assert lay_out([forged]) is None


def test_a_footprint_with_a_corner_nowhere_is_left_out() -> None:
    place = make_place("ground")
    assert place.footprint is not None
    forged = replace(place, footprint=(*place.footprint[:3], (math.nan, 0.0)))
    site = lay_out([make_photo(place=forged)])
    assert site is not None
    assert site.footprints == (None,)


def test_findings_lie_inside_the_footprint_of_their_photo() -> None:
    photo = make_photo(findings=[make_region(xyxy=(0, 0, 32, 32)), make_region()])
    site = lay_out([photo])
    assert site is not None
    footprint = site.footprints[0]
    assert footprint is not None
    (left, top), _, (right, bottom), _ = footprint
    for spot in site.findings[0]:
        assert spot is not None
        assert left < spot[0] < right
        assert top < spot[1] < bottom
    assert site.findings[0][0] == pytest.approx((left, top), abs=0.1)


def test_findings_that_are_not_projected_have_no_spot() -> None:
    site = lay_out([make_photo(kind="camera", findings=[make_region()])])
    assert site is not None
    assert site.findings == ((None,),)


@pytest.mark.parametrize(
    ("kind", "pitch_deg", "expected"),
    [
        ("camera", 5.0, 123.4),
        ("camera", None, 123.4),
        ("ground", -50.0, 123.4),
        ("ground", -90.0, None),
        ("map", None, None),
    ],
)
def test_only_a_camera_that_does_not_look_down_has_a_direction(
    kind: str, pitch_deg: float | None, expected: float | None
) -> None:
    place = replace(
        make_place("camera"),
        kind=kind,  # type: ignore[arg-type]
        pitch_deg=pitch_deg,
        direction_deg=123.4,
    )
    site = lay_out([make_photo(place=place)])
    assert site is not None
    assert site.directions == (expected,)


def test_columns_are_plain_numbers_in_the_order_of_photos_and_findings() -> None:
    photos = [
        make_photo("a.jpg", findings=[make_region(), make_region(0.4)]),
        make_photo("b.jpg", kind="unknown", findings=[make_region()]),
    ]
    site = lay_out(photos)
    assert site is not None
    columns = site.columns()
    assert [len(columns[key]) for key in ("photos", "directions", "footprints", "findings")] == [
        *(2, 2, 2, 3)
    ]
    assert columns["photos"][1] is columns["footprints"][1] is columns["findings"][2] is None
    assert len(columns["footprints"][0]) == 8
    assert all(isinstance(value, float) for value in columns["footprints"][0])


def test_photos_off_the_map_are_counted_by_the_reason() -> None:
    photos = [
        make_photo("a.jpg"),
        *(make_photo(name, kind="unknown") for name in ("b.jpg", "c.jpg")),
        make_photo("d.jpg", place=make_place("unknown", note="GPS of 0/0")),
    ]
    assert count_unplaced(photos) == [("no GPS position in the photo", 2), ("GPS of 0/0", 1)]
