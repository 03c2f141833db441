"""Cut polygons where they cross the 180th meridian, as RFC 7946, 3.1.9, asks for."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import takewhile

from edge.geo.location import LonLat

# Corners, not closed.
OpenRing = list[LonLat]
# The outer ring, then those of holes.
Rings = list[OpenRing]

_LINE = 180.0


def cut_at_antimeridian(rings: Sequence[Sequence[LonLat]]) -> list[Rings]:
    """Return the parts of a polygon west and east of 180 degrees; itself if it does not cross.

    Corners on the other side of the line are told by their distance: no photo spans half a globe.
    Where two rings touched at a corner, the ring of a part may touch itself there.
    """
    longitudes = [lon for lon, _ in rings[0]]
    if max(longitudes) - min(longitudes) <= 180:
        return [[*map(list, rings)]]
    start = longitudes[0]
    near = [[(lon + 360 * round((start - lon) / 360), lat) for lon, lat in ring] for ring in rings]
    longitudes = [lon for lon, _ in near[0]]
    if min(longitudes) < -_LINE:
        near = [_shift(ring, 360) for ring in near]
        longitudes = [lon + 360 for lon in longitudes]
    if max(longitudes) <= _LINE:
        return [near]
    if min(longitudes) >= _LINE:
        return [[_shift(ring, -360) for ring in near]]
    east = [[_mirror(ring) for ring in part] for part in _keep_west(list(map(_mirror, near)))]
    return _keep_west(near) + [[_shift(ring, -360) for ring in part] for part in east]


def area_of(ring: Sequence[LonLat]) -> float:
    """Return the area in square degrees, positive if counter-clockwise."""
    # Counted from a corner: far from 0/0 the products of small rings would have no digits left.
    lon, lat = ring[0]
    moved = [(x - lon, y - lat) for x, y in ring]
    pairs = zip(moved, moved[1:] + moved[:1], strict=True)
    return sum(x * y_next - x_next * y for (x, y), (x_next, y_next) in pairs) / 2


def turn(ring: Sequence[LonLat], *, counter_clockwise: bool) -> OpenRing:
    """Return a ring in the direction asked for."""
    return list(ring) if (area_of(ring) > 0) == counter_clockwise else list(reversed(ring))


def _keep_west(rings: Rings) -> list[Rings]:
    """Return what lies west of the line; pieces are joined along it."""
    rings = [turn(ring, counter_clockwise=i == 0) for i, ring in enumerate(rings)]
    chains = [chain for ring in rings for chain in _list_chains(ring)]
    # From south to north, a chain that leaves and one that enters take turns on the line, for the
    # inside is on their left: the pieces' sides are between the first two, the next two and so on.
    leaving = sorted(range(len(chains)), key=lambda i: chains[i][-1][1])
    entering = sorted(range(len(chains)), key=lambda i: chains[i][0][1])
    follower = dict(zip(leaving, entering, strict=True))
    parts: list[Rings] = []
    while follower:
        ring: OpenRing = []
        i = next(iter(follower))
        while i in follower:
            ring += chains[i]
            i = follower.pop(i)
        parts.append([ring])
    for hole in rings[1:]:
        if all(lon < _LINE for lon, _ in hole):
            for part in parts:
                if _holds(part[0], hole):
                    part.append(hole)
                    break
    return parts


def _list_chains(ring: OpenRing) -> list[OpenRing]:
    """Return the runs of corners west of the line, each from where it enters to where it leaves."""
    chains: list[OpenRing] = []
    for i in range(len(ring)):
        if ring[i - 1][0] < _LINE or ring[i][0] >= _LINE:
            continue
        onward = ring[i:] + ring[:i]
        inner = list(takewhile(lambda corner: corner[0] < _LINE, onward))
        chains.append([_cross(ring[i - 1], ring[i]), *inner, _cross(inner[-1], onward[len(inner)])])
    return chains


def _cross(one: LonLat, other: LonLat) -> LonLat:
    share = (_LINE - one[0]) / (other[0] - one[0])
    return _LINE, one[1] + share * (other[1] - one[1])


def _holds(ring: OpenRing, hole: OpenRing) -> bool:
    """Tell whether a hole lies in a ring; they may share corners, so a side's middle decides."""
    lon, lat = ((a + b) / 2 for a, b in zip(hole[0], hole[1], strict=True))
    inside = False
    for (x, y), (x_next, y_next) in zip(ring, ring[1:] + ring[:1], strict=True):
        if (y > lat) != (y_next > lat) and lon < x + (lat - y) / (y_next - y) * (x_next - x):
            inside = not inside
    return inside


def _shift(ring: OpenRing, degrees: float) -> OpenRing:
    return [(lon + degrees, lat) for lon, lat in ring]


def _mirror(ring: OpenRing) -> OpenRing:
    return [(2 * _LINE - lon, lat) for lon, lat in ring]
