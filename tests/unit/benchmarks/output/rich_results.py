"""Results with all parts, and such with names that do harm wherever they are not escaped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tests.unit.benchmarks.results_made import make_accuracy, make_latency_row, make_results

SPEEDS = {"default.int8.tflite": 4.0, "default.float32.onnx": 8.0, "small.int8.tflite": 2.0}
BACKENDS = {"LiteRT": 1.0, "ONNX Runtime": 1.2}
# Markup, a table's bar, a formula of a plot and of a spreadsheet, a terminal's commands, a turned
# direction, signs that no font has, half a sign.
NASTY = "=<script>alert('1')</script>|`$x_{1}$`\n\x1b[31m\u202eB\U0001f980\u7dda\ud800" + "x" * 200
PARENT = {"parent": "default.keras", "value": 0.99, "low": 0.98, "high": 1.0, "flips": 4}


def make_rich(
    speeds: Mapping[str, float] = SPEEDS, *, disturbed: Sequence[str] = (), **others: Any
) -> dict[str, Any]:
    """Return results of each file with two backends, two views and two thread counts."""
    rows = [
        make_latency_row(
            file, median_ms=ms * factor * size / threads**0.9, backend=backend, view=view,
            threads=threads, seed=threads, sessions=2, rounds=3,
        )
        for file, ms in speeds.items()
        for backend, factor in BACKENDS.items()
        for view, size in (("tile", 1.0), ("dense", 11.0))
        for threads in (1, 2)
    ]  # fmt: skip
    # The slower a file, the better it is.
    accuracy = make_accuracy({file: 1 + ms / 8 for file, ms in speeds.items()}, n=200)
    for row in accuracy["rows"]:
        row["agreement"] = dict(PARENT)
        row["per_source"]["bridges"] = row["per_source"]["walls"]
    return make_results(rows, accuracy=accuracy, disturbed=disturbed, **others)


def make_nasty() -> dict[str, Any]:
    """Return results that hold such names wherever a text can stand."""
    results = make_rich({"one": 4.0, "other": 2.0}, disturbed=[NASTY])
    names = {"one": NASTY, "other": f"{NASTY}2"}
    parts = ("throughput", "cold_start", "stages")
    for rows in (*(results[part] for part in parts), results["accuracy"]["rows"]):
        for row in rows:
            row["file"] = names[row["file"]]
    for row in results["latency"]["rows"]:
        row |= {"file": names[row["file"]], "backend_version": NASTY}
    for row in results["accuracy"]["rows"]:
        row["agreement"]["parent"] = NASTY
        row["per_source"] = {NASTY: row["per_source"]["walls"], "": "no figures"}
        row["intervals"] = {"recall": "none", "auc": {"low": NASTY, "high": [1]}, "f1": None}
    named = dict.fromkeys(("model", "quantization", "sha256"), NASTY)
    results["files"] = [{**file, **named, "name": names[file["name"]]} for file in results["files"]]
    problem = {"file": NASTY, "backend": NASTY, "text": NASTY}
    before = {**results["conditions"]["before"], "limits": [NASTY], "temperature_c": None}
    return results | {
        "crack_edge": NASTY,
        "made": NASTY,
        "machine": {NASTY: NASTY, "processor": NASTY, "board": {NASTY: [NASTY]}},
        "settings": {NASTY: None},
        "problems": [problem],
        "reference_workload": {"what": NASTY, "version": NASTY, "median_ms": 2.0},
        "conditions": {**results["conditions"], "before": before},
    }


def make_bare() -> dict[str, Any]:
    """Return results of a run in which nothing could be measured."""
    results = make_results()
    latency = {**results["latency"], "rows": [], "stopped": "time"}
    parts: dict[str, Any] = {key: [] for key in ("throughput", "cold_start", "stages")}
    return results | parts | {"latency": latency, "reference_workload": None, "machine": {}}
