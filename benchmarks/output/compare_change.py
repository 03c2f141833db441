"""What became of a figure from one benchmark to another, and whether noise explains it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from benchmarks.stats.student import t_quantile

Part = Literal["latency", "throughput", "cold start", "memory", "size", "accuracy"]
NO_DIFFERENCE = "no difference"


@dataclass(frozen=True)
class Row:
    """Which row of the results a figure stands in.

    Attributes:
        file: its name in the base.
        backend: None for what concerns the file alone, as the following.
        view: "tile" or "dense".
        threads: of one piece.
        processes: at work at once.
    """

    file: str
    backend: str | None = None
    view: str | None = None
    threads: int | None = None
    processes: int | None = None

    def __str__(self) -> str:
        """Return the row by the words of the tables."""
        words = [self.file, self.backend, self.view]
        for count, unit in ((self.processes, "process"), (self.threads, "thread")):
            if count is not None:
                plural = "es" if unit == "process" else "s"
                words.append(f"{count} {unit}{plural if count != 1 else ''}")
        return " ".join(word for word in words if word)


@dataclass(frozen=True)
class Finding:
    """A figure of two runs before it is judged.

    Attributes:
        part: of the results.
        row: in it.
        figure: by its name in the results.
        base: its value in the first run.
        new: its value in the second.
        is_ratio: whether it changed by a factor, not by a difference.
        distance: what it changed by; the natural logarithm of the factor.
        error: standard error of the distance; None if it is not known.
        df: degrees of freedom of the error.
        words: verdicts for a lower and a higher figure; none is given without them.
        smallest: distance under which no difference is of use.
    """

    part: Part
    row: Row
    figure: str
    base: float
    new: float
    is_ratio: bool
    distance: float
    error: float | None = None
    df: float = 0.0
    words: tuple[str, str] | None = None
    smallest: float = 0.0


@dataclass(frozen=True)
class Change:
    """A figure of two runs.

    Attributes:
        part: of the results.
        row: in it.
        figure: by its name in the results.
        base: its value in the first run.
        new: its value in the second.
        by: whether ``change`` is new / base or new - base.
        change: how the figure changed.
        low: lower end of its interval; None where there is too little to tell.
        high: upper end; None likewise.
        verdict: "faster", "slower", "better", "worse" or "no difference"; None where none is given.
    """

    part: Part
    row: Row
    figure: str
    base: float
    new: float
    by: Literal["ratio", "difference"]
    change: float
    low: float | None
    high: float | None
    verdict: str | None

    @property
    def is_beyond_noise(self) -> bool:
        """Tell whether the interval leaves out that nothing changed."""
        if self.low is None or self.high is None:
            return False
        return not self.low <= (1 if self.by == "ratio" else 0) <= self.high

    def to_dict(self) -> dict[str, Any]:
        """Return the change by names, ready for JSON."""
        return asdict(self)


def show_value(value: float) -> str:
    """Return a value in four digits, all of them before the point if there are more."""
    return f"{value:.0f}" if abs(value) >= 1000 else f"{value:.4g}"


def find_ratio(
    part: Part, row: Row, figure: str, base: float | None, new: float | None
) -> list[Finding]:
    """Return by how much a figure changed, without a verdict; none if one of them is missing."""
    if not base or not new:
        return []
    distance = math.log(new / base)
    return [Finding(part, row, figure, base, new, is_ratio=True, distance=distance)]


def judge_findings(findings: Sequence[Finding], *, level: float) -> list[Change]:
    """Judge all figures of a comparison at once.

    The intervals hold together at the level: each is wider by Bonferroni's rule, so that of many
    equal figures hardly one is called different. A verdict other than "no difference" means
    that the interval leaves out no change, and that the change is not smaller than is of use.

    Args:
        findings: of all rows.
        level: chance that all intervals of the comparison hold.
    """
    judged = sum(finding.error is not None and finding.words is not None for finding in findings)
    share = 1 - (1 - level) / (2 * max(1, judged))
    return [_judge(finding, share) for finding in findings]


def _judge(finding: Finding, share: float) -> Change:
    low = high = verdict = None
    if finding.error is not None and finding.words is not None:
        reach = t_quantile(share, finding.df) * finding.error
        low, high = finding.distance - reach, finding.distance + reach
        verdict = NO_DIFFERENCE
        if abs(finding.distance) > max(reach, finding.smallest):
            verdict = finding.words[finding.distance > 0]

    def shown(distance: float | None) -> float | None:
        return math.exp(distance) if finding.is_ratio and distance is not None else distance

    change = math.exp(finding.distance) if finding.is_ratio else finding.distance
    return Change(
        part=finding.part,
        row=finding.row,
        figure=finding.figure,
        base=finding.base,
        new=finding.new,
        by="ratio" if finding.is_ratio else "difference",
        change=change,
        low=shown(low),
        high=shown(high),
        verdict=verdict,
    )
