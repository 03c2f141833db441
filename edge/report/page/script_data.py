"""What the report's script works with: photos and findings as columns of plain values."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from edge.detect.outline import Polygon, Ring
from edge.detect.triage import Triage
from edge.files.html import Html
from edge.report.columns import DEGREE_DECIMALS, list_photo_facts, list_region_facts
from edge.report.findings import Finding, PhotoFindings
from edge.report.page.site_map import SiteMap
from edge.store.result_paths import heat_map_path, overlay_path, thumbnail_path

# What to look at first.
RANKED: tuple[Triage, ...] = ("crack", "review", "not inspected", "clear")

# Of all outlines together; what is less urgent is drawn as a box beyond it.
_MAX_OUTLINES_CHARS = 4_000_000
# A crack that branches all over a photo has some hundreds of corners.
_MAX_OUTLINE_CHARS = 20_000
# What would end a script element or begin a comment, and line ends of old JavaScript.
_UNSAFE = {character: f"\\u{ord(character):04x}" for character in "<>&\u2028\u2029"}


def collect_data(
    folder: Path,
    photos: Sequence[PhotoFindings],
    site: SiteMap | None,
    facts: Mapping[str, Any],
    *,
    max_outlines_chars: int = _MAX_OUTLINES_CHARS,
) -> dict[str, Any]:
    """Return all that the script shows, ready for JSON.

    Args:
        folder: of the results; pictures that are not there get no link.
        photos: in the order of the scan.
        site: their map, if any has a position.
        facts: about the scan as a whole.
        max_outlines_chars: of all outlines together.
    """
    pairs = [(index, found) for index, photo in enumerate(photos) for found in photo.findings]
    rows = [_list_finding(photos[index], found) for index, found in pairs]
    findings = _turn(rows, (*_FINDING_FACTS, "triage", "xyxy", "lonlat"))
    findings["photo"] = [index for index, _ in pairs]
    findings["outline"] = _list_outlines([found for _, found in pairs], max_outlines_chars)
    columns = _turn(
        [_list_photo(photo) for photo in photos],
        (*_PHOTO_FACTS, "triage", "reasons", "size", "lonlat", "is_fine"),
    )
    for key, path_of in _PICTURES.items():
        columns[key] = [_link(folder, path_of, photo) for photo in photos]
    return {
        **facts,
        "triages": list(RANKED),
        "photos": columns,
        "findings": findings,
        "map": site and site.columns(),
    }


def embed_json(name: str, data: Mapping[str, Any]) -> Html:
    """Return an element that carries data and is never run, whatever stands in it."""
    text = json.dumps(data, allow_nan=False, separators=(",", ":"))
    for character, escaped in _UNSAFE.items():
        text = text.replace(character, escaped)
    return Html(f"<script type='application/json' id='{name}'>{text}</script>")


def rank_of(photo: PhotoFindings) -> tuple[int, float]:
    """Return what sorts photos: the most urgent first, of these the highest score."""
    best = max((found.region.score for found in photo.findings), default=0.0)
    return RANKED.index(photo.triage), -best


# Name on the page -> column of the tables.
_PHOTO_FACTS = {
    "name": "photo", "path": "path", "sha256": "sha256", "taken": "taken", "camera": "model",
    "height_m": "height_m", "place": "note", "kind": "place", "altitude_m": "altitude_m",
    "direction_deg": "direction_deg", "pitch_deg": "pitch_deg", "gsd_mm": "gsd_mm",
    "gsd_from": "gsd_from", "smallest_mm": "smallest_crack_mm",
    "blurred": "blurred", "dark": "dark", "bright": "bright",
}  # fmt: skip
_FINDING_FACTS = {
    "number": "region", "score": "score", "area_px": "area_px", "length_px": "length_px",
    "orientation_deg": "orientation_deg", "gsd_mm": "gsd_mm", "length_mm": "length_mm",
    "area_mm2": "area_mm2",
}  # fmt: skip


def _list_photo(photo: PhotoFindings) -> dict[str, Any]:
    facts = list_photo_facts(photo)
    return {name: facts[column] for name, column in _PHOTO_FACTS.items()} | {
        "triage": RANKED.index(photo.triage),
        "reasons": list(photo.reasons),
        "size": list(photo.outcome.size_wh),
        "lonlat": _degrees(photo.place.position),
        "is_fine": photo.is_fine_enough,
    }


def _list_finding(photo: PhotoFindings, found: Finding) -> dict[str, Any]:
    facts = list_region_facts(photo, found)
    return {name: facts[column] for name, column in _FINDING_FACTS.items()} | {
        "triage": RANKED.index(found.triage),
        "xyxy": list(found.region.xyxy),
        "lonlat": _degrees(found.lonlat),
    }


def _turn(rows: Sequence[dict[str, Any]], names: Iterable[str]) -> dict[str, list[Any]]:
    """Return columns of rows: a page of a million findings names each column once."""
    return {name: [row[name] for row in rows] for name in names}


_PICTURES: Mapping[str, Callable[[Path, str], Path]] = {
    "overlay": overlay_path,
    "heat_map": heat_map_path,
    "thumbnail": thumbnail_path,
}


def _link(folder: Path, path_of: Callable[[Path, str], Path], photo: PhotoFindings) -> str | None:
    """Return where a picture lies as seen from the page, percent-encoded; None if it is missing."""
    path = path_of(Path(), photo.name)
    if photo.outcome.error or not (folder / path).is_file():
        return None
    return quote(path.as_posix(), errors="surrogateescape")


def _degrees(lonlat: Iterable[float] | None) -> list[float] | None:
    """Round a place to a centimetre; None where it is no place."""
    if lonlat is None:
        return None
    values = [round(float(value), DEGREE_DECIMALS) for value in lonlat]
    return values if all(map(math.isfinite, values)) else None


def _list_outlines(findings: Sequence[Finding], room: int) -> list[str | None]:
    """Write outlines as paths of SVG while there is room, the most urgent first."""
    outlines: list[str | None] = [None] * len(findings)
    for index in sorted(range(len(findings)), key=lambda one: _urgency_of(findings[one])):
        path = "".join(map(_path_of, findings[index].region.outline))
        if len(path) <= min(room, _MAX_OUTLINE_CHARS):
            outlines[index] = path or None
            room -= len(path)
    return outlines


def _urgency_of(found: Finding) -> tuple[int, float]:
    return RANKED.index(found.triage), -found.region.score


def _path_of(polygon: Polygon) -> str:
    """Write each ring as the steps from corner to corner: half as long as the corners."""
    return "".join(map(_path_of_ring, filter(None, polygon)))


def _path_of_ring(ring: Ring) -> str:
    x, y = ring[0]
    steps = []
    for next_x, next_y in ring[1:]:
        dx, dy = next_x - x, next_y - y
        x, y = next_x, next_y
        steps.append(f"v{dy}" if not dx else f"h{dx}" if not dy else f"l{dx} {dy}")
    return f"M{ring[0][0]} {ring[0][1]}{''.join(steps)}z"
