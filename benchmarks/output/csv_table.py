"""Latencies as CSV, each line with the accuracy of its file, backend and view."""

from __future__ import annotations

from typing import Any

from benchmarks.output.figures import ACCURACY_NAMES, estimate_of, figure_of
from benchmarks.result_types import (
    TIME_KEYS,
    AccuracyRow,
    EstimateEntry,
    FileEntry,
    LatencyRow,
    Results,
    accuracy_rows,
)
from edge.files.csv_writer import make_csv
from edge.files.text_encoding import replace_undecodable

_FACTS = ("format", "quantization", "size_mb", "input_px", "window_px")
_COLUMNS = (
    "file", "backend", "backend_version", "view", "threads", "height_px", "width_px",
    *_FACTS, "sha256", "n",
    *(f"{name}{end}" for name in TIME_KEYS for end in ("", "_low", "_high")),
    "mean_ms", "mpx_per_s", "is_steady", "is_narrow", "is_disturbed",
    "pictures", "threshold",
    *(f"{name}{end}" for name in ACCURACY_NAMES for end in ("", "_low", "_high")),
    "agreement", "agreement_low", "agreement_high", "calibration_error", "brier",
)  # fmt: skip
# Text that nobody joins on.
_PROSE = ("backend_version", "quantization")


def render_csv(results: Results) -> bytes:
    """Return a line for each latency, and for each accuracy without one; figures in full.

    Args:
        results: as in ``results.schema.json``.
    """
    files = {file["name"]: file for file in results["files"]}
    accuracy = {_key_of(row): row for row in accuracy_rows(results)}
    latencies = results["latency"]["rows"]
    timed = {_key_of(row) for row in latencies}
    disturbed = bool(results["conditions"]["disturbed"])
    lines = [
        {
            **_name_facts(row, files[row["file"]]),
            **_latency_facts(row, disturbed=disturbed),
            **_accuracy_facts(accuracy.get(_key_of(row))),
        }
        for row in latencies
    ]
    lines += [
        {**_name_facts(row, files[row["file"]]), **_accuracy_facts(row)}
        for key, row in accuracy.items()
        if key not in timed
    ]
    spelled = [{name: _spell(line.get(name)) for name in _COLUMNS} for line in lines]
    return make_csv(_COLUMNS, spelled, prose=_PROSE)


def _key_of(row: LatencyRow | AccuracyRow) -> tuple[str, str, str]:
    return row["file"], row["backend"], row["view"]


def _name_facts(row: LatencyRow | AccuracyRow, file: FileEntry) -> dict[str, Any]:
    return {
        "file": row["file"],
        "backend": row["backend"],
        "view": row["view"],
        "format": file["kind"],
        "quantization": file["quantization"],
        "size_mb": file["bytes"] / 1e6,
        "input_px": file["input_px"],
        "window_px": file["window_px"],
        "sha256": file["sha256"],
    }


def _latency_facts(row: LatencyRow, *, disturbed: bool) -> dict[str, Any]:
    height, width = row["shape_hw"]
    facts = {
        "backend_version": row["backend_version"],
        "threads": row["threads"],
        "height_px": height,
        "width_px": width,
        "n": row["n"],
        "mean_ms": row["mean_ms"],
        "mpx_per_s": row["mpx_per_s"],
        "is_steady": row["is_steady"],
        "is_narrow": row["is_narrow"],
        "is_disturbed": disturbed,
    }
    for name in TIME_KEYS:
        facts |= _spread(name, row[name])
    return facts


def _accuracy_facts(row: AccuracyRow | None) -> dict[str, Any]:
    if row is None:
        return {}
    facts = {
        "pictures": row["n"],
        **{key: row[key] for key in ("threshold", "calibration_error", "brier")},
    }
    for name in ACCURACY_NAMES:
        if figure := figure_of(row, name):
            facts |= {name: figure.value, f"{name}_low": figure.low, f"{name}_high": figure.high}
    if row["agreement"]:
        facts |= _spread("agreement", row["agreement"])
    return facts


def _spread(name: str, value: EstimateEntry) -> dict[str, Any]:
    estimate = estimate_of(value)
    return {name: estimate.value, f"{name}_low": estimate.low, f"{name}_high": estimate.high}


def _spell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return replace_undecodable(value) if isinstance(value, str) else str(value)
