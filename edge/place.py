"""Where a photo lies on the map, and how large a px is there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

# WGS 84, degrees: longitude first, as in GeoJSON.
LonLat = tuple[float, float]

PlaceKind = Literal["map", "ground", "camera", "unknown"]


@dataclass(frozen=True)
class Place:
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
        measure: gives the ground sample distance around px of the upright photo in mm.
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
