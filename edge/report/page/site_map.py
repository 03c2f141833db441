"""Where photos and findings lie, in metres around the middle of them all: a map without tiles.

Equirectangular: on a site of some kilometres nobody sees the difference to another projection.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from edge.geo.location import LonLat
from edge.geo.wgs84 import metres_per_degree, wrap_longitude
from edge.report.findings import PhotoFindings

# East and south of the middle, in metres: y points down, as in a picture.
Spot = tuple[float, float]

# Nearer to straight down than this a direction says how the picture is turned, not where it looks.
_LEVEL_DEG = 60


@dataclass(frozen=True)
class SiteMap:
    """Photos and findings on one plane, in the order they came in.

    Attributes:
        middle: of all that is on the map, longitude and latitude.
        photos: the camera's spot; None if unknown.
        directions: where the camera looks, degrees clockwise from north; None if unknown or down.
        footprints: corners on the ground; None where px are not projected.
        findings: those of each photo; None where px are not projected.
    """

    middle: LonLat
    photos: tuple[Spot | None, ...]
    directions: tuple[float | None, ...]
    footprints: tuple[tuple[Spot, ...] | None, ...]
    findings: tuple[tuple[Spot | None, ...], ...]

    def columns(self) -> dict[str, Any]:
        """Return the map as plain lists, a spot as x, y, corners as x, y, x, y ..."""
        return {
            "photos": [spot and _flatten([spot]) for spot in self.photos],
            "directions": [None if one is None else round(one, 1) for one in self.directions],
            "footprints": [corners and _flatten(corners) for corners in self.footprints],
            "findings": [spot and _flatten([spot]) for spots in self.findings for spot in spots],
        }


def lay_out(photos: Sequence[PhotoFindings]) -> SiteMap | None:
    """Lay photos and findings out on one plane; None where no photo has a position."""
    places = [lonlat for photo in photos for lonlat in _places_of(photo)]
    if not places:
        return None
    middle = _find_middle(places)
    return SiteMap(
        middle,
        photos=tuple(_project(photo.place.position, middle) for photo in photos),
        directions=tuple(_direction_of(photo) for photo in photos),
        footprints=tuple(_project_ring(photo.place.footprint, middle) for photo in photos),
        findings=tuple(
            tuple(_project(found.lonlat, middle) for found in photo.findings) for photo in photos
        ),
    )


def count_unplaced(photos: Iterable[PhotoFindings]) -> list[tuple[str, int]]:
    """Count the photos that are not on the map by the reason why, the most frequent first."""
    notes = Counter(photo.place.note for photo in photos if not any(_places_of(photo)))
    return notes.most_common()


def _places_of(photo: PhotoFindings) -> Iterator[LonLat]:
    """Yield every place of a photo that can be drawn."""
    found = (photo.place.position, *(one.lonlat for one in photo.findings))
    yield from (lonlat for lonlat in found if lonlat is not None and _is_on_earth(lonlat))
    ring = photo.place.footprint
    if ring and all(_is_on_earth(corner) for corner in ring):
        yield from ring


def _is_on_earth(lonlat: LonLat) -> bool:
    longitude, latitude = lonlat
    return math.isfinite(longitude) and abs(longitude) <= 360 and abs(latitude) <= 90


def _find_middle(places: Sequence[LonLat]) -> LonLat:
    """Return the middle of all places, also where they lie on both sides of the antimeridian."""
    first = places[0][0]
    offsets = [wrap_longitude(longitude - first) for longitude, _ in places]
    latitudes = [latitude for _, latitude in places]
    longitude = wrap_longitude(first + (min(offsets) + max(offsets)) / 2)
    return longitude, (min(latitudes) + max(latitudes)) / 2


def _project(lonlat: LonLat | None, middle: LonLat) -> Spot | None:
    if lonlat is None or not _is_on_earth(lonlat):
        return None
    across_m, along_m = metres_per_degree(middle[1])
    east = wrap_longitude(lonlat[0] - middle[0])
    return east * across_m, (middle[1] - lonlat[1]) * along_m


def _project_ring(ring: Sequence[LonLat] | None, middle: LonLat) -> tuple[Spot, ...] | None:
    spots = [_project(corner, middle) for corner in ring or ()]
    known = tuple(spot for spot in spots if spot is not None)
    return known if spots and len(known) == len(spots) else None


def _direction_of(photo: PhotoFindings) -> float | None:
    place = photo.place
    if place.direction_deg is None or not math.isfinite(place.direction_deg):
        return None
    is_down = place.pitch_deg is not None and place.pitch_deg < -_LEVEL_DEG
    return None if is_down or place.kind == "map" else place.direction_deg % 360


def _flatten(spots: Iterable[Spot]) -> list[float]:
    """Return x, y, x, y ... to the centimetre."""
    return [round(value, 2) for spot in spots for value in spot]
