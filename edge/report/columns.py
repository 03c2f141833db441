"""The facts of a region and of a photo in tables and map files: the same words and digits in all.

Positions are WGS 84 degrees, lengths have their unit in the name, a fact that is unknown is None.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from edge.geo.location import PlaceKind
from edge.report.findings import Finding, PhotoFindings

Fact = str | int | float | None

REGION_COLUMNS = (
    "photo", "region", "score", "left", "top", "right", "bottom", "area_px",
    "triage", "length_px", "orientation_deg", "gsd_mm", "length_mm", "area_mm2",
    "latitude", "longitude", "camera_latitude", "camera_longitude", "camera_altitude_m",
    "direction_deg", "pitch_deg", "place", "smallest_crack_mm", "fine_enough", "taken", "sha256",
)  # fmt: skip
PHOTO_COLUMNS = (
    "photo", "triage", "findings", "crack", "review", "highest_score",
    "width", "height", "megapixels", "taken", "model", "place", "note",
    "latitude", "longitude", "altitude_m", "height_m", "direction_deg", "pitch_deg",
    "gsd_mm", "gsd_from", "smallest_crack_mm", "fine_enough", "blurred", "dark", "bright",
    "not_inspected", "path", "sha256",
)  # fmt: skip

# Of a degree: 11 mm, finer than any position of a camera.
DEGREE_DECIMALS = 7

_DECIMALS = {
    "score": 4, "highest_score": 4, "blurred": 4, "dark": 4, "bright": 4, "megapixels": 3,
    "length_px": 1, "length_mm": 1, "area_mm2": 1, "gsd_mm": 4, "smallest_crack_mm": 3,
    "latitude": DEGREE_DECIMALS, "longitude": DEGREE_DECIMALS,
    "camera_latitude": DEGREE_DECIMALS, "camera_longitude": DEGREE_DECIMALS,
    "altitude_m": 2, "camera_altitude_m": 2, "height_m": 2,
    "orientation_deg": 1, "direction_deg": 1, "pitch_deg": 1,
}  # fmt: skip
_WORDS = {True: "yes", False: "no", None: "unknown"}


def list_region_facts(photo: PhotoFindings, finding: Finding) -> dict[str, Fact]:
    """Return what is known of a region, by REGION_COLUMNS."""
    region, place = finding.region, photo.place
    longitude, latitude = finding.lonlat or (None, None)
    # The position of a map is its middle; no camera was there.
    camera = None if place.kind == "map" else place.position
    camera_longitude, camera_latitude = camera or (None, None)
    return _round(
        REGION_COLUMNS,
        (photo.name, finding.number, region.score, *region.xyxy, region.area_px),
        (finding.triage, region.length_px, region.orientation_deg),
        (finding.gsd_mm, finding.length_mm, finding.area_mm2),
        (latitude, longitude, camera_latitude, camera_longitude, place.altitude_m),
        (place.direction_deg, place.pitch_deg, find_place_kind(photo, finding)),
        (photo.smallest_crack_mm, _WORDS[photo.is_fine_enough]),
        (photo.outcome.camera.taken, _hash_of(photo)),
    )


def list_photo_facts(photo: PhotoFindings) -> dict[str, Fact]:
    """Return what is known of a photo, by PHOTO_COLUMNS."""
    outcome, place, quality = photo.outcome, photo.place, photo.outcome.quality
    width, height = outcome.size_wh if not outcome.error else (None, None)
    longitude, latitude = place.position or (None, None)
    triages = [finding.triage for finding in photo.findings]
    return _round(
        PHOTO_COLUMNS,
        (photo.name, photo.triage, len(triages), triages.count("crack"), triages.count("review")),
        (max((finding.region.score for finding in photo.findings), default=None),),
        (width, height, width * height / 1e6 if width and height else None),
        (outcome.camera.taken, outcome.camera.model, place.kind, place.note),
        (latitude, longitude, place.altitude_m, outcome.camera.height_m),
        (place.direction_deg, place.pitch_deg, place.gsd_mm, place.gsd_from),
        (photo.smallest_crack_mm, _WORDS[photo.is_fine_enough]),
        (quality.blurred, quality.dark, quality.bright) if quality else (None,) * 3,
        ("; ".join(photo.reasons) or outcome.error, str(outcome.task.path)),
        (_hash_of(photo),),
    )


def find_place_kind(photo: PhotoFindings, finding: Finding) -> PlaceKind:
    """Tell how a region is placed; a part of a photo may look above the ground."""
    kind = photo.place.kind
    if kind in ("map", "ground") and not finding.outline and finding.lonlat is None:
        return "camera" if kind == "ground" and photo.place.position else "unknown"
    return kind


def spell_facts(facts: Mapping[str, Fact]) -> dict[str, str]:
    """Return facts as text, each figure with the digits of its column; empty if unknown."""
    return {key: _spell(key, value) for key, value in facts.items()}


def _spell(key: str, value: Fact) -> str:
    if isinstance(value, float):
        return f"{value:.{_DECIMALS[key]}f}"
    return "" if value is None else str(value)


def _hash_of(photo: PhotoFindings) -> str | None:
    file = photo.outcome.file
    return file.sha256 if file else None


def _round(columns: tuple[str, ...], *groups: tuple[Fact, ...]) -> dict[str, Fact]:
    values = [value for group in groups for value in group]
    return {key: _round_one(key, value) for key, value in zip(columns, values, strict=True)}


def _round_one(key: str, value: Fact) -> Fact:
    if value is None or key not in _DECIMALS:
        return value
    figure = float(value)
    # Adding 0 makes -0.0 a plain zero.
    return round(figure, _DECIMALS[key]) + 0.0 if math.isfinite(figure) else None
