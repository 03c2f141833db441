"""What a scan found, over all photos; ``scan.json`` holds it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from edge.detect.cascade import describe_cascade, sum_counts
from edge.detect.triage import TRIAGES, Triage
from edge.files.formatting import count_of
from edge.geo.positions import match_positions
from edge.geo.site import Site
from edge.report.findings import PhotoFindings
from edge.store.identity import ScanIdentity


@dataclass(frozen=True)
class ScanSummary:
    """A scan in figures.

    Attributes:
        photos: all, also those that failed.
        failed: photos that could not be scanned.
        left: photos that the last run did not get to; it was stopped or is still at work.
        regions: findings, sure ones and those to review.
        megapixels: of the photos that were scanned, Mpx.
        work_seconds: added up over all photos.
        triage: photos of each kind.
        findings: sure ones and those to review.
        cascade: what it lost and gained, see ``describe_cascade``; None without one.
        failures: reason by name of the photo.
        unscaled: photos that were scanned and whose scale is unknown.
        rescaled: photos whose scale would be another without what the user says of all photos.
        identity: settings and models.
        site: what is known of it.
        unused_positions: names of positions that are no photo's.
        made_by: program and version that began the scan.
        created: when, ISO 8601 in UTC.
    """

    photos: int
    failed: int
    left: int
    regions: int
    megapixels: float
    work_seconds: float
    triage: Mapping[Triage, int]
    findings: Mapping[Triage, int]
    cascade: Mapping[str, float | None] | None
    failures: Mapping[str, str]
    unscaled: int
    rescaled: int
    identity: ScanIdentity
    site: Site
    unused_positions: Sequence[str]
    made_by: str
    created: str

    @property
    def lacks_scale(self) -> bool:
        """Tell whether no photo has a scale, so that one of all photos replaces none."""
        return self.unscaled == self.photos - self.failed

    def describe_rescaling(self) -> str | None:
        """Say in words of how many photos the user replaced the scale; None if of none."""
        if not self.rescaled:
            return None
        option = "--distance" if self.site.gsd_mm is None else "--gsd"
        files = "file" if self.rescaled == 1 else "files"
        return f"{option} replaces the scale in the {files} of {count_of(self.rescaled, 'photo')}"

    def describe_left(self) -> str | None:
        """Say in words that the scan is not complete; None if it is."""
        if not self.left:
            return None
        return (
            f"{count_of(self.left, 'photo')} not scanned yet: this scan was stopped or is still "
            "running; if it was stopped, run the same scan command again"
        )

    def origin(self) -> dict[str, Any]:
        """Return how the scan was made, as JSON can hold it."""
        site = {key: value for key, value in self.site.to_dict().items() if key != "positions"}
        identity = {key: value for key, value in self.identity.to_dict().items() if key != "card"}
        return {"made_by": self.made_by, "created": self.created, **identity, "site": site}

    def to_dict(self) -> dict[str, Any]:
        """Return it as ``scan.json`` holds it."""
        figures = vars(self).copy()
        for key in ("identity", "site", "made_by", "created"):
            del figures[key]
        return {
            **figures,
            "triage": dict(self.triage),
            "findings": dict(self.findings),
            "failures": dict(self.failures),
            "unused_positions": list(self.unused_positions),
            "crack_width_mm": self.site.crack_width_mm,
            **self.origin(),
        }


def summarise_scan(
    photos: Sequence[PhotoFindings],
    *,
    identity: ScanIdentity,
    site: Site,
    made_by: str,
    created: str,
    listed: Iterable[str] = (),
) -> ScanSummary:
    """Count what a scan found.

    Args:
        photos: all of the scan.
        identity: as in ScanSummary.
        site: as in ScanSummary.
        made_by: as in ScanSummary.
        created: as in ScanSummary.
        listed: names of the photos that the last run was to scan.
    """
    outcomes = [photo.outcome for photo in photos]
    done = [one for one in outcomes if not one.error]
    findings = Counter(finding.triage for photo in photos for finding in photo.findings)
    triages = Counter(photo.triage for photo in photos)
    matched = match_positions(site.positions, [(one.task.name, one.task.path) for one in outcomes])
    sums = sum_counts(one.measures for one in done)
    return ScanSummary(
        photos=len(photos),
        failed=len(photos) - len(done),
        left=len(set(listed).difference(photo.name for photo in photos)),
        regions=sum(findings.values()),
        megapixels=round(sum(one.size_wh[0] * one.size_wh[1] for one in done) / 1e6, 3),
        work_seconds=round(sum(one.seconds for one in outcomes), 3),
        triage={triage: triages[triage] for triage in TRIAGES},
        findings={"crack": findings["crack"], "review": findings["review"]},
        cascade=describe_cascade(sums) if sums else None,
        failures={one.task.name: one.error for one in outcomes if one.error},
        unscaled=sum(one.place.gsd_mm is None for one in photos if not one.outcome.error),
        rescaled=sum(one.place.replaced_gsd_mm is not None for one in photos),
        identity=identity,
        site=site,
        unused_positions=sorted(set(site.positions).difference(matched.values())),
        made_by=made_by,
        created=created,
    )
