"""What a photo's camera looks at, from what its file and the user say: the ground, the scale."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace

from edge.geo.ground import Ground, aim_camera
from edge.geo.positions import Position
from edge.photo.facts import CameraFacts

# A photo shows the ground if its middle looks at least so far below the horizon, and its flattest
# corner so far: further out, an error of one degree moves a place by metres.
LEAST_DEPRESSION_DEG = 45.0
LEAST_CORNER_DEG = 20.0
# A photo that is nearly straight down has one scale all over, whichever way it was turned.
_STRAIGHT_DOWN_DEG = 80.0


@dataclass(frozen=True)
class Scale:
    """How large a px is.

    Attributes:
        gsd_mm: ground sample distance in the photo's middle; None if unknown.
        words: what it was worked out from, or why it is unknown.
        measure: gives it around any px; None if unknown.
    """

    gsd_mm: float | None
    words: str
    measure: Callable[[float, float], float] | None


@dataclass(frozen=True)
class CameraPose:
    """What a camera looks at.

    Attributes:
        camera: its facts, those that the user gave put in.
        position_from: in words, where its position is from.
        distance_m: to the surface; None if unknown.
        distance_from: in words, who says so.
        given_scale: the scale if the user gave it, and no distance of this very photo.
        ground: the level ground that it looks down at, right as to its scale; as to where its px
            lie only if the camera's yaw and roll are known. None if it looks elsewhere or too
            little is known.
    """

    camera: CameraFacts
    position_from: str
    distance_m: float | None
    distance_from: str
    given_scale: Scale | None
    ground: Ground | None = None


def find_camera_pose(
    camera: CameraFacts,
    size_wh: tuple[int, int],
    override: Position,
    *,
    gsd_mm: float | None,
    distance_m: float | None,
) -> CameraPose:
    """Put what the user says of this photo over what is said of all, and that over the file.

    Args:
        camera: what the file says.
        size_wh: of the upright photo, px.
        override: what the user says of this photo.
        gsd_mm: what the user says of all photos.
        distance_m: what the user says of all photos.
    """
    said = {name: value for name, value in asdict(override).items() if value is not None}
    own_gsd_mm = said.pop("gsd_mm", None)
    distances = (
        ("--positions", said.pop("distance_m", None)),
        ("--distance", distance_m),
        ("measured by the camera", camera.distance_m),
    )
    distance_from, found_m = next(
        (pair for pair in distances if pair[1] is not None), distances[-1]
    )
    if camera.roll_deg is None and "pitch_deg" in said:
        said = {"roll_deg": 0.0} | said  # who gives a pitch alone means a level camera
    camera = replace(camera, **said)
    pose = CameraPose(
        camera=camera,
        position_from="position from --positions"
        if "latitude" in said
        else "GPS position in the file",
        distance_m=found_m,
        distance_from=distance_from,
        given_scale=_scale_evenly(own_gsd_mm, "given with --positions") if own_gsd_mm else None,
        ground=_find_ground(camera, size_wh, found_m),
    )
    is_known = own_gsd_mm is not None or (
        override.distance_m is not None and find_scale(pose).gsd_mm is not None
    )
    if gsd_mm is None or is_known:
        return pose
    return replace(pose, given_scale=_scale_evenly(gsd_mm, "given with --gsd"))


def _find_ground(
    camera: CameraFacts, size_wh: tuple[int, int], distance_m: float | None
) -> Ground | None:
    if camera.pitch_deg is None or camera.focal_px is None or min(size_wh) <= 0:
        return None
    axes = aim_camera(
        camera.yaw_deg or 0.0,
        camera.pitch_deg,
        camera.roll_deg or 0.0,
        orientation=camera.orientation,
    )
    steepness = float(axes[2, 2])  # vertical part of the optical axis
    height_m = camera.height_m if distance_m is None else distance_m * steepness
    if height_m is None or height_m <= 0 or not is_as_steep(steepness, LEAST_DEPRESSION_DEG):
        return None
    ground = Ground(size_wh, camera.focal_px, axes, height_m)
    return ground if ground.depression_deg >= LEAST_CORNER_DEG else None


def is_as_steep(steepness: float, depression_deg: float) -> bool:
    """Tell whether an optical axis looks that far below the horizon.

    Args:
        steepness: vertical part of the axis, 1 straight down.
        depression_deg: angle below the horizon.
    """
    # The camera's angle has two digits; 45.00 must not fail by the last bit.
    return math.degrees(math.asin(max(-1.0, min(steepness, 1.0)))) >= depression_deg - 1e-6


def find_scale(view: CameraPose) -> Scale:
    """Find how large a px is: as the user says, by the distance, or by the height above ground."""
    focal_px, focal_from = view.camera.focal_px, view.camera.focal_from
    if view.given_scale is not None:
        return view.given_scale
    if focal_px is None:
        return Scale(None, "the focal length is unknown", None)
    words = f"distance of {view.distance_m:g} m ({view.distance_from})" if view.distance_m else ""
    if view.ground is not None:
        words = words or f"height of {view.ground.height_m:.1f} m above take-off"
        width, height = view.ground.size_wh
        gsd_mm = view.ground.measure_mm(width / 2, height / 2)
        if view.camera.roll_deg is not None:
            return Scale(gsd_mm, f"{words}, {focal_from}", view.ground.measure_mm)
        if is_as_steep(float(view.ground.axes[2, 2]), _STRAIGHT_DOWN_DEG):
            return _scale_evenly(gsd_mm, f"{words}, {focal_from}")
        return Scale(None, "the camera's roll is unknown", None)
    if view.distance_m is not None:
        return _scale_evenly(1000 * view.distance_m / focal_px, f"{words}, {focal_from}")
    return Scale(None, "the distance is unknown", None)


def _scale_evenly(gsd_mm: float, words: str) -> Scale:
    def measure(x: float, y: float) -> float:
        return gsd_mm

    return Scale(gsd_mm, words, measure)
