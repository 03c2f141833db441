"""Where a photo lies on the map, and how large a px is there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from edge.geo.camera_pose import (
    LEAST_CORNER_DEG,
    LEAST_DEPRESSION_DEG,
    CameraPose,
    Scale,
    find_camera_pose,
    find_scale,
    is_as_steep,
)
from edge.geo.geolocation_grid import GeolocationGrid
from edge.geo.ground import Ground, aim_camera
from edge.geo.positions import Position
from edge.geo.wgs84 import MAX_LATITUDE
from edge.photo.facts import CameraFacts, MapFrame

# WGS 84, degrees: longitude first, as in GeoJSON.
LonLat = tuple[float, float]

PlaceKind = Literal["map", "ground", "camera", "unknown"]


@dataclass(frozen=True)
class PhotoLocation:
    """Where a photo lies.

    Attributes:
        kind: map: its file is georeferenced; ground: its px are projected to level ground; camera:
            only the camera's position is known (shots of a wall); unknown: no position.
        note: in words, how the position came about, or why there is none.
        position: of the camera; of the picture's middle for a map.
        altitude_m: of the camera above sea level.
        direction_deg: where the camera looks, clockwise from north.
        pitch_deg: of the camera; 0 is level, -90 straight down.
        gsd_mm: ground sample distance, mm of the surface for one px, in the photo's middle.
        gsd_from: in words, what it was worked out from, or why it is unknown.
        footprint: where the corners lie on the ground: upper left, upper right, lower right, lower
            left; None where px are not projected.
        project: gives longitude and latitude for px of the upright photo; None as above.
        measure: gives the ground sample distance around px of the upright photo in mm; None where
            gsd_mm is.
        replaced_gsd_mm: what would be known without what the user says of all photos; None where
            that is nothing, or the same.
    """

    kind: PlaceKind
    note: str
    position: LonLat | None = None
    altitude_m: float | None = None
    direction_deg: float | None = None
    pitch_deg: float | None = None
    gsd_mm: float | None = None
    gsd_from: str = "unknown"
    footprint: tuple[LonLat, ...] | None = None
    project: Callable[[float, float], LonLat] | None = None
    measure: Callable[[float, float], float] | None = None
    replaced_gsd_mm: float | None = None


def locate_photo(
    camera: CameraFacts,
    size_wh: tuple[int, int],
    *,
    map_frame: MapFrame | None = None,
    map_problem: str | None = None,
    override: Position | None = None,
    gsd_mm: float | None = None,
    distance_m: float | None = None,
) -> PhotoLocation:
    """Find where a photo lies and how large a px is there.

    The scale comes from the first of these that is known: the override's ground sample distance or
    distance, the options' ground sample distance or distance, the camera's own distance, or the
    height above the take-off; distances and heights need the focal length. A distance also counts
    more than that height where px are projected to the ground: it knows of a roof.

    Args:
        camera: what the photo's file tells.
        size_wh: of the upright photo, px; (0, 0) if unknown.
        map_frame: of a georeferenced picture.
        map_problem: why a picture that is georeferenced has no map_frame.
        override: what the user says of this photo; each value counts more than the file's. A
            georeferenced file keeps its frame.
        gsd_mm: ground sample distance that the user gives for all photos.
        distance_m: to the surface that the user gives for all photos.
    """
    override, frame = override or Position(), None
    if map_frame is not None and min(size_wh) > 0:
        if np.isfinite(map_frame.lonlat).all():
            # A distance says nothing about a map.
            frame, override = map_frame, replace(override, distance_m=None)
        else:
            map_problem = "the file's georeference is invalid"

    def locate(gsd_mm: float | None, distance_m: float | None) -> PhotoLocation:
        pose = find_camera_pose(camera, size_wh, override, gsd_mm=gsd_mm, distance_m=distance_m)
        if frame is not None:
            return _place_on_map(frame, size_wh, pose)
        return _place_by_camera(pose, size_wh, map_problem)

    place = locate(gsd_mm, distance_m)
    if gsd_mm is None and distance_m is None:
        return place
    plain_mm = locate(None, None).gsd_mm
    return place if plain_mm == place.gsd_mm else replace(place, replaced_gsd_mm=plain_mm)


def _place_by_camera(
    view: CameraPose, size_wh: tuple[int, int], map_problem: str | None
) -> PhotoLocation:
    camera, scale = view.camera, find_scale(view)
    place = PhotoLocation(
        "unknown",
        map_problem or _explain_no_position(camera),
        direction_deg=camera.yaw_deg,
        pitch_deg=camera.pitch_deg,
        gsd_mm=scale.gsd_mm,
        gsd_from=scale.words,
        measure=scale.measure,
    )
    if camera.latitude is None or camera.longitude is None:
        return place
    position = camera.longitude, camera.latitude
    obstacle = _find_obstacle(view, size_wh)
    words = [map_problem or "", view.position_from, obstacle or _describe_ground(view)]
    place = replace(
        place,
        kind="camera",
        note="; ".join(filter(None, words)),
        position=position,
        altitude_m=camera.altitude_m,
    )
    return place if obstacle or view.ground is None else _project(place, position, view.ground)


def _place_on_map(frame: MapFrame, size_wh: tuple[int, int], view: CameraPose) -> PhotoLocation:
    lattice = GeolocationGrid(frame.lonlat, size_wh)
    middle = size_wh[0] / 2, size_wh[1] / 2
    gsd_mm = lattice.measure_mm(*middle)
    if view.given_scale is not None:
        scale = view.given_scale
    elif gsd_mm > 0:
        scale = Scale(gsd_mm, "the file's georeference", lattice.measure_mm)
    else:
        scale = Scale(None, "the file's georeference covers no area", None)
    return PhotoLocation(
        "map",
        f"georeferenced file ({frame.crs})",
        position=lattice.project(*middle),
        gsd_mm=scale.gsd_mm,
        gsd_from=scale.words,
        footprint=lattice.corners,
        project=lattice.project,
        measure=scale.measure,
    )


def _project(place: PhotoLocation, position: LonLat, ground: Ground) -> PhotoLocation:
    def project(x: float, y: float) -> LonLat:
        return ground.project(position, x, y)

    footprint = tuple(project(x, y) for x, y in ground.corners)
    return replace(place, kind="ground", footprint=footprint, project=project)


def _explain_no_position(camera: CameraFacts) -> str:
    if camera.latitude is None and camera.longitude is None:
        return "no GPS position in the file"
    return "the GPS position in the file is incomplete"


def _describe_ground(view: CameraPose) -> str:
    if view.distance_m is not None:
        return f"level ground assumed at a distance of {view.distance_m:g} m"
    return (
        "level ground assumed at the height of the take-off, "
        f"{view.camera.height_m:.1f} m below the camera"
    )


def _find_obstacle(view: CameraPose, size_wh: tuple[int, int]) -> str | None:
    """Return why px are not projected to the ground and what is known instead, None if they are."""
    camera = view.camera
    known = "only the camera's position is known"
    if camera.yaw_deg is not None:
        known = "only the camera's position and direction are known"
    if camera.pitch_deg is not None:
        steepness = float(aim_camera(0.0, camera.pitch_deg, camera.roll_deg or 0.0)[2, 2])
        looks = f"(pitch {camera.pitch_deg:.0f}°): {known}"
        if not is_as_steep(steepness, LEAST_CORNER_DEG):
            return f"the camera faces a wall or upwards {looks}"
        if not is_as_steep(steepness, LEAST_DEPRESSION_DEG):
            return f"the camera looks too level to place px on the ground {looks}"
    facts = {
        "direction": camera.yaw_deg,
        "pitch": camera.pitch_deg,
        "how far the photo was turned (roll)": camera.roll_deg,
        "focal length": camera.focal_px,
        "height": camera.height_m if view.distance_m is None else view.distance_m,
        "size": min(size_wh) or None,
    }
    missing = [name for name, value in facts.items() if value is None]
    if missing:
        return f"{known}; unknown: {', '.join(missing)}"
    if view.distance_m is None and (camera.height_m or 0.0) <= 0:
        return f"{known}; the camera is not above take-off"
    if view.ground is None:
        return f"a corner of the photo looks too level to place px on the ground: {known}"
    is_at_pole = camera.latitude is not None and abs(camera.latitude) > MAX_LATITUDE
    return f"too close to a pole to place px on the ground: {known}" if is_at_pole else None
