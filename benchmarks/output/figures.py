"""What results say of each file with each backend: the figures that all outputs show first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from benchmarks.output.formatting import LARGE, plain, shorten
from benchmarks.result_types import (
    PEAK_KEYS,
    VIEWS,
    AccuracyRow,
    EstimateEntry,
    FileEntry,
    LatencyRow,
    Results,
    SubjectRow,
    accuracy_rows,
)
from benchmarks.stats.estimates import Estimate
from benchmarks.stats.pareto import pareto_front
from edge.detect.settings import View

RowT = TypeVar("RowT", bound=SubjectRow)
AccuracyName = Literal["accuracy", "precision", "recall", "f1", "auc"]
ACCURACY_NAMES: tuple[AccuracyName, ...] = ("accuracy", "precision", "recall", "f1", "auc")


@dataclass(frozen=True)
class Timing:
    """Latencies of one view on so many threads.

    Attributes:
        threads: that scored one piece.
        p50_ms: their median.
        p90_ms: their 90th percentile.
        p99_ms: their 99th percentile.
        mpx_per_s: scored at the median.
    """

    threads: int
    p50_ms: Estimate
    p90_ms: Estimate
    p99_ms: Estimate
    mpx_per_s: float


@dataclass(frozen=True)
class Accuracy:
    """How right the verdicts of one view are.

    Attributes:
        figures: by name; None where a figure has no value.
        agreement: share of verdicts equal to the float parent's; None where it was not given.
    """

    figures: Mapping[AccuracyName, Estimate | None]
    agreement: Estimate | None


@dataclass(frozen=True)
class ViewSummary:
    """What is known of one view.

    Attributes:
        one_thread: latencies on one thread.
        fastest: latencies at the thread count whose median is lowest.
        accuracy: of this view.
    """

    one_thread: Timing | None
    fastest: Timing | None
    accuracy: Accuracy | None


@dataclass(frozen=True)
class SummaryRow:
    """What is known of a file with a backend; None for what was not measured.

    Attributes:
        file: its name.
        backend: name of the runtime.
        format: tflite, onnx or keras.
        quantization: of the file.
        size_mb: of the file, 10^6 bytes.
        views: what is known of the tile and of the dense view.
        tiles_per_s: the highest throughput of all layouts.
        layout: its processes and threads of each.
        cold_start_ms: until the first score of a fresh process.
        rss_mb: the highest peak of memory.
    """

    file: str
    backend: str
    format: str
    quantization: str
    size_mb: float
    views: Mapping[View, ViewSummary]
    tiles_per_s: Estimate | None
    layout: tuple[int, int] | None
    cold_start_ms: Estimate | None
    rss_mb: float | None

    @property
    def name(self) -> str:
        """Return file and backend in one line."""
        return name_pair(self.file, self.backend)


def name_pair(file: str, backend: str) -> str:
    """Return file and backend in one line that is not too long and can be shown."""
    return f"{shorten(plain(file))}, {shorten(plain(backend), 24)}"


def summarise(results: Results) -> list[SummaryRow]:
    """Return a row for each file and backend of which anything was measured, file by file."""
    rows_by_pair: dict[tuple[str, str], None] = {}
    parts: tuple[Sequence[SubjectRow], ...] = (
        results["latency"]["rows"],
        accuracy_rows(results),
        results["throughput"],
        results["cold_start"],
        results["stages"],
    )
    for rows in parts:
        rows_by_pair |= dict.fromkeys((row["file"], row["backend"]) for row in rows)
    return [
        _summarise_pair(results, file, backend)
        for file in results["files"]
        for name, backend in rows_by_pair
        if name == file["name"]
    ]


def _summarise_pair(results: Results, file: FileEntry, backend: str) -> SummaryRow:
    def select(rows: Sequence[RowT]) -> list[RowT]:
        return [row for row in rows if (row["file"], row["backend"]) == (file["name"], backend)]

    latencies = select(results["latency"]["rows"])
    accuracy = select(accuracy_rows(results))
    best = max(
        select(results["throughput"]), key=lambda row: row["tiles_per_s"]["value"], default=None
    )
    start = next(iter(select(results["cold_start"])), None)
    peaks = [start[key] for key in PEAK_KEYS] if start else []
    return SummaryRow(
        file=file["name"],
        backend=backend,
        format=file["kind"],
        quantization=file["quantization"],
        size_mb=file["bytes"] / 1e6,
        views={view: _summarise_view(view, latencies, accuracy) for view in VIEWS},
        tiles_per_s=estimate_of(best["tiles_per_s"]) if best else None,
        layout=(best["processes"], best["threads"]) if best else None,
        cold_start_ms=estimate_of(start["total_ms"]) if start else None,
        rss_mb=max((peak for peak in peaks if peak is not None), default=None),
    )


def _summarise_view(
    view: View,
    latencies: Sequence[LatencyRow],
    accuracy: Sequence[AccuracyRow],
) -> ViewSummary:
    timings = [_timing_of(row) for row in latencies if row["view"] == view]
    found = next((row for row in accuracy if row["view"] == view), None)
    return ViewSummary(
        one_thread=next((timing for timing in timings if timing.threads == 1), None),
        fastest=min(timings, key=lambda timing: timing.p50_ms.value, default=None),
        accuracy=_accuracy_of(found) if found else None,
    )


def _timing_of(row: LatencyRow) -> Timing:
    return Timing(
        row["threads"],
        estimate_of(row["p50_ms"]),
        estimate_of(row["p90_ms"]),
        estimate_of(row["p99_ms"]),
        row["mpx_per_s"],
    )


def _accuracy_of(row: AccuracyRow) -> Accuracy:
    return Accuracy(
        {name: figure_of(row, name) for name in ACCURACY_NAMES},
        estimate_of(row["agreement"]) if row["agreement"] else None,
    )


def estimate_of(value: EstimateEntry) -> Estimate:
    """Return an estimate of results."""
    return Estimate(value["value"], value["low"], value["high"])


def figure_of(row: Mapping[str, Any], name: str) -> Estimate | None:
    """Return a figure of accuracy with its interval, None where it has no value.

    The schema leaves intervals and sources open, so what stands there may be anything.
    """
    value = _number(row.get(name))
    if value is None:
        return None
    ends = row["intervals"].get(name) if isinstance(row.get("intervals"), Mapping) else None
    if not isinstance(ends, Mapping):
        return Estimate(value)
    return Estimate(value, _number(ends.get("low")), _number(ends.get("high")))


def _number(value: object) -> float | None:
    if type(value) not in (int, float):
        return None
    assert isinstance(value, int | float)
    return float(value) if abs(value) < LARGE else None


def find_front(rows: Sequence[SummaryRow], view: View, name: AccuracyName) -> list[SummaryRow]:
    """Return the rows that no other beats in both latency and accuracy, the fastest first.

    Args:
        rows: of all files and backends.
        view: whose figures count; each at its fastest thread count.
        name: of the figure of accuracy.
    """
    points = [(row, find_point(row, view, name)) for row in rows]
    known = [(row, point) for row, point in points if point]
    costs = [1 / timing.mpx_per_s if view == "dense" else timing.p50_ms.value for timing, _ in
             (point for _, point in known)]  # fmt: skip
    return [
        known[place][0] for place in pareto_front(costs, [figure.value for _, (_, figure) in known])
    ]


def find_point(row: SummaryRow, view: View, name: AccuracyName) -> tuple[Timing, Estimate] | None:
    """Return what places a row in the picture of accuracy over latency, None if one is missing."""
    known = row.views[view]
    figure = known.accuracy.figures[name] if known.accuracy else None
    return (known.fastest, figure) if known.fastest and figure else None
