"""Bars that results must reach, and a base that they may not fall behind."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from benchmarks.output.compare import Comparison
from benchmarks.output.compare_change import Change, show_value
from benchmarks.output.compare_match import accuracy_row, cold_start_row, latency_row

TOLERANCE = 0.05
ACCURACY_TOLERANCE = 0.01
# A base's rows of these must be in the new results: gates look at them.
_HELD = ("latency", "cold start", "size", "accuracy")

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Gates:
    """Bars; None where there is none.

    Attributes:
        max_p90_ms: of one tile, ms.
        min_recall: on the data.
        min_auc: on the data.
        max_rss_mb: most memory of a process, MB of 10^6 bytes.
    """

    max_p90_ms: float | None = None
    min_recall: float | None = None
    min_auc: float | None = None
    max_rss_mb: float | None = None


def check_gates(results: Mapping[str, Any], gates: Gates) -> list[str]:
    """Return what misses a bar, or was not measured; each with its value and the bar.

    The latency that counts is that of a tile (of a piece of the dense view if no tile was
    measured), for every file on the backend that is listed first for it, on as many threads as are
    fastest. Recall, AUC and memory count in every row.
    """
    misses = []
    if gates.max_p90_ms is not None:
        misses += _check_p90(results, gates.max_p90_ms)
    accuracy = results["accuracy"]["rows"] if results["accuracy"] else []
    for figure, bar in (("recall", gates.min_recall), ("auc", gates.min_auc)):
        if bar is not None:
            misses += _check_accuracy(results, accuracy, figure, bar)
    if gates.max_rss_mb is not None:
        misses += _check_memory(results, gates.max_rss_mb)
    return misses


def _check_p90(results: Mapping[str, Any], bar: float) -> list[str]:
    misses = [
        f"latency: the run was disturbed: {reason}; measure again"
        for reason in results["conditions"]["disturbed"]
    ]
    rows = results["latency"]["rows"]
    misses += _not_measured(results, rows, "p90_ms", "measure its latency")
    for file in _names(results):
        own = [row for row in rows if row["file"] == file]
        own = [row for row in own if row["backend"] == own[0]["backend"]]
        own = [row for row in own if row["view"] == "tile"] or own
        if not own:
            continue
        fastest = min(own, key=lambda row: float(row["p90_ms"]["value"]))
        value = fastest["p90_ms"]["value"]
        # Not "above": a value that is no number misses too.
        if not value <= bar:
            misses.append(f"{latency_row(fastest)}: p90 {value:.4g} ms, the bar is {bar:g} ms")
    return misses


def _check_accuracy(
    results: Mapping[str, Any], rows: Iterable[Row], figure: str, bar: float
) -> list[str]:
    rows = [row for row in rows if row[figure] is not None]
    misses = _not_measured(results, rows, figure, "give --data with cracks and pictures without")
    for row in rows:
        if not row[figure] >= bar:
            misses.append(f"{accuracy_row(row)}: {figure} {row[figure]:.4f}, the bar is {bar:g}")
    return misses


def _check_memory(results: Mapping[str, Any], bar: float) -> list[str]:
    figures = ("rss_tile_mb", "rss_dense_mb")
    rows = [row for row in results["cold_start"] if any(row[name] is not None for name in figures)]
    misses = _not_measured(results, rows, "peak memory", "measure its cold start")
    for row in rows:
        value = max(row[name] for name in figures if row[name] is not None)
        if not value <= bar:
            misses.append(
                f"{cold_start_row(row)}: peak memory {value:.4g} MB, the bar is {bar:g} MB"
            )
    return misses


def _not_measured(
    results: Mapping[str, Any], rows: Iterable[Row], figure: str, remedy: str
) -> list[str]:
    measured = {row["file"] for row in rows}
    return [
        f"{file}: {figure} was not measured; {remedy}"
        for file in _names(results)
        if file not in measured
    ]


def _names(results: Mapping[str, Any]) -> list[str]:
    return [file["name"] for file in results["files"]]


def check_against(
    comparison: Comparison,
    *,
    tolerance: float = TOLERANCE,
    accuracy_tolerance: float = ACCURACY_TOLERANCE,
) -> list[str]:
    """Return where new results fall behind their base, or can't be held against it.

    Latencies must be slower, figures of accuracy worse by more than noise explains; the size of a
    file and the memory of a process have next to none.

    Args:
        comparison: of base and new results.
        tolerance: share by which latency, memory and size may be higher.
        accuracy_tolerance: by which recall, AUC and F1 may be lower.
    """
    misses = [
        miss
        for change in comparison.changes
        if (miss := _miss(change, tolerance, accuracy_tolerance))
    ]
    misses += [
        f"{one.row}: {one.part} is in the base and was not measured"
        for one in comparison.alone
        if one.where == "base" and one.part in _HELD
    ]
    return misses + list(comparison.obstacles)


def _miss(change: Change, tolerance: float, accuracy_tolerance: float) -> str | None:
    # Not by the verdict: that calls equal what differs by less than is of use, a bar may be lower.
    is_slower = change.part == "latency" and change.is_beyond_noise
    is_larger = change.part in ("memory", "size")
    if (is_slower or is_larger) and change.change > 1 + tolerance:
        return (
            f"{change.row}: {change.figure} {show_value(change.new)}, "
            f"{change.change - 1:.1%} above the base's {show_value(change.base)}, the bar is "
            f"{tolerance:.1%}"
        )
    is_held = change.part == "accuracy" and change.figure in ("recall", "auc", "f1")
    if is_held and change.is_beyond_noise and -change.change > accuracy_tolerance:
        return (
            f"{change.row}: {change.figure} {change.new:.4f}, {-change.change:.4f} below the "
            f"base's {change.base:.4f}, the bar is {accuracy_tolerance:g}"
        )
    return None
