"""A scan as the report tells it, and its figures in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from edge.detect.triage import Triage
from edge.model.card import Card
from edge.report.findings import PhotoFindings


@dataclass(frozen=True)
class Scan:
    """A scan as the report tells it.

    Attributes:
        photos: in the order of the scan.
        card: of the model that decided.
        summary: of ``scan.json``.
    """

    photos: Sequence[PhotoFindings]
    card: Card
    summary: Mapping[str, Any]

    @property
    def settings(self) -> Mapping[str, Any]:
        """Return the settings of the scan."""
        settings: Mapping[str, Any] = self.summary["settings"]
        return settings

    @property
    def review_from(self) -> float:
        """Return the score from which a finding is to be reviewed."""
        return float(self.settings["threshold"])

    @property
    def crack_from(self) -> float:
        """Return the score from which a finding is called a crack."""
        return float(self.settings.get("crack_threshold") or self.review_from)

    @property
    def crack_width_mm(self) -> float | None:
        """Return the width of the cracks that must not be missed."""
        width = self.summary.get("crack_width_mm")
        return None if width is None else float(width)

    def list_photos(self, triage: Triage) -> list[tuple[int, PhotoFindings]]:
        """Return the photos of a triage, each with its place in the list."""
        return [pair for pair in enumerate(self.photos) if pair[1].triage == triage]

    def count_findings(self, triage: Triage) -> int:
        """Count the findings of a triage."""
        return sum(one.triage == triage for photo in self.photos for one in photo.findings)


def count_of(count: int, what: str) -> str:
    """Return a count with what is counted, in the plural where it is not one."""
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def mm_of(value: float | None) -> str:
    """Return millimetres so that a width just above a limit does not look like the limit."""
    if value is None:
        return "unknown"
    digits = 3 if value < 1 else 2 if value < 10 else 0
    text = f"{value:,.{digits}f}"
    return f"{text.rstrip('0').rstrip('.') if digits else text} mm"
