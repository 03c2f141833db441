"""Points and polygons on the map as RFC 7946 and KML 2.2 want them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from edge.geo.antimeridian import OpenRing, Rings, area_of, cut_at_antimeridian, turn
from edge.geo.location import LonLat
from edge.report.columns import DEGREE_DECIMALS, find_place_kind
from edge.report.findings import Finding, PhotoFindings

# Closed; the outer ring counter-clockwise, then those of holes, clockwise.
MapPolygon = tuple[tuple[LonLat, ...], ...]

# The shortest side of a ring has as many units of the last digit, or rounding could fold the ring.
_LEAST_UNITS = 4
_MOST_DECIMALS = 12


@dataclass(frozen=True)
class MapShape:
    """Where something lies: polygons, a point, or nothing if that is unknown.

    Attributes:
        polygons: of an area; they do not cross the 180th meridian.
        point: of what has no area on the map; None if there are polygons.
    """

    polygons: tuple[MapPolygon, ...] = ()
    point: LonLat | None = None

    def positions(self) -> list[LonLat]:
        """Return all of its corners, or its point."""
        if self.point:
            return [self.point]
        return [corner for polygon in self.polygons for ring in polygon for corner in ring]


def shape_region(photo: PhotoFindings, finding: Finding) -> MapShape:
    """Return a region's outline, else its middle, else where its camera was."""
    at_camera = find_place_kind(photo, finding) == "camera"
    return _make_shape(finding.outline, finding.lonlat, photo.place.position if at_camera else None)


def shape_photo(photo: PhotoFindings) -> MapShape:
    """Return what a photo covers on the ground, else where its camera was."""
    footprint = photo.place.footprint
    return _make_shape(((footprint,),) if footprint else (), photo.place.position)


def point_photo(photo: PhotoFindings) -> MapShape:
    """Return where a photo's camera was; of a map its middle."""
    return _make_shape((), photo.place.position)


def _make_shape(outline: Iterable[Sequence[Sequence[LonLat]]], *points: LonLat | None) -> MapShape:
    """Return polygons, or the first point that is known; a forged position counts as unknown."""
    parts = [
        part
        for rings in outline
        if rings and all(_is_on_earth(corner) for ring in rings for corner in ring)
        for part in cut_at_antimeridian(rings)
    ]
    # The same for all parts: where two touch, they share a corner.
    decimals = _count_decimals(ring for part in parts for ring in part)
    polygons = tuple(finished for part in parts if (finished := _finish(part, decimals)))
    if polygons:
        return MapShape(polygons)
    for point in points:
        if point and _is_on_earth(point):
            longitude, latitude = (round(float(value), DEGREE_DECIMALS) + 0.0 for value in point)
            return MapShape(point=(longitude, latitude))
    return MapShape()


def _is_on_earth(point: LonLat) -> bool:
    # NaN is in no range.
    return -180 <= point[0] <= 180 and -90 <= point[1] <= 90


def _finish(rings: Rings, decimals: int) -> MapPolygon:
    """Round, turn and close the rings; empty if nothing of the outer one is left."""
    finished = []
    for i, ring in enumerate(rings):
        # Floats of Python's own, whatever projected them.
        rounded = [
            (round(float(x), decimals) + 0.0, round(float(y), decimals) + 0.0) for x, y in ring
        ]
        corners = [corner for j, corner in enumerate(rounded) if corner != rounded[j - 1]]
        if len(corners) > 2 and area_of(corners):
            turned = turn(corners, counter_clockwise=i == 0)
            finished.append((*turned, turned[0]))
        elif i == 0:
            return ()
    return tuple(finished)


def _count_decimals(rings: Iterable[OpenRing]) -> int:
    sides = (
        max(abs(x - x_next), abs(y - y_next))
        for ring in rings
        for (x, y), (x_next, y_next) in zip(ring, ring[1:] + ring[:1], strict=True)
    )
    shortest = min((side for side in sides if side), default=1.0)
    needed = math.ceil(-math.log10(shortest / _LEAST_UNITS))
    return min(_MOST_DECIMALS, max(DEGREE_DECIMALS, needed))
