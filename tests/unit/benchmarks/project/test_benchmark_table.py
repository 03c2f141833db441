"""The README's table of model files: only of a run that nothing disturbed."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.output.results_file import write_results
from benchmarks.project.benchmark_table import NAME, tabulate_benchmark
from edge.files.errors import InputError
from tests.unit.benchmarks.results_made import make_accuracy, make_latency_row, make_results

FILE = "default.int8.tflite"


def test_a_file_stands_with_its_figures_and_intervals(tmp_path: Path) -> None:
    rows = [make_latency_row(FILE), make_latency_row(FILE, view="dense", median_ms=20.0)]
    results = make_results(rows, accuracy=make_accuracy({FILE: 2.0}))
    write_results(tmp_path / NAME, results, force=False)
    head, _, row = tabulate_benchmark(tmp_path).splitlines()
    assert head.count("|") == row.count("|")
    cells = [cell.strip() for cell in row.split("|")[1:-1]]
    assert cells[:3] == [f"`{FILE}`", "LiteRT", "2.70"]
    assert cells[3] == cells[4]
    assert cells[3].count("-") == 1
    assert cells[7] == "110"


def test_a_disturbed_run_is_not_quoted(tmp_path: Path) -> None:
    results = make_results(disturbed=["other work kept 1 of 2 cores busy"])
    write_results(tmp_path / NAME, results, force=False)
    with pytest.raises(InputError, match="other work"):
        tabulate_benchmark(tmp_path)
