"""The README's tables of our own costs, from results of made-up figures."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from benchmarks.project.cost_tables import tabulate_invoke_cost, tabulate_start_time


@pytest.fixture
def results(tmp_path: Path) -> Path:
    ratio = {"median": 1.0123, "p10": 0.99, "p90": 1.04}
    put(
        tmp_path / "invoke-cost.json",
        ratios={
            "ours": ratio | {"low": 1.001, "high": 1.0224},
            "short": ratio | {"low": None, "high": None},
        },
        limits={"ours": 1.02, "short": 1.03},
    )
    put(
        tmp_path / "start-time.json",
        ratios={"crack-edge --help": ratio, "first score": ratio},
        limits={"crack-edge --help": 0.15, "first score": 0.35},
    )
    return tmp_path


def put(path: Path, **values: Any) -> None:
    path.write_text(json.dumps(values))


def test_the_cost_of_an_invoke_stands_beside_its_interval_and_limit(results: Path) -> None:
    assert tabulate_invoke_cost(results).splitlines() == [
        "| time to a bare invoke | median ratio | 95 % interval | limit |",
        "| --- | --- | --- | --- |",
        "| ours | 1.012 | 1.001 to 1.022 | 1.02 |",
        "| short | 1.012 | - | 1.03 |",
    ]


def test_commands_are_written_as_code_in_the_table_of_starts(results: Path) -> None:
    rows = tabulate_start_time(results).splitlines()[2:]
    assert rows == [
        "| `crack-edge --help` | 1.012 | 0.990 to 1.040 | 0.15 |",
        "| first score | 1.012 | 0.990 to 1.040 | 0.35 |",
    ]
