"""How often a comparison cries wolf, and how often it misses one; over many pairs of runs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from benchmarks.output.compare import compare_results
from tests.unit.bench.results_made import make_accuracy, make_latency_row, make_results

FILE = "default.int8.tflite"
NONE = {"no difference"}


def _verdicts_of_latency(
    seed: int, factor: float, *, most_busy: float = 0.7, sittings: int = 5
) -> list[str]:
    """Compare three rows of two runs; latencies of the second are longer by the factor.

    Each run has another share of rounds in which other work slows the machine.
    """

    def rows(seed: int, factor: float) -> list[dict[str, Any]]:
        busy = float(np.random.default_rng(seed).uniform(0, most_busy))
        facts: tuple[dict[str, Any], ...] = (
            {"median_ms": 4.0 * factor},
            {"median_ms": 2.3 * factor, "threads": 2},
            {"median_ms": 30 * factor, "view": "dense"},
        )
        return [
            make_latency_row(seed=seed + number, busy=busy, sittings=sittings, **one)
            for number, one in enumerate(facts)
        ]

    comparison = compare_results(
        make_results(rows(seed, 1.0)), make_results(rows(seed + 3, factor)), seed=seed
    )
    changes = [change for change in comparison.changes if change.part == "latency"]
    return [change.verdict for change in changes if change.verdict]


def _verdicts_of_accuracy(seed: int, skills: Sequence[float]) -> set[str | None]:
    made = make_accuracy(dict(zip(("base", "new"), skills, strict=True)), seed=seed)
    base, new = (
        make_results(accuracy={**made, "rows": [{**row, "file": FILE}]}) for row in made["rows"]
    )
    comparison = compare_results(base, new, seed=seed)
    return {change.verdict for change in comparison.changes if change.part == "accuracy"}


def test_equal_files_are_called_different_in_at_most_3_of_50_pairs() -> None:
    alarms = 0
    for seed in range(50):
        latencies = set(_verdicts_of_latency(100 * seed, 1.0))
        alarms += latencies | _verdicts_of_accuracy(seed, (2.0, 2.0)) != NONE
    assert alarms <= 3


def test_a_file_slower_by_10_percent_is_caught_in_95_percent_of_40_pairs() -> None:
    caught = [set(_verdicts_of_latency(7000 + 10 * n, 1.1)) == {"slower"} for n in range(40)]
    assert sum(caught) >= 38


def test_a_file_faster_by_10_percent_is_found_as_well() -> None:
    found = [set(_verdicts_of_latency(8000 + 10 * n, 1 / 1.1)) == {"faster"} for n in range(10)]
    assert sum(found) >= 9


def test_a_file_slower_by_1_percent_is_seldom_called_slower() -> None:
    called = [
        set(_verdicts_of_latency(9000 + 10 * n, 1.01, most_busy=0.0)) != NONE for n in range(40)
    ]
    # It is slower; only that nobody would choose another for so little keeps from saying so.
    assert sum(called) <= 4


def test_a_worse_file_is_caught() -> None:
    caught = ["worse" in _verdicts_of_accuracy(100 + n, (2.0, 1.4)) for n in range(20)]
    assert sum(caught) >= 19
