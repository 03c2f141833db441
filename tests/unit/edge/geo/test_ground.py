"""Px fall on level ground where a pinhole camera's rays hit it."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from edge.geo.ground import Ground, aim_camera

_SIZE_WH = (2000, 1000)
_FOCAL_PX = 2000.0


def _look(
    yaw: float, pitch: float, roll: float = 0.0, *, orientation: int = 1, height_m: float = 30.0
) -> Ground:
    axes = aim_camera(yaw, pitch, roll, orientation=orientation)
    return Ground(_SIZE_WH, _FOCAL_PX, axes, height_m)


def test_straight_down_the_upper_side_points_where_the_camera_looks() -> None:
    # 30 m above ground with 2,000 px of focal length a px is 15 mm.
    ground = _look(0, -90)
    assert ground.find_offset(1000, 500) == pytest.approx((0, 0), abs=1e-9)
    assert ground.find_offset(1000, 0) == pytest.approx((7.5, 0))
    assert ground.find_offset(2000, 500) == pytest.approx((0, 15), abs=1e-9)
    east = _look(90, -90)
    assert east.find_offset(1000, 0) == pytest.approx((0, 7.5), abs=1e-9)
    assert east.find_offset(2000, 500) == pytest.approx((-15, 0), abs=1e-9)


def test_an_oblique_shot_worked_out_by_hand() -> None:
    # 30 m above ground, looking east and 60 degrees down; half the height of the photo is
    # atan(500 / 2000) = 14.036 degrees.
    ground = _look(90, -60)
    # The middle: 30 / tan(60) = 17.3205 m to the east.
    assert ground.find_offset(1000, 500) == pytest.approx((0, 17.3205), abs=1e-4)
    # Middle of the upper side: 45.964 degrees down, 30 / tan(45.964) = 29.008 m.
    assert ground.find_offset(1000, 0) == pytest.approx((0, 29.008), abs=1e-3)
    # Middle of the lower side: 74.036 degrees down, 30 / tan(74.036) = 8.582 m.
    assert ground.find_offset(1000, 1000) == pytest.approx((0, 8.582), abs=1e-3)
    # Upper right corner: per px of focal length its ray goes down sin(60) * 2000 - cos(60) * 500 =
    # 1482.05, ahead cos(60) * 2000 + sin(60) * 500 = 1433.01 and to the right (south) 1000; it is
    # 30 / 1482.05 = 0.0202422 m for each: 29.0073 m east, 20.2422 m south.
    assert ground.find_offset(2000, 0) == pytest.approx((-20.2422, 29.0073), abs=1e-3)
    # It looks asin(1482.05 / sqrt(1000² + 500² + 2000²)) = 40.30 degrees down.
    assert ground.depression_deg == pytest.approx(40.30, abs=0.01)
    # In the middle a px is 30 / sin(60) / 2000 = 17.3205 mm across and 17.3205 / sin(60) = 20 mm
    # along: sqrt(17.3205 * 20) = 18.612 mm.
    assert ground.measure_mm(1000, 500) == pytest.approx(18.612, abs=1e-3)


def test_a_camera_turned_clockwise_sees_the_ground_turned_counter_clockwise() -> None:
    # Ahead is north; its right side hangs down, so the photo's right side sees ground closer by.
    ground = _look(0, -60, 10)
    assert ground.find_offset(2000, 500)[0] < ground.find_offset(0, 500)[0]


def test_half_a_turn_about_the_axis_straight_down_is_half_a_turn_of_the_yaw() -> None:
    # What a gimbal writes that went past straight down.
    turned, plain = _look(40, -90, 180), _look(220, -90, 0)
    for x, y in ((0, 0), (1700, 300)):
        assert turned.find_offset(x, y) == pytest.approx(plain.find_offset(x, y), abs=1e-9)


def test_a_gimbal_behind_straight_down_looks_back() -> None:
    back, plain = _look(0, -110), _look(180, -70, 180)
    assert back.find_offset(100, 900) == pytest.approx(plain.find_offset(100, 900), abs=1e-9)
    assert back.find_offset(1000, 500)[0] < 0


@pytest.mark.parametrize("orientation", range(1, 9))
def test_px_of_the_upright_photo_fall_where_those_of_the_stored_one_do(orientation: int) -> None:
    stored = np.zeros((1000, 2000), np.uint8)
    stored[100:110, 1700:1710] = 1
    upright = {
        1: lambda: stored,
        2: lambda: stored[:, ::-1],
        3: lambda: stored[::-1, ::-1],
        4: lambda: stored[::-1],
        5: lambda: stored.T,
        6: lambda: np.rot90(stored, -1),
        7: lambda: stored[::-1, ::-1].T,
        8: lambda: np.rot90(stored),
    }[orientation]()
    y, x = (float(places.mean()) + 0.5 for places in np.nonzero(upright))
    size_wh = upright.shape[1], upright.shape[0]
    axes = aim_camera(75, -60, 5, orientation=orientation)
    ground = Ground(size_wh, _FOCAL_PX, axes, 30)
    assert ground.find_offset(x, y) == pytest.approx(_look(75, -60, 5).find_offset(1705, 105))


_ANGLES = {
    "yaw": st.floats(0, 360),
    "pitch": st.floats(-90, -50),
    "roll": st.floats(-20, 20),
    "x": st.floats(0, 2000),
    "y": st.floats(0, 1000),
}


@given(**_ANGLES)
def test_the_size_of_a_px_is_the_root_of_the_area_between_its_neighbours(
    yaw: float, pitch: float, roll: float, x: float, y: float
) -> None:
    ground = _look(yaw, pitch, roll)
    assume(ground.depression_deg > 15)
    square = [ground.find_offset(x + i, y + j) for i, j in ((0, 0), (1, 0), (1, 1), (0, 1))]
    area_m2 = abs(
        sum(a[0] * b[1] - a[1] * b[0] for a, b in zip(square, square[1:] + square[:1], strict=True))
        / 2
    )
    assert ground.measure_mm(x + 0.5, y + 0.5) == pytest.approx(1000 * math.sqrt(area_m2), rel=1e-3)


@given(**_ANGLES)
def test_no_px_looks_flatter_than_the_flattest_corner(
    yaw: float, pitch: float, roll: float, x: float, y: float
) -> None:
    ground = _look(yaw, pitch, roll)
    north, east, down = ground.axes @ (x - 1000, y - 500, _FOCAL_PX)
    depression = math.degrees(math.atan2(down, math.hypot(north, east)))
    assert depression >= ground.depression_deg - 1e-6


@given(**_ANGLES)
def test_ground_twice_as_far_below_is_twice_as_far_away(
    yaw: float, pitch: float, roll: float, x: float, y: float
) -> None:
    near, far = (_look(yaw, pitch, roll, height_m=height_m) for height_m in (10, 20))
    assume(near.depression_deg > 5)
    assert far.find_offset(x, y) == pytest.approx(
        tuple(2 * metres for metres in near.find_offset(x, y)), abs=1e-9
    )
    assert far.measure_mm(x, y) == pytest.approx(2 * near.measure_mm(x, y))


def test_all_axes_are_at_right_angles() -> None:
    axes = aim_camera(33, -71, 12, orientation=6)
    assert np.allclose(axes.T @ axes, np.eye(3))
    assert np.linalg.det(axes) == pytest.approx(1)
