"""Limits that the results of one run must keep, such as in continuous integration."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from benchmarks.result_types import PEAK_KEYS, Results, SubjectRow, accuracy_rows
from edge.files.formatting import count_of


@dataclass(frozen=True)
class BenchmarkLimits:
    """Limits; None where there is none.

    Attributes:
        max_p90_ms: of one tile, ms.
        min_recall: on the data.
        min_auc: on the data.
        max_rss_mb: highest peak memory (RSS) of a process, MB of 10^6 bytes.
    """

    max_p90_ms: float | None = None
    min_recall: float | None = None
    min_auc: float | None = None
    max_rss_mb: float | None = None


def list_misses(results: Results, limits: BenchmarkLimits) -> list[str]:
    """Return what is beyond a limit, or was not measured; each with its value and the limit.

    The latency that counts is that of a tile (of a piece of the dense view if no tile was
    measured), for every file on the backend that is listed first for it, on as many threads as are
    fastest. Recall, AUC and memory count in every row.
    """
    misses = []
    if limits.max_p90_ms is not None:
        misses += _check_p90(results, limits.max_p90_ms)
    if limits.min_recall is not None:
        misses += _check_accuracy(results, "recall", limits.min_recall)
    if limits.min_auc is not None:
        misses += _check_accuracy(results, "auc", limits.min_auc)
    if limits.max_rss_mb is not None:
        misses += _check_memory(results, limits.max_rss_mb)
    return misses


def _check_p90(results: Results, highest: float) -> list[str]:
    misses = [
        f"latency: the run was disturbed: {reason}; measure again"
        for reason in results["conditions"]["disturbed"]
    ]
    rows = results["latency"]["rows"]
    misses += _list_unmeasured(results, rows, "p90_ms", "measure its latency")
    for file in _names(results):
        own = [row for row in rows if row["file"] == file]
        own = [row for row in own if row["backend"] == own[0]["backend"]]
        own = [row for row in own if row["view"] == "tile"] or own
        if not own:
            continue
        fastest = min(own, key=lambda row: float(row["p90_ms"]["value"]))
        value, threads = fastest["p90_ms"]["value"], fastest["threads"]
        # Not "above": a value that is not a number misses too.
        if not value <= highest:
            name = f"{_name(fastest, fastest['view'])} {count_of(threads, 'thread')}"
            misses.append(f"{name}: p90 {value:.4g} ms, the limit is {highest:g} ms")
    return misses


def _check_accuracy(results: Results, figure: Literal["recall", "auc"], lowest: float) -> list[str]:
    known = [(row, value) for row in accuracy_rows(results) if (value := row[figure]) is not None]
    remedy = "give --data with cracks and pictures without"
    misses = _list_unmeasured(results, [row for row, _ in known], figure, remedy)
    return misses + [
        f"{_name(row, row['view'])}: {figure} {value:.4f}, the limit is {lowest:g}"
        for row, value in known
        if not value >= lowest
    ]


def _check_memory(results: Results, highest: float) -> list[str]:
    found = [
        (row, [peak for key in PEAK_KEYS if (peak := row[key]) is not None])
        for row in results["cold_start"]
    ]
    peaks = [(row, max(values)) for row, values in found if values]
    rows = [row for row, _ in peaks]
    misses = _list_unmeasured(results, rows, "peak memory", "measure its cold start")
    return misses + [
        f"{_name(row)}: peak memory {peak:.4g} MB, the limit is {highest:g} MB"
        for row, peak in peaks
        if not peak <= highest
    ]


def _list_unmeasured(
    results: Results, rows: Iterable[SubjectRow], figure: str, remedy: str
) -> list[str]:
    measured = {row["file"] for row in rows}
    return [
        f"{file}: {figure} was not measured; {remedy}"
        for file in _names(results)
        if file not in measured
    ]


def _names(results: Results) -> Sequence[str]:
    return [file["name"] for file in results["files"]]


def _name(row: SubjectRow, *more: str) -> str:
    return " ".join((row["file"], row["backend"], *more))
