"""How figures and names are spelled: the same digits in each of the tables, and no odd signs."""

from __future__ import annotations

import math
from dataclasses import dataclass

from benchmarks.stats.estimates import Estimate

# Of a name in a plot or on a line; what is longer loses its middle.
MAX_NAME = 60
# No figure of a benchmark reaches it (in ms eleven days); a third-party file may say anything.
LARGE = 1e9
_MAX_DECIMALS = 4
UNKNOWN = "–"


@dataclass(frozen=True)
class Cell:
    """What stands in one place of a table.

    Attributes:
        text: figure or name; names are third-party and are not escaped.
        ends: of its interval, empty if it has none.
    """

    text: str
    ends: str = ""

    def __str__(self) -> str:
        return f"{self.text} ({self.ends})" if self.ends else self.text


def plain(text: str) -> str:
    """Return a third-party text in one line, with U+FFFD for what cannot be shown.

    Terminals obey control characters, and some signs turn the direction of what follows.
    """
    joined = " ".join(text.split())
    return "".join(sign if sign.isprintable() else "\ufffd" for sign in joined)


def shorten(text: str, length: int = MAX_NAME) -> str:
    """Return a text without its middle where it is too long: names differ at their ends."""
    if len(text) <= length:
        return text
    tail = (length - 1) // 2
    return f"{text[: length - 1 - tail]}…{text[len(text) - tail :]}"


def decimals_of(value: float) -> int:
    """Return how many decimals show three digits of a figure."""
    if not value or not math.isfinite(value):
        return 0
    return min(_MAX_DECIMALS, max(0, 2 - math.floor(math.log10(abs(value)))))


def spell(value: float | None, *, decimals: int | None = None) -> Cell:
    """Return a figure, with three digits unless told otherwise; a dash where there is none."""
    if value is None:
        return Cell(UNKNOWN)
    return Cell(_form(value, decimals_of(value) if decimals is None else decimals))


def spell_estimate(estimate: Estimate | None, *, decimals: int | None = None) -> Cell:
    """Return a figure with the ends of its interval, ``?`` for an end that is not known."""
    if estimate is None:
        return Cell(UNKNOWN)
    digits = decimals_of(estimate.value) if decimals is None else decimals
    ends = ["?" if end is None else _form(end, digits) for end in (estimate.low, estimate.high)]
    return Cell(_form(estimate.value, digits), "?" if ends == ["?", "?"] else "-".join(ends))


def _form(value: float, decimals: int) -> str:
    return f"{value:.{decimals}f}" if abs(value) < LARGE else f"{value:.3g}"
