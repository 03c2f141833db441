"""The bench of formats: ratios to one of them, honest about how often each was called."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from benchmarks.project.documents import fill_tables
from benchmarks.project.format_speed import measure_files
from edge.model.tflite_file import find_model


@pytest.fixture(scope="module")
def results() -> dict[str, object]:
    paths = {name: find_model(name) for name in ("default", "small")}
    return measure_files(paths, np.zeros((64, 64, 3), np.uint8), rounds=3, reference="default")


def test_the_reference_has_the_ratio_one(results: dict[str, object]) -> None:
    row = results["formats"]["default"]
    assert row["size_ratio"] == 1
    assert row["latency_ratio"] == {"median": 1, "p10": 1, "p90": 1}


def test_sizes_are_those_of_the_files(results: dict[str, object]) -> None:
    large, small = (results["formats"][name] for name in ("default", "small"))
    assert small["bytes"] == find_model("small").stat().st_size
    assert small["size_ratio"] == pytest.approx(small["bytes"] / large["bytes"])
    assert large["bytes"] == find_model("default").stat().st_size


def test_the_table_of_formats_is_made_from_the_results(
    results: dict[str, object], tmp_path: Path
) -> None:
    (tmp_path / "formats.json").write_text(json.dumps(results))
    text = fill_tables("<!-- table: formats -->\n<!-- end -->", tmp_path)
    lines = text.splitlines()
    assert lines[1].startswith("| format | size, MB | size ratio |")
    assert lines[3].startswith("| `default` | ")
    assert "| 1.00 | 1.00 | 1.00 to 1.00 |" in lines[3]
    assert len(lines) == 6
