"""Two benchmarks held against each other: what is faster or better, and what is noise."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from benchmarks.output import compare_match as match
from benchmarks.output.compare_accuracy import find_accuracies, find_shared
from benchmarks.output.compare_change import (
    Change,
    Finding,
    Part,
    find_ratio,
    judge_findings,
    show_value,
)
from benchmarks.output.compare_latency import find_latencies
from benchmarks.output.compare_match import Alone, Pair, Results

LEVEL = 0.95
# Nobody chooses a file for less, and two runs of one file may differ by it.
MIN_DIFFERENCE = 0.02
# Of rounding in another version of a runtime the Brier score knows surely, and nobody cares.
MIN_ACCURACY_DIFFERENCE = 0.001


@dataclass(frozen=True)
class Comparison:
    """What changed from one benchmark to another.

    Attributes:
        level: chance that all intervals hold together.
        min_difference: share of a latency under which no difference is of use.
        changes: figures that both have.
        alone: rows that only one of them has.
        obstacles: what could not be compared or can't be trusted, and why.
        notes: what a reader should know besides.
    """

    level: float
    min_difference: float
    changes: tuple[Change, ...]
    alone: tuple[Alone, ...]
    obstacles: tuple[str, ...]
    notes: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return the comparison by names, ready for JSON."""
        return asdict(self)


def compare_results(
    base: Results,
    new: Results,
    *,
    level: float = LEVEL,
    min_difference: float = MIN_DIFFERENCE,
    min_accuracy_difference: float = MIN_ACCURACY_DIFFERENCE,
    seed: int = 0,
) -> Comparison:
    """Compare two results of ``crack-edge benchmark``.

    Rows of equal file, backend, view and threads belong together. The lowest latencies of each run
    are divided by those of its yardstick, so that a machine that became slower or busier does not
    look like slower files; medians and p90 are shown without a verdict.

    Args:
        base: results.json as it was.
        new: results.json as it is.
        level: chance that all intervals hold together, in (0, 1).
        min_difference: share of a latency under which no difference is of use.
        min_accuracy_difference: of recall and the like, likewise.
        seed: of the bootstraps.

    Raises:
        InputError: one of them is not the results of a benchmark.
    """
    match.check_results(base, "base")
    match.check_results(new, "new")
    names = match.match_files(base, new)
    pairs, alone = _match_parts(base, new, names)
    obstacles, notes = match.find_obstacles(base, new), match.find_notes(base, new, names)
    findings = []
    for pair in pairs["size"]:
        findings += _ratio("size", pair, "bytes")
    for pair in pairs["cold start"]:
        for figure in ("rss_tile_mb", "rss_dense_mb"):
            findings += _ratio("memory", pair, figure)
            if pair.base[figure] is not None and pair.new[figure] is None:
                obstacles.append(f"{pair.row}: {figure} is in the base and was not measured")
    if match.is_same_machine(base, new):
        found, hindered = find_latencies(
            pairs["latency"],
            has_yardstick=match.have_same_yardstick(base, new),
            min_difference=min_difference,
            seed=seed,
        )
        findings += found
        obstacles += hindered
        for pair in pairs["throughput"]:
            findings += _ratio("throughput", pair, "tiles_per_s")
        for pair in pairs["cold start"]:
            findings += _ratio("cold start", pair, "total_ms")
    if pairs["accuracy"]:
        shared = find_shared(base["accuracy"]["samples"], new["accuracy"]["samples"])
        found, told, hindered = find_accuracies(
            pairs["accuracy"], shared, min_difference=min_accuracy_difference, seed=seed
        )
        findings += found
        notes += told
        obstacles += hindered
    return Comparison(
        level=level,
        min_difference=min_difference,
        changes=tuple(judge_findings(findings, level=level)),
        alone=tuple(alone),
        obstacles=tuple(obstacles),
        notes=tuple(notes),
    )


def _match_parts(
    base: Results, new: Results, names: Mapping[str, str]
) -> tuple[dict[Part, list[Pair]], list[Alone]]:
    """Bring the rows of all parts together."""

    def accuracy(results: Results) -> Sequence[Mapping[str, Any]]:
        return results["accuracy"]["rows"] if results["accuracy"] else ()

    pairs: dict[Part, list[Pair]] = {}
    alone: list[Alone] = []
    parts: tuple[tuple[Part, Any, Any, Any], ...] = (
        ("size", base["files"], new["files"], match.file_row),
        ("latency", base["latency"]["rows"], new["latency"]["rows"], match.latency_row),
        ("throughput", base["throughput"], new["throughput"], match.throughput_row),
        ("cold start", base["cold_start"], new["cold_start"], match.cold_start_row),
        ("accuracy", accuracy(base), accuracy(new), match.accuracy_row),
    )
    for part, before, after, row_of in parts:
        pairs[part], lonely = match.match_rows(part, before, after, names, row_of)
        alone += lonely
    return pairs, alone


def _ratio(part: Part, pair: Pair, figure: str) -> list[Finding]:
    base, new = pair.base[figure], pair.new[figure]
    if isinstance(base, Mapping) and isinstance(new, Mapping):
        base, new = base["value"], new["value"]
    return find_ratio(part, pair.row, figure, base, new)


def describe_comparison(comparison: Comparison) -> list[str]:
    """Return lines for a terminal: each figure with its verdict, then what to know about them."""
    lines = [describe_change(change) for change in comparison.changes]
    lines += [f"only in {one.where}: {one.part}, {one.row}" for one in comparison.alone]
    lines += [f"careful: {text}" for text in comparison.obstacles]
    lines += [f"note: {text}" for text in comparison.notes]
    if any(change.verdict for change in comparison.changes):
        lines.append(
            f"intervals hold together at {comparison.level:.0%}; latencies that differ by less "
            f"than {comparison.min_difference:.0%} count as equal"
        )
    return lines


def describe_change(change: Change) -> str:
    """Return a figure of both runs in one line."""
    spread = ""
    if change.by == "ratio":
        values = f"{show_value(change.base)} -> {show_value(change.new)}, x{change.change:.3f}"
        if change.low is not None:
            spread = f" ({change.low:.3f} to {change.high:.3f})"
    else:
        values = f"{change.base:.4f} -> {change.new:.4f}, {change.change:+.4f}"
        if change.low is not None:
            spread = f" ({change.low:+.4f} to {change.high:+.4f})"
    verdict = f": {change.verdict}" if change.verdict else ""
    return f"{change.row}, {change.figure} {values}{spread}{verdict}"
