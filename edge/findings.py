"""What an inspector is told of a photo: findings, how sure, where, how large; what was not seen."""

from __future__ import annotations

from dataclasses import dataclass

from edge.outcome import Outcome
from edge.place import LonLat, Place
from edge.regions import Region
from edge.triage import Triage


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

    outcome: Outcome
    triage: Triage
    reasons: tuple[str, ...]
    place: Place
    findings: tuple[Finding, ...] = ()
    smallest_crack_mm: float | None = None
    is_fine_enough: bool | None = None

    @property
    def name(self) -> str:
        """Return the photo's name in the results."""
        return self.outcome.task.name
