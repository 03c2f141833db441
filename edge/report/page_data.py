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
from edge.photo.facts import Quality
from edge.report.findings import Finding, PhotoFindings
from edge.report.site_map import SiteMap
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
    findings = {key: [read(found) for _, found in pairs] for key, read in _FINDING_COLUMNS.items()}
    findings["photo"] = [index for index, _ in pairs]
    findings["outline"] = _list_outlines([found for _, found in pairs], max_outlines_chars)
    columns = {key: [read(photo) for photo in photos] for key, read in _PHOTO_COLUMNS.items()}
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


def _real(value: float | None, digits: int) -> float | None:
    """Round a figure; what is no number is unknown."""
    return None if value is None or not math.isfinite(value) else round(float(value), digits)


def _quality_of(photo: PhotoFindings) -> Quality:
    return photo.outcome.quality or Quality()


_PHOTO_COLUMNS: Mapping[str, Callable[[PhotoFindings], Any]] = {
    "name": lambda photo: photo.name,
    "path": lambda photo: str(photo.outcome.task.path),
    "triage": lambda photo: RANKED.index(photo.triage),
    "reasons": lambda photo: list(photo.reasons),
    "size": lambda photo: list(photo.outcome.size_wh),
    "sha256": lambda photo: photo.outcome.file and photo.outcome.file.sha256,
    "taken": lambda photo: photo.outcome.camera.taken,
    "camera": lambda photo: photo.outcome.camera.model,
    "height_m": lambda photo: _real(photo.outcome.camera.height_m, 1),
    "place": lambda photo: photo.place.note,
    "kind": lambda photo: photo.place.kind,
    "lonlat": lambda photo: _degrees(photo.place.position),
    "altitude_m": lambda photo: _real(photo.place.altitude_m, 1),
    "direction_deg": lambda photo: _real(photo.place.direction_deg, 1),
    "pitch_deg": lambda photo: _real(photo.place.pitch_deg, 1),
    "gsd_mm": lambda photo: _real(photo.place.gsd_mm, 4),
    "gsd_from": lambda photo: photo.place.gsd_from,
    "smallest_mm": lambda photo: _real(photo.smallest_crack_mm, 3),
    "is_fine": lambda photo: photo.is_fine_enough,
    "blurred": lambda photo: _real(_quality_of(photo).blurred, 3),
    "dark": lambda photo: _real(_quality_of(photo).dark, 3),
    "bright": lambda photo: _real(_quality_of(photo).bright, 3),
}
_FINDING_COLUMNS: Mapping[str, Callable[[Finding], Any]] = {
    "number": lambda found: found.number,
    "triage": lambda found: RANKED.index(found.triage),
    "score": lambda found: _real(found.region.score, 4),
    "xyxy": lambda found: list(found.region.xyxy),
    "area_px": lambda found: found.region.area_px,
    "length_px": lambda found: _real(found.region.length_px, 0),
    "orientation_deg": lambda found: _real(found.region.orientation_deg, 0),
    "gsd_mm": lambda found: _real(found.gsd_mm, 4),
    "length_mm": lambda found: _real(found.length_mm, 1),
    "area_mm2": lambda found: _real(found.area_mm2, 1),
    "lonlat": lambda found: _degrees(found.lonlat),
}
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
    values = [round(float(value), 7) for value in lonlat]
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
