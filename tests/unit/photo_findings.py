"""Photos with findings to write: of each kind of place, failed ones, and with odd names."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from edge.detect.outline import Polygon
from edge.detect.regions import Region
from edge.detect.triage import Triage
from edge.geo.location import LonLat, PhotoLocation, PlaceKind
from edge.photo.facts import CameraFacts, FileFacts, Quality
from edge.report.findings import Finding, PhotoFindings
from edge.store.photo_result import PhotoResult, PhotoTask

SIZE_WH = (4000, 3000)
GSD_MM = 2.0
CAMERA = (8.25, 47.5)

# About 2 mm a px at 47.5 degrees north; east is right and north is up on the photo.
_LONGITUDE_A_PX = 2.66e-8
_LATITUDE_A_PX = 1.80e-8

# The names of files that other programs stumble over; no slash, so they hold on any system but
# Windows. The second is not UTF-8.
ODD_NAMES = (
    "<script>alert(1)</script>.jpg",
    "caf\udce9.jpg",
    "]]>&amp;\"'.jpg",
    "two\nlines\r.jpg",
    "=1+1,\u200bbell\x07\x1b\x7f.jpg",
    "@Brücke \U0001f309 \u202e桥.jpg",
)


def project(x: float, y: float, *, origin: LonLat = CAMERA) -> LonLat:
    """Give px a place, the photo's middle at the origin; longitudes stay in -180 to 180."""
    longitude = origin[0] + (x - SIZE_WH[0] / 2) * _LONGITUDE_A_PX
    latitude = origin[1] - (y - SIZE_WH[1] / 2) * _LATITUDE_A_PX
    return (longitude + 180) % 360 - 180, latitude


def make_place(
    kind: PlaceKind = "ground", *, position: LonLat = CAMERA, **changes: Any
) -> PhotoLocation:
    """Return a place of one kind with what is known for it."""
    if kind == "unknown":
        return replace(PhotoLocation("unknown", "no GPS position in the photo"), **changes)
    place = PhotoLocation(
        kind, f"made up for tests: {kind}", position, gsd_mm=GSD_MM, gsd_from="a test"
    )
    if kind != "map":
        pitch = -90.0 if kind == "ground" else 5.0
        place = replace(place, altitude_m=412.5, direction_deg=123.4, pitch_deg=pitch)
    if kind != "camera":
        width, height = SIZE_WH
        corners = ((0, 0), (width, 0), (width, height), (0, height))
        place = replace(
            place,
            footprint=tuple(project(x, y, origin=position) for x, y in corners),
            project=lambda x, y: project(x, y, origin=position),
            measure=lambda x, y: GSD_MM,
        )
    return replace(place, **changes)


def rectangle(left: int, top: int, right: int, bottom: int) -> tuple[tuple[int, int], ...]:
    """Return the ring around a rectangle."""
    return ((left, top), (right, top), (right, bottom), (left, bottom))


def make_region(
    score: float = 0.9,
    xyxy: tuple[int, int, int, int] = (64, 96, 160, 128),
    *,
    outline: tuple[Polygon, ...] | None = None,
    **changes: Any,
) -> Region:
    """Return a region; without an outline it is a full rectangle."""
    left, top, right, bottom = xyxy
    region = Region(
        score,
        xyxy,
        (right - left) * (bottom - top),
        length_px=float(right - left),
        orientation_deg=12.5,
        outline=((rectangle(*xyxy),),) if outline is None else outline,
    )
    return replace(region, **changes)


def make_finding(
    number: int, region: Region, place: PhotoLocation, *, triage: Triage | None = None
) -> Finding:
    """Return a region with its size and place; from a score of 0.7 on it is a crack."""
    finding = Finding(number, region, triage or ("crack" if region.score >= 0.7 else "review"))
    if place.gsd_mm is not None:
        finding = replace(
            finding,
            gsd_mm=place.gsd_mm,
            length_mm=region.length_px * place.gsd_mm,
            area_mm2=region.area_px * place.gsd_mm**2,
        )
    if place.project is None:
        return finding
    where = place.project
    outline = tuple(
        tuple(tuple(where(x, y) for x, y in ring) for ring in polygon) for polygon in region.outline
    )
    return replace(finding, lonlat=where(*region.centre_xy), outline=outline)


def make_photo(
    name: str = "a.jpg",
    *,
    findings: Sequence[Region | Finding] = (),
    kind: PlaceKind = "ground",
    place: PhotoLocation | None = None,
    triage: Triage | None = None,
    reasons: Sequence[str] = (),
    smallest_crack_mm: float | None = None,
    is_fine_enough: bool | None = None,
    **changes: Any,
) -> PhotoFindings:
    """Return a photo that was scanned.

    Args:
        name: in the results.
        findings: the surest first; regions become findings at the photo's place.
        kind: of its place, if no place is given.
        place: where it lies.
        triage: if it is not the worst of its findings.
        reasons: why it or a part of it was not inspected.
        smallest_crack_mm: width of the finest crack that it can show.
        is_fine_enough: whether that is fine enough.
        changes: to the outcome.
    """
    place = place or make_place(kind)
    done = tuple(
        make_finding(number, one, place) if isinstance(one, Region) else one
        for number, one in enumerate(findings, start=1)
    )
    camera = CameraFacts("2024-05-06T07:08:09", height_m=12.5, model="DJI M3E")
    outcome = PhotoResult(
        PhotoTask(Path("photos") / name, name),
        file=FileFacts(1000, 123456789, "cd" * 32),
        size_wh=SIZE_WH,
        camera=camera,
        quality=Quality(0.125, 0.0, 0.25),
        regions=tuple(one.region for one in done),
        seconds=0.25,
    )
    found = {one.triage for one in done}
    worst: Triage = "crack" if "crack" in found else "review" if "review" in found else "clear"
    return PhotoFindings(
        replace(outcome, **changes),
        triage or worst,
        tuple(reasons),
        place,
        done,
        smallest_crack_mm,
        is_fine_enough,
    )


def make_failed_photo(name: str = "bad.jpg", *, why: str = "the file is empty") -> PhotoFindings:
    """Return a photo that could not be scanned."""
    error = f"photos/{name}: {why}"
    outcome = PhotoResult(PhotoTask(Path("photos") / name, name), error=error)
    return PhotoFindings(outcome, "not inspected", (why,), make_place("unknown"))


def make_photos() -> list[PhotoFindings]:
    """Return a photo of each kind of place with a crack and one to review, a clear and a failed."""
    regions = (make_region(), make_region(0.4, (1000, 500, 1032, 564)))
    kinds: tuple[PlaceKind, ...] = ("map", "ground", "camera", "unknown")
    return [
        *(make_photo(f"{kind}.jpg", findings=regions, kind=kind) for kind in kinds),
        make_photo("clear.jpg", smallest_crack_mm=0.8, is_fine_enough=False),
        make_photo("dark.jpg", triage="not inspected", reasons=("90 % of it is too dark",)),
        make_failed_photo(),
    ]


def read_csv(table: bytes) -> list[dict[str, str]]:
    """Read a table, names as their own bytes."""
    text = table.decode("utf-8", "surrogateescape")
    return list(csv.DictReader(io.StringIO(text, newline="")))
