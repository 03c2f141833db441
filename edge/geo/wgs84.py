"""Metres and degrees on the WGS 84 ellipsoid, close to a place.

A plane that touches the ellipsoid: within a kilometre it is right to a few centimetres, which is
better than any geotag. Positions are (longitude, latitude) in degrees.
"""

from __future__ import annotations

import math

_SEMI_MAJOR_M = 6_378_137.0
_FLATTENING = 1 / 298.257223563
_ECCENTRICITY_2 = _FLATTENING * (2 - _FLATTENING)

# Nearer to a pole a degree of longitude is too short to count in.
MAX_LATITUDE = 89.0


def metres_per_degree(latitude: float) -> tuple[float, float]:
    """Return how long a degree of longitude and one of latitude is, by the radii of curvature."""
    angle = math.radians(latitude)
    root = math.sqrt(1 - _ECCENTRICITY_2 * math.sin(angle) ** 2)
    across_m = _SEMI_MAJOR_M / root
    along_m = _SEMI_MAJOR_M * (1 - _ECCENTRICITY_2) / root**3
    return math.radians(across_m * math.cos(angle)), math.radians(along_m)


def move(position: tuple[float, float], *, east_m: float, north_m: float) -> tuple[float, float]:
    """Return the position that lies so far away; not for the poles."""
    longitude, latitude = position
    across_m, along_m = metres_per_degree(latitude)
    return wrap_longitude(longitude + east_m / across_m), latitude + north_m / along_m


def wrap_longitude(longitude: float) -> float:
    """Return a longitude from -180 to 180; one that lies there already stays as it is."""
    if -180 <= longitude <= 180:
        return longitude
    return (longitude + 180) % 360 - 180
