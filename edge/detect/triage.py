"""Which scores make a finding sure, and which ask for a look."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Triage = Literal["crack", "review", "clear", "not inspected"]
TRIAGES: tuple[Triage, ...] = ("crack", "review", "clear", "not inspected")

# The model's scores are calibrated: of what scores this much nine in ten are cracks.
DEFAULT_CRACK_THRESHOLD = 0.9
# A sure finding reaches as far as a crack is likelier than none.
EVEN = 0.5


@dataclass(frozen=True)
class Thresholds:
    """The two decision values of a scan.

    Attributes:
        review: score at or above which a person should look.
        crack: score at or above which a crack is sure; not below ``review``.
    """

    review: float
    crack: float

    def __post_init__(self) -> None:
        """Refuse values without a meaning."""
        if not 0 < self.review < 1:
            raise ValueError(f"threshold {self.review}: expected a value between 0 and 1")
        if not self.review <= self.crack < 1:
            raise ValueError(
                f"crack_threshold {self.crack}: expected {self.review}, the threshold, to below 1"
            )

    @property
    def extent(self) -> float:
        """Return the score down to which a sure finding is followed from where it is sure."""
        return min(max(self.review, EVEN), self.crack)

    def triage(self, score: float) -> Triage:
        """Sort a finding by its score."""
        if score >= self.crack:
            return "crack"
        return "review" if score >= self.review else "clear"


def choose_thresholds(review: float, crack: float | None) -> Thresholds:
    """Return both decision values; by default a crack is sure from 0.9, or from ``review`` on."""
    return Thresholds(review, max(DEFAULT_CRACK_THRESHOLD, review) if crack is None else crack)
