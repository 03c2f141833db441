"""Limits of a benchmark: what is beyond one, and what was not measured."""

from __future__ import annotations

import math
from typing import Any

from benchmarks.output.limits import BenchmarkLimits, list_misses
from tests.unit.benchmarks.results_made import (
    make_accuracy,
    make_file,
    make_latency_row,
    make_results,
)

FILE = "default.int8.tflite"


def _timed(value: float, **row: Any) -> dict[str, Any]:
    made = make_latency_row(**row)
    made["p90_ms"] = {"value": value, "low": value - 0.1, "high": value + 0.1}
    return made


def test_without_limits_nothing_is_missed() -> None:
    assert list_misses(make_results(disturbed=["hot"]), BenchmarkLimits()) == []


def test_limits_that_are_kept_are_not_missed() -> None:
    results = make_results([_timed(4.5)], accuracy=make_accuracy({FILE: 2.0}))
    assert list_misses(results, BenchmarkLimits(4.5, 0.9, 0.9, 110.0)) == []


def test_a_miss_names_the_row_the_value_and_the_limit() -> None:
    results = make_results([_timed(4.5)], accuracy=make_accuracy({FILE: 0.5}))
    recall, auc = (results["accuracy"]["rows"][0][name] for name in ("recall", "auc"))
    assert list_misses(results, BenchmarkLimits(4.4, 0.99, 0.99, 109.0)) == [
        f"{FILE} LiteRT tile 1 thread: p90 4.5 ms, the limit is 4.4 ms",
        f"{FILE} LiteRT tile: recall {recall:.4f}, the limit is 0.99",
        f"{FILE} LiteRT tile: auc {auc:.4f}, the limit is 0.99",
        f"{FILE} LiteRT: peak memory 110 MB, the limit is 109 MB",
    ]


def test_the_latency_that_counts_is_that_of_a_tile_on_the_fastest_threads() -> None:
    rows = [_timed(9.0), _timed(5.0, threads=2), _timed(6.0, threads=4), _timed(1.0, view="dense")]
    assert not list_misses(make_results(rows), BenchmarkLimits(max_p90_ms=5.5))
    (miss,) = list_misses(make_results(rows), BenchmarkLimits(max_p90_ms=4.5))
    assert miss == f"{FILE} LiteRT tile 2 threads: p90 5 ms, the limit is 4.5 ms"


def test_the_backend_that_counts_is_the_first_of_the_file() -> None:
    rows = [_timed(9.0), _timed(1.0, backend="ONNX Runtime")]
    assert list_misses(make_results(rows), BenchmarkLimits(max_p90_ms=5.0))
    assert not list_misses(make_results(rows[::-1]), BenchmarkLimits(max_p90_ms=5.0))


def test_pieces_of_the_dense_view_count_where_no_tile_was_measured() -> None:
    (miss,) = list_misses(
        make_results([_timed(30.0, view="dense")]), BenchmarkLimits(max_p90_ms=5.0)
    )
    assert "LiteRT dense 1 thread: p90 30 ms" in miss


def test_every_file_is_compared_with_the_limit() -> None:
    rows = [
        _timed(4.0, file="a.tflite"),
        _timed(8.0, file="b.tflite"),
        _timed(9.0, file="c.tflite"),
    ]
    misses = list_misses(make_results(rows), BenchmarkLimits(max_p90_ms=5.0))
    assert [miss.split()[0] for miss in misses] == ["b.tflite", "c.tflite"]


def test_latencies_of_a_disturbed_run_miss_with_the_reason() -> None:
    results = make_results([_timed(4.0)], disturbed=["throttled"])
    assert list_misses(results, BenchmarkLimits(max_p90_ms=5.0)) == [
        "latency: the run was disturbed: throttled; measure again"
    ]
    assert not list_misses(results, BenchmarkLimits(max_rss_mb=150.0))


def test_what_was_not_measured_is_a_miss() -> None:
    results = make_results(files=[make_file(FILE), make_file("other.tflite")])
    results["cold_start"] = []
    assert list_misses(results, BenchmarkLimits(9.0, 0.9, 0.9, 150.0)) == [
        "other.tflite: p90_ms was not measured; measure its latency",
        f"{FILE}: recall was not measured; give --data with cracks and pictures without",
        "other.tflite: recall was not measured; give --data with cracks and pictures without",
        f"{FILE}: auc was not measured; give --data with cracks and pictures without",
        "other.tflite: auc was not measured; give --data with cracks and pictures without",
        f"{FILE}: peak memory was not measured; measure its cold start",
        "other.tflite: peak memory was not measured; measure its cold start",
    ]


def test_data_without_cracks_and_memory_that_nobody_tells_are_not_measured() -> None:
    results = make_results(accuracy=make_accuracy({FILE: 2.0}))
    results["accuracy"]["rows"][0]["recall"] = None
    results["cold_start"][0].update(rss_tile_mb=None, rss_dense_mb=None)
    misses = list_misses(results, BenchmarkLimits(min_recall=0.9, max_rss_mb=150.0))
    assert [miss.split(";")[0] for miss in misses] == [
        f"{FILE}: recall was not measured",
        f"{FILE}: peak memory was not measured",
    ]


def test_what_is_no_number_does_not_pass() -> None:
    results = make_results([_timed(math.nan)], accuracy=make_accuracy({FILE: 2.0}))
    results["accuracy"]["rows"][0]["recall"] = math.nan
    assert len(list_misses(results, BenchmarkLimits(max_p90_ms=5.0, min_recall=0.5))) == 2
