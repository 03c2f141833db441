"""Metres and degrees agree with the tables of WGS 84."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.geo.wgs84 import metres_per_degree, move, wrap_longitude


@pytest.mark.parametrize(
    ("latitude", "longitude_km", "latitude_km"),
    # Lengths of one degree as printed in tables of WGS 84.
    [(0, 111.320, 110.574), (30, 96.486, 110.852), (-45, 78.847, 111.132), (75, 28.902, 111.618)],
)
def test_degrees_are_as_long_as_tables_say(
    latitude: float, longitude_km: float, latitude_km: float
) -> None:
    found_m = metres_per_degree(latitude)
    assert found_m == pytest.approx((1000 * longitude_km, 1000 * latitude_km), abs=1)


@given(st.floats(-180, 180), st.floats(-85, 85), st.floats(-500, 500), st.floats(-500, 500))
def test_a_place_lies_as_far_away_as_it_was_moved(
    longitude: float, latitude: float, east_m: float, north_m: float
) -> None:
    there = move((longitude, latitude), east_m=east_m, north_m=north_m)
    across_m, along_m = metres_per_degree(latitude)
    degrees = (there[0] - longitude + 180) % 360 - 180
    assert degrees * across_m == pytest.approx(east_m, abs=1e-3)
    assert (there[1] - latitude) * along_m == pytest.approx(north_m, abs=1e-3)
    assert -180 <= there[0] <= 180


@pytest.mark.parametrize(
    ("longitude", "wrapped"),
    [(180, 180), (-180, -180), (180.5, -179.5), (-180.5, 179.5), (540, -180)],
)
def test_longitudes_go_on_behind_the_180th_meridian(longitude: float, wrapped: float) -> None:
    assert wrap_longitude(longitude) == wrapped
