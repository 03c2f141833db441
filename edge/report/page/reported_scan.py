"""A scan as the report tells it, and its figures in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from edge.detect.triage import Thresholds, Triage
from edge.geo.site import Site
from edge.report.findings import PhotoFindings
from edge.report.summary import ScanSummary
from edge.store.identity import ScanIdentity


@dataclass(frozen=True)
class Scan:
    """A scan as the report tells it.

    Attributes:
        photos: in the order of the scan.
        summary: its figures, settings, models and site.
    """

    photos: Sequence[PhotoFindings]
    summary: ScanSummary

    @property
    def identity(self) -> ScanIdentity:
        """Return its settings and models, and the card of the one that decided."""
        return self.summary.identity

    @property
    def site(self) -> Site:
        """Return what is known of the site."""
        return self.summary.site

    @property
    def thresholds(self) -> Thresholds:
        """Return the decision values of the scan."""
        return self.identity.settings.thresholds

    def list_photos(self, triage: Triage) -> list[tuple[int, PhotoFindings]]:
        """Return the photos of a triage, each with its place in the list."""
        return [pair for pair in enumerate(self.photos) if pair[1].triage == triage]

    def count_findings(self, triage: Triage) -> int:
        """Count the findings of a triage."""
        return sum(one.triage == triage for photo in self.photos for one in photo.findings)


def mm_of(value: float | None) -> str:
    """Return millimetres so that a width just above a limit does not look like the limit."""
    if value is None:
        return "unknown"
    digits = 3 if value < 1 else 2 if value < 10 else 0
    text = f"{value:,.{digits}f}"
    return f"{text.rstrip('0').rstrip('.') if digits else text} mm"
