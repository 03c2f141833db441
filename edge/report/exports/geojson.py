"""``regions.geojson``: regions and photos on the map (RFC 7946), for QGIS and other GIS."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, pairwise
from typing import Any

from edge.files.strict_json import dump_strictly
from edge.files.text_encoding import filename_facts, replace_undecodable
from edge.geo.location import LonLat
from edge.report.columns import list_photo_facts, list_region_facts
from edge.report.exports.map_shapes import MapShape, shape_photo, shape_region
from edge.report.findings import PhotoFindings

Feature = tuple[dict[str, Any], MapShape]


def make_geojson(photos: Sequence[PhotoFindings], *, facts: Mapping[str, Any]) -> bytes:
    """Return a FeatureCollection, WGS 84, one feature a line.

    The property ``kind`` is ``photo`` (its footprint, or a point at the camera) or ``region`` (its
    outline, or a point at the camera; ``place`` says which). Photos come first, so that regions are
    drawn over them. What has no place has the geometry null. Properties are those of the tables.

    Args:
        photos: all of the scan.
        facts: settings, models and versions; they stand under ``crack_edge``, at the end, for GDAL
            tells a format by its first bytes.
    """
    features = [*map(_describe_photo, photos), *chain.from_iterable(map(_list_regions, photos))]
    bbox = _find_bounds(chain.from_iterable(shape.positions() for _, shape in features))
    lines = (
        dump_strictly({"type": "Feature", "properties": about, "geometry": _shape_geometry(shape)})
        for about, shape in features
    )
    head = '{"type":"FeatureCollection",' + (f'"bbox":{dump_strictly(bbox)},' if bbox else "")
    body = ",\n".join(lines)
    return f'{head}"features":[\n{body}\n],\n"crack_edge":{dump_strictly(dict(facts))}}}\n'.encode()


def _describe_photo(photo: PhotoFindings) -> Feature:
    about = {key: value for key, value in list_photo_facts(photo).items() if key != "path"}
    return _describe("photo", photo, about), shape_photo(photo)


def _list_regions(photo: PhotoFindings) -> Iterator[Feature]:
    for finding in photo.findings:
        about = _describe("region", photo, list_region_facts(photo, finding))
        yield about, shape_region(photo, finding)


def _describe(kind: str, photo: PhotoFindings, about: Mapping[str, Any]) -> dict[str, Any]:
    return {"kind": kind, **about, **filename_facts(photo.name, replace_undecodable(photo.name))}


def _shape_geometry(shape: MapShape) -> dict[str, Any] | None:
    if shape.point:
        return {"type": "Point", "coordinates": shape.point}
    if len(shape.polygons) == 1:
        return {"type": "Polygon", "coordinates": shape.polygons[0]}
    return {"type": "MultiPolygon", "coordinates": shape.polygons} if shape.polygons else None


def _find_bounds(positions: Iterable[LonLat]) -> list[float] | None:
    """Return west, south, east and north; west is the larger one across the 180th meridian."""
    found = list(positions)
    if not found:
        return None
    longitudes, latitudes = sorted({lon for lon, _ in found}), [lat for _, lat in found]
    west, east = longitudes[0], longitudes[-1]
    for before, after in pairwise(longitudes):
        # More than half the globe without a photo: they lie on both sides of the line.
        if after - before > 180:
            west, east = after, before
    return [west, min(latitudes), east, max(latitudes)]
