"""A figure with the interval in which the truth lies."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Estimate:
    """A figure and its interval.

    Attributes:
        value: the figure.
        low: lower end; None where there is too little to tell.
        high: upper end; None likewise.
    """

    value: float
    low: float | None = None
    high: float | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the figure and the ends by the names of results.json."""
        return asdict(self)

    def overlaps(self, other: Estimate) -> bool:
        """Tell whether the intervals meet; one that is not known meets all."""
        ends = (self.low, self.high, other.low, other.high)
        if any(end is None for end in ends):
            return True
        low, high, other_low, other_high = (float(end) for end in ends if end is not None)
        return low <= other_high and other_low <= high
