"""Px of a georeferenced picture lie where its frame says."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from edge.geo.geolocation_grid import GeolocationGrid


def make_lonlat(
    size_wh: tuple[int, int],
    *,
    origin: tuple[float, float] = (9.0, 47.0),
    step: float = 1e-6,
    turn_deg: float = 0.0,
    places: int = 5,
) -> NDArray[np.float64]:
    """Lay a picture on the map: px of ``step`` degrees, turned clockwise around its corner."""
    width, height = size_wh
    x, y = np.meshgrid(np.linspace(0, width, places), np.linspace(0, height, places))
    turn = math.radians(turn_deg)
    east = x * math.cos(turn) - y * math.sin(turn)
    south = x * math.sin(turn) + y * math.cos(turn)
    return np.stack([origin[0] + east * step, origin[1] - south * step], axis=-1)


def test_corners_and_middle_lie_where_the_frame_says() -> None:
    lattice = GeolocationGrid(make_lonlat((400, 200)), (400, 200))
    assert np.allclose(
        lattice.corners, [(9, 47), (9.0004, 47), (9.0004, 46.9998), (9, 46.9998)], atol=1e-12
    )
    assert lattice.project(200, 100) == pytest.approx((9.0002, 46.9999), abs=1e-12)


@pytest.mark.parametrize("turn_deg", [0, 30, 90, 200])
def test_a_turned_picture_is_turned_on_the_map(turn_deg: float) -> None:
    lattice = GeolocationGrid(make_lonlat((400, 200), turn_deg=turn_deg), (400, 200))
    longitude, latitude = lattice.project(100, 0)
    turn = math.radians(turn_deg)
    assert longitude == pytest.approx(9 + 1e-4 * math.cos(turn), abs=1e-12)
    assert latitude == pytest.approx(47 - 1e-4 * math.sin(turn), abs=1e-12)


@given(x=st.floats(0, 400), y=st.floats(0, 200))
def test_places_between_the_known_ones_are_bilinear(x: float, y: float) -> None:
    lonlat = make_lonlat((400, 200), places=3)
    lonlat[1, 1] += 1e-5  # a bend in the middle
    lattice = GeolocationGrid(lonlat, (400, 200))
    column, row = min(int(x / 200), 1), min(int(y / 100), 1)
    right, down = x / 200 - column, y / 100 - row
    expected = sum(
        weight * lonlat[row + below, column + beside]
        for below, beside, weight in (
            (0, 0, (1 - down) * (1 - right)),
            (0, 1, (1 - down) * right),
            (1, 0, down * (1 - right)),
            (1, 1, down * right),
        )
    )
    assert np.allclose(lattice.project(x, y), expected, atol=1e-12)


def test_px_are_as_large_as_their_degrees() -> None:
    # At 47 degrees north a degree is 76,056 m long from west to east and 111,170 m from south to
    # north; a px of a millionth of both covers 76.06 x 111.17 mm, the root of which is 91.95 mm.
    lattice = GeolocationGrid(make_lonlat((400, 200), places=2), (400, 200))
    assert lattice.measure_mm(3, 199) == pytest.approx(91.95, rel=1e-3)


def test_a_picture_across_the_180th_meridian_stays_in_one_piece() -> None:
    lonlat = make_lonlat((400, 200), origin=(179.9999, -17))
    lonlat[..., 0] = (lonlat[..., 0] + 180) % 360 - 180
    lattice = GeolocationGrid(lonlat, (400, 200))
    assert lattice.project(0, 0)[0] == pytest.approx(179.9999)
    assert lattice.project(400, 0)[0] == pytest.approx(-179.9997)
    assert lattice.project(200, 0)[0] == pytest.approx(-179.9999)
    assert lattice.measure_mm(200, 100) < 200


def test_a_px_outside_counts_as_the_nearest_inside() -> None:
    lattice = GeolocationGrid(make_lonlat((400, 200)), (400, 200))
    assert lattice.project(-5, 900) == lattice.project(0, 200)
