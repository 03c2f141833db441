"""Findings: how sure, how large, and what of a photo was not seen."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from edge.detect.regions import Region
from edge.detect.triage import Thresholds
from edge.geo.positions import Position
from edge.geo.site import Site
from edge.photo.facts import CameraFacts, Quality
from edge.report.findings import PhotoFindings, describe_photo
from edge.store.photo_result import PhotoResult
from tests.unit.stores import OUTLINE, make_failure, make_outcome

NADIR = CameraFacts(
    latitude=47.5,
    longitude=8.25,
    height_m=20.0,
    yaw_deg=0.0,
    pitch_deg=-90.0,
    roll_deg=0.0,
    focal_px=2000.0,
)
SURE, FAINT = Region(0.95, (0, 0, 96, 96), 8192, 100.0, 0.0, OUTLINE), Region(0.3, (0, 0, 9, 9), 81)


def _describe(
    outcome: PhotoResult, site: Site | None = None, *, scale: float = 1.0
) -> PhotoFindings:
    return describe_photo(
        outcome, thresholds=Thresholds(0.2, 0.9), site=site or Site(), scale=scale
    )


def _make(**changes: Any) -> PhotoResult:
    facts: dict[str, Any] = {
        "regions": [],
        "camera": CameraFacts(),
        "map_frame": None,
        "quality": Quality(),
    }
    return make_outcome(**facts | changes)


@pytest.mark.parametrize(
    ("regions", "triage"), [([], "clear"), ([FAINT], "review"), ([SURE, FAINT], "crack")]
)
def test_a_photo_is_as_bad_as_the_worst_of_its_findings(regions: list[Region], triage: str) -> None:
    found = _describe(_make(regions=regions))
    assert found.triage == triage
    assert [one.region for one in found.findings] == regions
    assert [one.number for one in found.findings] == list(range(1, len(regions) + 1))


def test_a_photo_that_failed_was_not_inspected_and_says_why() -> None:
    found = _describe(make_failure())
    assert found.triage == "not inspected"
    assert found.reasons == ("the file is empty",)


def test_of_a_photo_that_failed_only_what_the_user_gave_is_known() -> None:
    unread = "unknown, because the photo could not be scanned"
    found = _describe(make_failure()).place
    assert (found.note, found.gsd_from) == (unread, unread)
    name = make_failure().task.name
    told = Site(gsd_mm=2.0, positions={name: Position(latitude=47.5, longitude=8.25)})
    found = _describe(make_failure(), told).place
    assert found.position == (8.25, 47.5)
    assert found.note.startswith("position from --positions")
    assert (found.gsd_mm, found.gsd_from) == (2.0, "given with --gsd")


@pytest.mark.parametrize(
    ("quality", "triage", "reasons"),
    [
        (Quality(), "clear", ()),
        (Quality(blurred=0.09), "clear", ()),
        (
            Quality(blurred=0.1, dark=0.2),
            "clear",
            ("10% of it is blurred", "20% of it is too dark"),
        ),
        (
            Quality(blurred=0.3, bright=0.2),
            "not inspected",
            ("30% of it is blurred", "20% of it is washed out"),
        ),
        (Quality(dark=1.0), "not inspected", ("100% of it is too dark",)),
    ],
)
def test_what_nobody_could_judge_is_not_clear(
    quality: Quality, triage: str, reasons: tuple[str, ...]
) -> None:
    found = _describe(_make(quality=quality))
    assert (found.triage, found.reasons) == (triage, reasons)


def test_a_crack_on_a_dark_photo_is_a_crack_and_the_dark_is_told() -> None:
    found = _describe(_make(quality=Quality(dark=0.9), regions=[SURE]))
    assert found.triage == "crack"
    assert found.reasons == ("90% of it is too dark",)


def test_without_a_scale_nothing_is_said_in_millimetres() -> None:
    found = _describe(_make(regions=[SURE]))
    assert found.place.kind == "unknown"
    assert found.smallest_crack_mm is None
    assert found.is_fine_enough is None
    (finding,) = found.findings
    assert (finding.gsd_mm, finding.length_mm, finding.area_mm2, finding.lonlat) == (None,) * 4
    assert finding.outline == ()


def test_a_known_scale_gives_millimetres_without_any_position() -> None:
    found = _describe(_make(regions=[SURE]), Site(gsd_mm=0.25))
    (finding,) = found.findings
    assert finding.gsd_mm == 0.25
    assert finding.length_mm == 25
    assert finding.area_mm2 == 8192 / 16
    assert found.smallest_crack_mm == 0.5
    assert found.is_fine_enough is False


@pytest.mark.parametrize(
    ("gsd_mm", "scale", "width_mm", "is_fine"),
    [
        (0.15, 1.0, 0.3, True),
        (0.16, 1.0, 0.3, False),
        (0.16, 2.0, 0.3, False),
        (0.1, 0.5, 0.3, False),
        (0.1, 0.5, 0.4, True),
    ],
)
def test_a_photo_shows_cracks_of_two_px_as_the_model_sees_them(
    gsd_mm: float, scale: float, width_mm: float, is_fine: bool
) -> None:
    site = Site(gsd_mm=gsd_mm, crack_width_mm=width_mm)
    assert _describe(_make(), site, scale=scale).is_fine_enough is is_fine


def test_findings_on_level_ground_have_a_place_and_an_outline_there() -> None:
    found = _describe(_make(camera=NADIR, regions=[SURE]))
    assert found.place.kind == "ground"
    assert found.place.gsd_mm == pytest.approx(10)
    (finding,) = found.findings
    assert finding.lonlat is not None
    # 1952 px left of the middle and 1452 px above it: 19.52 m west and 14.52 m north.
    assert finding.lonlat[0] == pytest.approx(8.25 - 19.52 / 75_300, abs=2e-6)
    assert finding.lonlat[1] == pytest.approx(47.5 + 14.52 / 111_180, abs=2e-6)
    assert [len(polygon) for polygon in finding.outline] == [2, 1]
    assert [len(ring) for polygon in finding.outline for ring in polygon] == [4, 4, 4]


def test_a_position_that_is_given_goes_before_that_of_the_file() -> None:
    site = Site(positions={"a.jpg": Position(latitude=-10.0, longitude=20.0)})
    assert _describe(_make(camera=NADIR), site).place.position == (20.0, -10.0)
    assert _describe(_make(name="b.jpg", camera=NADIR), site).place.position == (8.25, 47.5)


def test_an_unknown_quality_is_no_reason() -> None:
    assert _describe(replace(_make(), quality=None)).triage == "clear"
