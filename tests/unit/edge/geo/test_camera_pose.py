"""What is said of one photo goes before what is said of all, and that before the file."""

from __future__ import annotations

from dataclasses import replace

import pytest

from edge.geo.camera_pose import CameraPose, Scale, find_camera_pose, find_scale
from edge.geo.positions import Position
from edge.photo.facts import CameraFacts

_SIZE_WH = (2000, 1000)
_WALL = CameraFacts(pitch_deg=-3, roll_deg=0, focal_px=2000, focal_from="lens")
_DOWN = replace(_WALL, pitch_deg=-90, yaw_deg=0, height_m=30)


def _view(camera: CameraFacts, override: Position | None = None, **options: float) -> CameraPose:
    given = {"gsd_mm": None, "distance_m": None} | options
    return find_camera_pose(camera, _SIZE_WH, override or Position(), **given)


def _scale(camera: CameraFacts, override: Position | None = None, **options: float) -> Scale:
    return find_scale(_view(camera, override, **options))


@pytest.mark.parametrize(
    ("measured_m", "override", "options", "gsd_mm", "words"),
    [
        # 8 m by 2,000 px of focal length are 4 mm.
        (8, Position(), {}, 4, "distance of 8 m (measured by the camera), lens"),
        (8, Position(distance_m=4), {}, 2, "distance of 4 m (--positions), lens"),
        (8, Position(), {"distance_m": 2.0}, 1, "distance of 2 m (--distance), lens"),
        (8, Position(distance_m=4), {"distance_m": 2.0}, 2, "distance of 4 m (--positions), lens"),
        (8, Position(distance_m=4), {"gsd_mm": 5.0}, 2, "distance of 4 m (--positions), lens"),
        (8, Position(), {"distance_m": 2.0, "gsd_mm": 5.0}, 5, "given with --gsd"),
        (8, Position(gsd_mm=7), {"distance_m": 2.0}, 7, "given with --positions"),
        (8, Position(gsd_mm=7), {"distance_m": 2.0, "gsd_mm": 5.0}, 7, "given with --positions"),
    ],
)
def test_the_first_scale_that_is_known_counts(
    measured_m: float, override: Position, options: dict[str, float], gsd_mm: float, words: str
) -> None:
    scale = _scale(replace(_WALL, distance_m=measured_m), override, **options)
    assert (scale.gsd_mm, scale.words) == (pytest.approx(gsd_mm), words)
    assert scale.measure is not None
    assert scale.measure(3, 4) == scale.gsd_mm


def test_without_a_distance_a_wall_has_no_scale() -> None:
    assert _scale(_WALL) == Scale(None, "the distance is unknown", None)


def test_without_a_focal_length_only_a_given_scale_counts() -> None:
    camera = replace(_DOWN, focal_px=None, distance_m=8)
    assert _scale(camera).words == "the focal length is unknown"
    assert _scale(camera, gsd_mm=2).gsd_mm == 2
    assert _scale(camera, Position(distance_m=4), gsd_mm=2).gsd_mm == 2


def test_the_height_gives_the_scale_of_the_ground() -> None:
    # 30 m by 2,000 px of focal length are 15 mm.
    scale = _scale(_DOWN)
    assert scale.gsd_mm == pytest.approx(15)
    assert scale.words == "height of 30.0 m above take-off, lens"


def test_a_measured_distance_knows_of_a_roof_that_the_height_does_not() -> None:
    view = _view(replace(_DOWN, pitch_deg=-60, distance_m=10))
    assert view.ground is not None
    assert view.ground.height_m == pytest.approx(10 * 3**0.5 / 2)
    assert find_scale(view).words == "distance of 10 m (measured by the camera), lens"


def test_the_scale_of_an_oblique_photo_differs_over_it() -> None:
    scale = _scale(replace(_DOWN, pitch_deg=-60))
    assert scale.measure is not None
    assert scale.measure(1000, 0) > scale.measure(1000, 500) > scale.measure(1000, 1000)
    assert scale.gsd_mm == scale.measure(1000, 500)


def test_a_photo_turned_by_nobody_knows_how_far_has_a_scale_if_it_looks_straight_down() -> None:
    scale = _scale(replace(_DOWN, pitch_deg=-89, roll_deg=None))
    assert scale.measure is not None
    assert scale.measure(0, 0) == scale.gsd_mm == pytest.approx(15, rel=1e-3)
    oblique = _scale(replace(_DOWN, pitch_deg=-60, roll_deg=None))
    assert oblique == Scale(None, "the camera's roll is unknown", None)


def test_each_value_of_the_user_goes_before_that_of_the_file() -> None:
    camera = replace(_DOWN, latitude=1, longitude=2, altitude_m=3)
    view = _view(camera, Position(longitude=7, latitude=8, yaw_deg=90))
    assert view.camera == replace(camera, longitude=7, latitude=8, yaw_deg=90)
    assert view.position_from == "position from --positions"
    assert _view(camera).position_from == "GPS position in the file"


def test_who_gives_a_pitch_without_a_roll_means_a_level_camera() -> None:
    camera = CameraFacts(focal_px=2000, height_m=30)
    assert _view(camera, Position(pitch_deg=-90)).camera.roll_deg == 0
    assert _view(camera, Position(yaw_deg=5)).camera.roll_deg is None
    assert _view(replace(camera, roll_deg=3), Position(pitch_deg=-90)).camera.roll_deg == 3


@pytest.mark.parametrize(
    "facts",
    [
        {"pitch_deg": None},
        {"focal_px": None},
        {"height_m": None},
        {"height_m": 0},
        {"height_m": -4},
        {"pitch_deg": -44},
        {"pitch_deg": 90},
        {"pitch_deg": -45, "roll_deg": 40},  # a corner looks too flat
        {"pitch_deg": -46, "focal_px": 500},
    ],
    ids=str,
)
def test_a_camera_that_does_not_look_down_or_of_which_too_little_is_known_has_no_ground(
    facts: dict[str, float | None],
) -> None:
    assert _view(replace(_DOWN, **facts)).ground is None


@pytest.mark.parametrize("pitch_deg", [-45, -60, -90, -100])
def test_a_camera_that_looks_down_sees_the_ground(pitch_deg: float) -> None:
    assert _view(replace(_DOWN, pitch_deg=pitch_deg)).ground is not None


def test_a_photo_that_could_not_be_read_shows_no_ground() -> None:
    view = find_camera_pose(_DOWN, (0, 0), Position(), gsd_mm=None, distance_m=None)
    assert view.ground is None
