"""``regions.kml``: regions and photos on the map (KML 2.2, OGC 07-147r2), for Google Earth."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any
from xml.etree import ElementTree as ET

from edge.detect.triage import Triage
from edge.files.formatting import format_value
from edge.files.text_encoding import filename_facts
from edge.geo.location import LonLat
from edge.report.columns import (
    Fact,
    list_photo_facts,
    list_region_facts,
    spell_facts,
)
from edge.report.exports.map_shapes import MapPolygon, MapShape, point_photo, shape_region
from edge.report.findings import PhotoFindings

_NOWHERE = "without location"
# Alpha, blue, green, red; in the order of the folders: what to look at first. No pictures as icons,
# they would come over the network.
_COLOURS: Mapping[Triage, str] = {
    "crack": "ff0000ff",
    "review": "ff00a5ff",
    "not inspected": "ff999999",
    "clear": "ff00b000",
}
# For programs: they find these in the other files.
_UNTOLD = ("path", "sha256", "camera_latitude", "camera_longitude", "blurred", "dark", "bright")
# A third, in place of the first byte above: the ground shows through.
_FILL_ALPHA = "50"
_LOOK_FROM_M = 30

# Not in the range that XML 1.0 calls Char.
_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_NO_MARKUP = str.maketrans("<>", "‹›")


def make_kml(photos: Sequence[PhotoFindings], *, facts: Mapping[str, Any]) -> bytes:
    """Return a document with a folder for each triage: its regions, and a point for each photo.

    Regions are polygons, or points where only the camera's position is known. What has no place
    stands in a folder of its own, without geometry. Characters that XML forbids become U+FFFD;
    viewers show text as HTML, so < and > become ‹ and ›.

    Args:
        photos: all of the scan.
        facts: settings, models and versions, for the description.
    """
    root = ET.Element("kml", xmlns="http://www.opengis.net/kml/2.2")
    document = ET.SubElement(root, "Document")
    _add(document, "name", "crack-edge")
    lines = (f"{key}: {format_value(value)}" for key, value in facts.items())
    _add(document, "description", "\n".join(lines))
    for triage in _COLOURS:
        document.append(_make_style(triage))
    folders: dict[str, list[ET.Element]] = {name: [] for name in (*_COLOURS, _NOWHERE)}
    for photo in photos:
        for triage, shape, mark in _list_marks(photo):
            folders[triage if shape != MapShape() else _NOWHERE].append(mark)
    for name, marks in folders.items():
        # GDAL takes an empty folder for a layer without a type.
        if marks:
            folder = ET.SubElement(document, "Folder")
            _add(folder, "name", name)
            folder.extend(marks)
    return bytes(ET.tostring(root, encoding="utf-8", xml_declaration=True)) + b"\n"


def _list_marks(photo: PhotoFindings) -> list[tuple[Triage, MapShape, ET.Element]]:
    shape = point_photo(photo)
    about = list_photo_facts(photo)
    marks = [(photo.triage, shape, _mark(photo, "photo", "", photo.triage, about, shape))]
    for finding in photo.findings:
        shape = shape_region(photo, finding)
        about, suffix = list_region_facts(photo, finding), f" #{finding.number}"
        mark = _mark(photo, "region", suffix, finding.triage, about, shape)
        marks.append((finding.triage, shape, mark))
    return marks


def _mark(
    photo: PhotoFindings,
    kind: str,
    suffix: str,
    triage: Triage,
    about: Mapping[str, Fact],
    shape: MapShape,
) -> ET.Element:
    mark = ET.Element("Placemark")
    mark.tail = "\n"
    shown = _show(photo.name)
    _add(mark, "name", shown + suffix)
    if shape.point:
        _add_view(mark, about, shape.point)
    _add(mark, "styleUrl", f"#{_style_of(triage)}")
    data = ET.SubElement(mark, "ExtendedData")
    texts = {"kind": kind, **spell_facts(about), **filename_facts(photo.name, shown)}
    for key, text in texts.items():
        if text and key not in _UNTOLD:
            _add(ET.SubElement(data, "Data", name=key), "value", text)
    _add_geometry(mark, shape)
    return mark


def _add_view(mark: ET.Element, about: Mapping[str, Fact], point: LonLat) -> None:
    """Let a viewer look where the camera looked, from above if its pitch is unknown."""
    heading_deg, pitch_deg = about["direction_deg"], about["pitch_deg"]
    if not isinstance(heading_deg, float):
        return
    # KML tilts from straight down, 0, to level, 90.
    tilt_deg = min(90.0, max(0.0, pitch_deg + 90)) if isinstance(pitch_deg, float) else 0.0
    view = ET.SubElement(mark, "LookAt")
    longitude, latitude = _spell(point).split(",")
    _add(view, "longitude", longitude)
    _add(view, "latitude", latitude)
    _add(view, "heading", f"{heading_deg % 360:.1f}")
    _add(view, "tilt", f"{tilt_deg:.1f}")
    _add(view, "range", str(_LOOK_FROM_M))


def _add_geometry(mark: ET.Element, shape: MapShape) -> None:
    if shape.point:
        _add(ET.SubElement(mark, "Point"), "coordinates", _spell(shape.point))
    parent = ET.SubElement(mark, "MultiGeometry") if len(shape.polygons) > 1 else mark
    for polygon in shape.polygons:
        _add_polygon(parent, polygon)


def _add_polygon(parent: ET.Element, polygon: MapPolygon) -> None:
    element = ET.SubElement(parent, "Polygon")
    for i, ring in enumerate(polygon):
        boundary = ET.SubElement(element, "innerBoundaryIs" if i else "outerBoundaryIs")
        text = " ".join(map(_spell, ring))
        _add(ET.SubElement(boundary, "LinearRing"), "coordinates", text)


def _make_style(triage: Triage) -> ET.Element:
    style = ET.Element("Style", id=_style_of(triage))
    colour = _COLOURS[triage]
    _add(ET.SubElement(style, "IconStyle"), "color", colour)
    line = ET.SubElement(style, "LineStyle")
    _add(line, "color", colour)
    _add(line, "width", "2")
    _add(ET.SubElement(style, "PolyStyle"), "color", _FILL_ALPHA + colour[2:])
    return style


def _style_of(triage: Triage) -> str:
    return triage.replace(" ", "-")


def _spell(point: LonLat) -> str:
    # Near 0 repr() would give an exponent, which KML does not promise to read.
    longitude, latitude = (repr(v) if abs(v) >= 1e-3 else f"{v:.12f}" for v in point)
    return f"{longitude},{latitude}"


def _show(text: str) -> str:
    return _NO_XML.sub("\ufffd", text).translate(_NO_MARKUP)


def _add(parent: ET.Element, tag: str, text: str) -> None:
    ET.SubElement(parent, tag).text = _show(text)
