"""What an inspector reads about a photo: findings, how sure, where, how large; what is unseen."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from edge.detect.regions import Region
from edge.detect.triage import Thresholds, Triage
from edge.geo.location import LonLat, PhotoLocation, locate_photo
from edge.geo.positions import match_positions
from edge.geo.site import Site
from edge.photo.facts import Quality
from edge.store.identity import ScanIdentity
from edge.store.photo_result import PhotoResult
from edge.store.scan_store import Store

# What is sampled less than twice in its width loses its contrast (Nyquist).
_PX_A_CRACK = 2.0
# From these shares of a photo on it is told that they could not be judged, and that the photo was
# not inspected. Single samples of a sound photo are blurred or dark too.
_TELLING_SHARE, _MOST_SHARE = 0.1, 0.5
_UNREAD = "unknown, because the photo could not be scanned"


@dataclass(frozen=True)
class Finding:
    """A region with what it means.

    Attributes:
        number: of the region in its photo, from 1, the surest first.
        region: in px of the upright photo.
        triage: crack (sure) or review (a person should look).
        gsd_mm: mm of the surface for one px around it; None if unknown.
        length_mm: along the skeleton; None if unknown.
        area_mm2: None if unknown.
        lonlat: of its middle; None where px are not projected to the map.
        outline: as in the region, in longitude and latitude; empty where px are not projected.
    """

    number: int
    region: Region
    triage: Triage
    gsd_mm: float | None = None
    length_mm: float | None = None
    area_mm2: float | None = None
    lonlat: LonLat | None = None
    outline: tuple[tuple[tuple[LonLat, ...], ...], ...] = ()


@dataclass(frozen=True)
class PhotoFindings:
    """A photo with what was found on it.

    Attributes:
        outcome: of the scan; its regions are those of the findings.
        triage: the worst of its findings; clear without one; not inspected if it failed or too
            little of it could be judged.
        reasons: in words, why it or a part of it was not inspected; empty if all of it was.
        place: on the map.
        findings: the surest first.
        smallest_crack_mm: width of the finest crack that it can show; None if unknown.
        is_fine_enough: whether it can show the crack width that is asked for; None if unknown.
    """

    outcome: PhotoResult
    triage: Triage
    reasons: tuple[str, ...]
    place: PhotoLocation
    findings: tuple[Finding, ...] = ()
    smallest_crack_mm: float | None = None
    is_fine_enough: bool | None = None

    @property
    def name(self) -> str:
        """Return the photo's name in the results."""
        return self.outcome.task.name


def describe_photos(store: Store) -> list[PhotoFindings]:
    """Say what each photo of a scan means, by name; grids are left in the store."""
    identity, site, outcomes = store.identity, store.site, list(store.photos())
    thresholds, scale = identity.settings.thresholds, find_finest_scale(identity)
    found = match_positions(site.positions, [(one.task.name, one.task.path) for one in outcomes])
    site = replace(site, positions={photo: site.positions[name] for photo, name in found.items()})
    return [
        describe_photo(outcome, thresholds=thresholds, site=site, scale=scale)
        for outcome in outcomes
    ]


def find_finest_scale(identity: ScanIdentity) -> float:
    """Return how large a px of a photo is when the model sees it, at the finest scale."""
    card = identity.card
    return max(identity.settings.scales) * card.input_px / card.window_px


def describe_photo(
    outcome: PhotoResult, *, thresholds: Thresholds, site: Site, scale: float
) -> PhotoFindings:
    """Say what the scan of a photo means.

    Args:
        outcome: of the scan.
        thresholds: with which its regions were made.
        site: what the photo does not tell itself; positions by the photos' names in the results.
        scale: by which its px were shrunk (below 1) before the model saw them, at its finest.
    """
    place = locate_photo(
        outcome.camera,
        outcome.size_wh,
        map_frame=outcome.map_frame,
        map_problem=outcome.map_problem,
        override=site.positions.get(outcome.task.name),
        gsd_mm=site.gsd_mm,
        distance_m=site.distance_m,
    )
    if outcome.error is not None:
        return _describe_failed(outcome, outcome.error, place)
    findings = tuple(
        _describe_region(number, region, thresholds.triage(region.score), place)
        for number, region in enumerate(outcome.regions, start=1)
    )
    quality = outcome.quality or Quality()
    unseen = quality.blurred + quality.dark + quality.bright
    smallest_mm = None
    if place.gsd_mm is not None:
        smallest_mm = _PX_A_CRACK * place.gsd_mm / min(1.0, scale)
    return PhotoFindings(
        outcome,
        triage=_sort_photo(findings, is_unseen=unseen >= _MOST_SHARE),
        reasons=tuple(_name_unseen(quality)),
        place=place,
        findings=findings,
        smallest_crack_mm=smallest_mm,
        is_fine_enough=None if smallest_mm is None else smallest_mm <= site.crack_width_mm,
    )


def _describe_failed(outcome: PhotoResult, error: str, place: PhotoLocation) -> PhotoFindings:
    """Give the reason, without the path; of place and scale only what the user gave is known."""
    if place.position is None:
        place = replace(place, note=_UNREAD)
    if place.gsd_mm is None:
        place = replace(place, gsd_from=_UNREAD)
    reason = error.removeprefix(f"{outcome.task.path}: ")
    return PhotoFindings(outcome, "not inspected", (reason,), place)


def _sort_photo(findings: tuple[Finding, ...], *, is_unseen: bool) -> Triage:
    triages = {finding.triage for finding in findings}
    if "crack" in triages:
        return "crack"
    if "review" in triages:
        return "review"
    return "not inspected" if is_unseen else "clear"


def _name_unseen(quality: Quality) -> Iterator[str]:
    for share, what in (
        (quality.blurred, "blurred"),
        (quality.dark, "too dark"),
        (quality.bright, "washed out"),
    ):
        if share >= _TELLING_SHARE:
            yield f"{share:.0%} of it is {what}"


def _describe_region(number: int, region: Region, triage: Triage, place: PhotoLocation) -> Finding:
    x, y = region.centre_xy
    gsd_mm = place.measure(x, y) if place.measure else place.gsd_mm
    return Finding(
        number,
        region,
        triage,
        gsd_mm=gsd_mm,
        length_mm=None if gsd_mm is None else region.length_px * gsd_mm,
        area_mm2=None if gsd_mm is None else region.area_px * gsd_mm**2,
        lonlat=place.project(x, y) if place.project else None,
        outline=_project_outline(region, place),
    )


def _project_outline(
    region: Region, place: PhotoLocation
) -> tuple[tuple[tuple[LonLat, ...], ...], ...]:
    project = place.project
    if project is None:
        return ()
    return tuple(
        tuple(tuple(project(x, y) for x, y in ring) for ring in polygon)
        for polygon in region.outline
    )
