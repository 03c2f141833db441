"""Photos lie where a hand calculation puts them, and say so where nobody can know."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.geo.location import PhotoLocation, locate_photo
from edge.geo.positions import Position
from edge.photo.exif import read_camera_facts
from edge.photo.facts import CameraFacts, MapFrame
from tests.unit.drone_photos import DRONE_PHOTOS, needs_drone_photos

_SIZE_WH = (4000, 2250)
# A Phantom 3: 3.61 mm before 6.17 mm of sensor under 4,000 px; 3.61 / 6.17 * 4000 = 2340.36 px.
_DOWN = CameraFacts(
    latitude=46.8428,
    longitude=-91.9937,
    altitude_m=198.4,
    height_m=40.0,
    yaw_deg=0.0,
    pitch_deg=-90.0,
    roll_deg=0.0,
    focal_px=2340.3566,
    focal_from="lens",
)
_WALL = replace(_DOWN, pitch_deg=-3.2, yaw_deg=120.0)


def _find(camera: CameraFacts = _DOWN, **options: Any) -> PhotoLocation:
    return locate_photo(camera, options.pop("size_wh", _SIZE_WH), **options)


def _degrees_long(latitude: float) -> tuple[float, float]:
    """Return the metres of a degree of longitude and of latitude, by a series of their own."""
    angle = math.radians(latitude)
    across = 111412.84 * math.cos(angle) - 93.5 * math.cos(3 * angle) + 0.118 * math.cos(5 * angle)
    along = 111132.92 - 559.82 * math.cos(2 * angle) + 1.175 * math.cos(4 * angle)
    return across, along


def test_a_shot_straight_down_worked_out_by_hand() -> None:
    place = _find()
    assert (place.kind, place.position) == ("ground", (-91.9937, 46.8428))
    # 40 m by 2340.36 px: 17.0914 mm a px, the same all over.
    assert place.gsd_mm == pytest.approx(17.0914, abs=1e-4)
    assert place.measure is not None
    assert place.measure(0, 2250) == pytest.approx(17.0914, abs=1e-4)
    # 4,000 px of it are 68.366 m from west to east, 2,250 px 38.456 m from north to south. Here a
    # degree of longitude is 76,278.8 m long and one of latitude 111,167.7 m.
    across_m, along_m = _degrees_long(46.8428)
    assert (across_m, along_m) == pytest.approx((76_278.8, 111_167.7), abs=2)
    east, north = 34.183 / across_m, 19.228 / along_m
    assert place.footprint is not None
    assert np.allclose(
        place.footprint,
        [
            (-91.9937 - east, 46.8428 + north),
            (-91.9937 + east, 46.8428 + north),
            (-91.9937 + east, 46.8428 - north),
            (-91.9937 - east, 46.8428 - north),
        ],
        atol=2e-8,  # 2 mm
    )
    assert place.note == (
        "GPS position in the file; level ground assumed at the height of the take-off, "
        "40.0 m below the camera"
    )


def test_an_oblique_shot_worked_out_by_hand() -> None:
    # Looking east and 60 degrees down the middle of the photo is 40 / tan(60) = 23.094 m away.
    place = _find(replace(_DOWN, yaw_deg=90.0, pitch_deg=-60.0))
    assert place.project is not None
    longitude, latitude = place.project(2000, 1125)
    across_m, _ = _degrees_long(46.8428)
    assert longitude == pytest.approx(-91.9937 + 23.094 / across_m, abs=2e-8)
    assert latitude == pytest.approx(46.8428, abs=1e-9)
    # A px: 40 / sin(60) / 2340.36 = 19.735 mm across, 19.735 / sin(60) = 22.788 mm along, the root
    # of 19.735 * 22.788 is 21.207 mm.
    assert place.gsd_mm == pytest.approx(21.207, abs=1e-3)


@pytest.mark.parametrize("latitude", [52.5, -33.9])
@pytest.mark.parametrize("longitude", [13.4, -70.7])
def test_in_every_hemisphere_north_is_up_and_east_is_right(
    latitude: float, longitude: float
) -> None:
    place = _find(replace(_DOWN, latitude=latitude, longitude=longitude))
    assert place.project is not None
    across_m, along_m = _degrees_long(latitude)
    # 1,000 px are 17.0914 m.
    right, up = place.project(3000, 1125), place.project(2000, 125)
    assert right == pytest.approx((longitude + 17.0914 / across_m, latitude), abs=2e-8)
    assert up == pytest.approx((longitude, latitude + 17.0914 / along_m), abs=2e-8)


def test_a_photo_that_was_turned_upright_is_projected_as_it_was_taken() -> None:
    # Orientation 6: the stored picture is turned clockwise, its right side becomes the lower side
    # of the upright photo. The camera's right is east, so the lower side lies in the east.
    place = _find(replace(_DOWN, orientation=6), size_wh=(2250, 4000))
    assert place.project is not None
    longitude, latitude = place.project(1125, 3000)
    across_m, _ = _degrees_long(46.8428)
    assert longitude == pytest.approx(-91.9937 + 17.0914 / across_m, abs=2e-8)
    assert latitude == pytest.approx(46.8428, abs=1e-9)


def test_a_footprint_across_the_180th_meridian_has_longitudes_of_both_signs() -> None:
    place = _find(replace(_DOWN, longitude=180.0))
    assert place.footprint is not None
    assert [math.copysign(1, longitude) for longitude, _ in place.footprint] == [1, -1, -1, 1]


def test_a_shot_of_a_wall_has_the_camera_s_position_and_direction_and_says_so() -> None:
    place = _find(_WALL)
    assert place == PhotoLocation(
        "camera",
        "GPS position in the file; the camera faces a wall or upwards (pitch -3°): only the "
        "camera's position and direction are known",
        position=(-91.9937, 46.8428),
        altitude_m=198.4,
        direction_deg=120.0,
        pitch_deg=-3.2,
        gsd_from="the distance is unknown",
    )


def test_a_shot_of_a_wall_has_a_scale_where_the_distance_is_known() -> None:
    # 5 m by 2340.36 px: 2.1364 mm.
    place = _find(_WALL, distance_m=5.0)
    assert place.gsd_mm == pytest.approx(2.1364, abs=1e-4)
    assert (place.footprint, place.project) == (None, None)
    assert _find(replace(_WALL, distance_m=5.0)).gsd_mm == place.gsd_mm


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        (
            {"pitch_deg": 30},
            "faces a wall or upwards (pitch 30°): only the camera's position and direction",
        ),
        (
            {"pitch_deg": -30},
            "looks too level to place px on the ground (pitch -30°): only the camera's position",
        ),
        (
            {"pitch_deg": -50},
            "a corner of the photo looks too level to place px on the ground: only the camera's",
        ),
        ({"yaw_deg": None}, "only the camera's position is known; unknown: direction"),
        ({"height_m": None}, "only the camera's position and direction are known; unknown: height"),
        (
            {"height_m": -2},
            "only the camera's position and direction are known; the camera is not above",
        ),
        ({"roll_deg": None}, "are known; unknown: how far the photo was turned (roll)"),
        ({"focal_px": None, "pitch_deg": None}, "are known; unknown: pitch, focal length"),
        (
            {"latitude": 89.5},
            "too close to a pole to place px on the ground: only the camera's position and",
        ),
    ],
    ids=str,
)
def test_a_photo_that_cannot_be_projected_says_why(
    facts: dict[str, float | None], reason: str
) -> None:
    place = _find(replace(_DOWN, **facts))
    assert place.kind == "camera"
    assert reason in place.note
    assert (place.footprint, place.project) == (None, None)


def test_a_photo_that_could_not_be_read_still_lies_where_it_was_taken() -> None:
    place = _find(size_wh=(0, 0))
    assert (place.kind, place.position) == ("camera", (-91.9937, 46.8428))
    assert "unknown: size" in place.note


def test_a_photo_without_a_position_says_so_and_keeps_its_scale() -> None:
    place = _find(replace(_DOWN, latitude=None, longitude=None))
    assert (place.kind, place.position, place.project) == ("unknown", None, None)
    assert place.note == "no GPS position in the file"
    assert place.gsd_mm == pytest.approx(17.0914, abs=1e-4)
    assert _find(CameraFacts()) == PhotoLocation(
        "unknown",
        "no GPS position in the file",
        gsd_from="the focal length is unknown",
    )


def test_half_a_position_is_none() -> None:
    place = _find(replace(_DOWN, latitude=None))
    assert (place.kind, place.note) == ("unknown", "the GPS position in the file is incomplete")


def test_positions_of_the_user_go_before_those_of_the_file() -> None:
    place = _find(override=Position(latitude=-10.0, longitude=20.0, height_m=80.0))
    assert place.position == (20.0, -10.0)
    assert place.gsd_mm == pytest.approx(2 * 17.0914, abs=1e-3)
    assert place.note.startswith("position from --positions; level ground assumed")
    wall = _find(CameraFacts(), override=Position(latitude=1.0, longitude=2.0, yaw_deg=30.0))
    assert (wall.kind, wall.direction_deg) == ("camera", 30.0)


def test_the_user_can_say_how_a_photo_was_turned() -> None:
    turned = _find(replace(_DOWN, roll_deg=None), override=Position(roll_deg=180.0))
    plain = _find()
    assert turned.project is not None
    assert plain.project is not None
    assert turned.project(0, 0) == pytest.approx(plain.project(4000, 2250))


def test_a_scale_of_all_photos_that_replaces_one_of_the_file_is_noted() -> None:
    known = _find()
    assert known.replaced_gsd_mm is None
    assert _find(gsd_mm=0.4).replaced_gsd_mm == known.gsd_mm == pytest.approx(17.0914, abs=1e-4)
    assert _find(distance_m=10.0).replaced_gsd_mm == known.gsd_mm
    assert _find(map_frame=_make_frame(), gsd_mm=0.5).replaced_gsd_mm == pytest.approx(
        91.95, rel=1e-3
    )
    assert _find(CameraFacts(), gsd_mm=0.4).replaced_gsd_mm is None
    own = _find(override=Position(gsd_mm=2.0), gsd_mm=0.4)
    assert (own.gsd_mm, own.replaced_gsd_mm) == (2.0, None)


@needs_drone_photos
def test_two_real_photos_show_one_spot_of_the_ground_at_one_place() -> None:
    # These photos were turned half around by a viewer, by the sun, the shore and the way from one
    # to the next; their angles were left as they were.
    facts = [read_camera_facts(path.read_bytes(), _SIZE_WH) for path in DRONE_PHOTOS[:2]]
    for camera, gsd_mm in zip(facts, (17.0487, 17.0915), strict=True):
        place = _find(camera)
        assert (place.kind, place.project) == ("camera", None)
        assert "how far the photo was turned" in place.note
        assert place.gsd_mm == pytest.approx(gsd_mm, abs=1e-4)
    first, second = (_find(camera, override=Position(roll_deg=180.0)) for camera in facts)
    assert first.project is not None
    assert second.project is not None
    # Px of both that show the same, found by their looks. As the files tell it they would lie 30 m
    # apart; what is left is the GPS and the compass.
    for one, other in (
        ((1372.7, 931.3), (1255.9, 111.1)),
        ((1281.6, 2231.6), (1450.9, 1381.7)),
        ((3771.4, 1854.5), (3797.3, 552.7)),
    ):
        degrees = np.subtract(first.project(*one), second.project(*other))
        assert math.hypot(*(degrees * _degrees_long(46.8428))) < 4


def _make_frame(turn_deg: float = 0.0, *, places: int = 9) -> MapFrame:
    """Lay the picture down with px of a millionth of a degree, turned about its corner."""
    width, height = _SIZE_WH
    x, y = np.meshgrid(np.linspace(0, width, places), np.linspace(0, height, places))
    turn = math.radians(turn_deg)
    east, south = x * math.cos(turn) - y * math.sin(turn), x * math.sin(turn) + y * math.cos(turn)
    return MapFrame("EPSG:4326", np.stack([9 + east * 1e-6, 47 - south * 1e-6], axis=-1))


def test_a_georeferenced_picture_lies_where_its_frame_says() -> None:
    # Turned by 90 degrees, its right side points south and its lower side west.
    place = _find(CameraFacts(), map_frame=_make_frame(90))
    assert (place.kind, place.note) == ("map", "georeferenced file (EPSG:4326)")
    assert place.project is not None
    assert place.project(1000, 0) == pytest.approx((9, 46.999))
    assert place.project(0, 1000) == pytest.approx((8.999, 47))
    assert place.position == pytest.approx((9 - 1125e-6, 47 - 2000e-6))
    assert place.footprint is not None
    assert np.allclose(
        place.footprint, [(9, 47), (9, 46.996), (8.99775, 46.996), (8.99775, 47)], atol=1e-9
    )
    # At 47 degrees a millionth of a degree is 76.06 mm and 111.17 mm; the root of both is 91.95 mm.
    assert place.gsd_mm == pytest.approx(91.95, rel=1e-3)
    assert place.gsd_from == "the file's georeference"


def test_a_frame_goes_before_all_positions_but_not_before_a_given_scale() -> None:
    override = Position(latitude=1.0, longitude=2.0, distance_m=3.0)
    place = _find(map_frame=_make_frame(), override=override, gsd_mm=0.5)
    assert (place.kind, place.gsd_mm, place.gsd_from) == ("map", 0.5, "given with --gsd")
    assert _find(map_frame=_make_frame(), override=override).gsd_mm == pytest.approx(
        91.95, rel=1e-3
    )


def test_a_frame_without_extent_has_no_scale() -> None:
    frame = MapFrame("EPSG:4326", np.full((3, 3, 2), 7.0))
    place = _find(map_frame=frame)
    assert (place.kind, place.gsd_mm, place.measure) == ("map", None, None)
    assert place.gsd_from == "the file's georeference covers no area"


def test_a_frame_of_no_numbers_is_told_and_the_camera_s_position_serves() -> None:
    frame = MapFrame("EPSG:4326", np.full((3, 3, 2), np.nan))
    assert _find(CameraFacts(), map_frame=frame).note == "the file's georeference is invalid"
    place = _find(map_frame=frame)
    assert place.kind == "ground"
    assert place.note.startswith("the file's georeference is invalid; GPS position in the file;")


def test_why_a_georeference_cannot_be_used_is_told() -> None:
    place = _find(CameraFacts(), map_problem="its CRS is unknown")
    assert (place.kind, place.note) == ("unknown", "its CRS is unknown")
    assert _find(map_problem="its CRS is unknown").note.startswith(
        "its CRS is unknown; GPS position"
    )


_ANGLES = st.none() | st.floats(-180, 180)
_LENGTHS = st.none() | st.floats(1e-3, 1e4)


@given(
    camera=st.builds(
        CameraFacts,
        latitude=st.none() | st.floats(-90, 90),
        longitude=st.none() | st.floats(-180, 180),
        height_m=st.none() | st.floats(-5000, 20_000),
        yaw_deg=st.none() | st.floats(0, 360),
        pitch_deg=_ANGLES,
        roll_deg=_ANGLES,
        focal_px=st.none() | st.floats(10, 1e6),
        distance_m=_LENGTHS,
        orientation=st.integers(1, 8),
    ),
    size_wh=st.tuples(st.integers(0, 20_000), st.integers(0, 20_000)),
    gsd_mm=_LENGTHS,
    distance_m=_LENGTHS,
)
def test_any_facts_give_a_place_that_is_whole(
    camera: CameraFacts,
    size_wh: tuple[int, int],
    gsd_mm: float | None,
    distance_m: float | None,
) -> None:
    place = _find(camera, size_wh=size_wh, gsd_mm=gsd_mm, distance_m=distance_m)
    assert place.note
    assert (place.position is None) == (place.kind == "unknown")
    assert (place.footprint is None) == (place.project is None) == (place.kind != "ground")
    assert (place.gsd_mm is None) == (place.measure is None)
    assert place.gsd_mm is None or (math.isfinite(place.gsd_mm) and place.gsd_mm > 0)
    for longitude, latitude in place.footprint or ():
        assert -180 <= longitude <= 180
        assert -90 <= latitude <= 90
