"""Gates of a benchmark: what misses a bar, and what could not be looked at."""

from __future__ import annotations

import math
from typing import Any

import pytest

from benchmarks.output.compare import compare_results
from benchmarks.output.gates import Gates, check_against, check_gates
from tests.unit.bench.results_made import make_accuracy, make_file, make_latency_row, make_results

FILE = "default.int8.tflite"


def _timed(value: float, **row: Any) -> dict[str, Any]:
    made = make_latency_row(**row)
    made["p90_ms"] = {"value": value, "low": value - 0.1, "high": value + 0.1}
    return made


def test_without_gates_nothing_is_missed() -> None:
    assert check_gates(make_results(disturbed=["hot"]), Gates()) == []


def test_bars_that_are_met_are_not_missed() -> None:
    results = make_results([_timed(4.5)], accuracy=make_accuracy({FILE: 2.0}))
    assert check_gates(results, Gates(4.5, 0.9, 0.9, 110.0)) == []


def test_a_miss_names_the_row_the_value_and_the_bar() -> None:
    results = make_results([_timed(4.5)], accuracy=make_accuracy({FILE: 0.5}))
    recall, auc = (results["accuracy"]["rows"][0][name] for name in ("recall", "auc"))
    assert check_gates(results, Gates(4.4, 0.99, 0.99, 109.0)) == [
        f"{FILE} LiteRT tile 1 thread: p90 4.5 ms, the bar is 4.4 ms",
        f"{FILE} LiteRT tile: recall {recall:.4f}, the bar is 0.99",
        f"{FILE} LiteRT tile: auc {auc:.4f}, the bar is 0.99",
        f"{FILE} LiteRT: peak memory 110 MB, the bar is 109 MB",
    ]


def test_the_latency_that_counts_is_that_of_a_tile_on_the_fastest_threads() -> None:
    rows = [_timed(9.0), _timed(5.0, threads=2), _timed(6.0, threads=4), _timed(1.0, view="dense")]
    assert not check_gates(make_results(rows), Gates(max_p90_ms=5.5))
    (miss,) = check_gates(make_results(rows), Gates(max_p90_ms=4.5))
    assert miss == f"{FILE} LiteRT tile 2 threads: p90 5 ms, the bar is 4.5 ms"


def test_the_backend_that_counts_is_the_first_of_the_file() -> None:
    rows = [_timed(9.0), _timed(1.0, backend="ONNX Runtime")]
    assert check_gates(make_results(rows), Gates(max_p90_ms=5.0))
    assert not check_gates(make_results(rows[::-1]), Gates(max_p90_ms=5.0))


def test_pieces_of_the_dense_view_count_where_no_tile_was_measured() -> None:
    (miss,) = check_gates(make_results([_timed(30.0, view="dense")]), Gates(max_p90_ms=5.0))
    assert "LiteRT dense 1 thread: p90 30 ms" in miss


def test_every_file_is_held_to_the_bar() -> None:
    rows = [
        _timed(4.0, file="a.tflite"),
        _timed(8.0, file="b.tflite"),
        _timed(9.0, file="c.tflite"),
    ]
    misses = check_gates(make_results(rows), Gates(max_p90_ms=5.0))
    assert [miss.split()[0] for miss in misses] == ["b.tflite", "c.tflite"]


def test_latencies_of_a_disturbed_run_miss_with_the_reason() -> None:
    results = make_results([_timed(4.0)], disturbed=["throttled"])
    assert check_gates(results, Gates(max_p90_ms=5.0)) == [
        "latency: the run was disturbed: throttled; measure again"
    ]
    assert not check_gates(results, Gates(max_rss_mb=150.0))


def test_what_was_not_measured_is_a_miss() -> None:
    results = make_results(files=[make_file(FILE), make_file("other.tflite")])
    results["cold_start"] = []
    assert check_gates(results, Gates(9.0, 0.9, 0.9, 150.0)) == [
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
    misses = check_gates(results, Gates(min_recall=0.9, max_rss_mb=150.0))
    assert [miss.split(";")[0] for miss in misses] == [
        f"{FILE}: recall was not measured",
        f"{FILE}: peak memory was not measured",
    ]


def test_what_is_no_number_does_not_pass() -> None:
    results = make_results([_timed(math.nan)], accuracy=make_accuracy({FILE: 2.0}))
    results["accuracy"]["rows"][0]["recall"] = math.nan
    assert len(check_gates(results, Gates(max_p90_ms=5.0, min_recall=0.5))) == 2


def test_results_are_not_behind_themselves() -> None:
    results = make_results(accuracy=make_accuracy({FILE: 2.0}))
    assert check_against(compare_results(results, results)) == []


def test_a_slower_file_misses_unless_the_tolerance_allows_it() -> None:
    base, new = make_results(), make_results([make_latency_row(median_ms=4.8, seed=1)])
    comparison = compare_results(base, new)
    misses = check_against(comparison)
    (miss,) = misses
    assert miss.startswith(f"{FILE} LiteRT tile 1 thread: undisturbed_ms 4.")
    assert miss.endswith("the bar is 5.0%")
    assert not check_against(comparison, tolerance=0.3)
    assert not check_against(compare_results(new, base))


def test_a_bar_may_be_lower_than_a_difference_of_use() -> None:
    base = make_results([make_latency_row(noise=0.0005)])
    new = make_results([make_latency_row(noise=0.0005, median_ms=4.06, seed=1)])
    comparison = compare_results(base, new)
    assert {change.verdict for change in comparison.changes} == {None, "no difference"}
    assert len(check_against(comparison, tolerance=0.01)) == 1


def test_noise_misses_nothing() -> None:
    noisy = {"noise": 0.3, "sittings": 3}
    base = make_results([make_latency_row(**noisy)])
    new = make_results([make_latency_row(seed=1, **noisy)])
    comparison = compare_results(base, new)
    assert max(abs(change.change - 1) for change in comparison.changes) > 0.05
    assert not check_against(comparison)


def test_more_memory_and_a_larger_file_miss() -> None:
    new = make_results(files=[make_file(FILE, bytes=3_000_000)])
    new["cold_start"][0]["rss_tile_mb"] = 90.0
    comparison = compare_results(make_results(), new)
    assert check_against(comparison) == [
        f"{FILE}: bytes 3000000, 11.1% above the base's 2700000, the bar is 5.0%",
        f"{FILE} LiteRT: rss_tile_mb 90, 20.0% above the base's 75, the bar is 5.0%",
    ]
    assert not check_against(comparison, tolerance=0.25)


def test_lower_recall_auc_and_f1_miss_but_not_the_other_figures() -> None:
    made = make_accuracy({"base": 2.0, "new": 1.0})
    base, new = (
        make_results(accuracy={**made, "rows": [{**row, "file": FILE}]}) for row in made["rows"]
    )
    comparison = compare_results(base, new)
    misses = check_against(comparison)
    assert [miss.split(": ")[1].split()[0] for miss in misses] == ["recall", "f1", "auc"]
    assert not check_against(comparison, accuracy_tolerance=0.5)


def test_rows_of_the_base_that_are_no_longer_measured_miss() -> None:
    base = make_results(
        [make_latency_row(), make_latency_row(threads=2)], accuracy=make_accuracy({FILE: 2.0})
    )
    new = make_results()
    assert check_against(compare_results(base, new)) == [
        f"{FILE} LiteRT tile 2 threads: latency is in the base and was not measured",
        f"{FILE} LiteRT tile: accuracy is in the base and was not measured",
    ]
    assert not check_against(compare_results(new, base))


@pytest.mark.parametrize(
    "others", [{"machine": {"processor": "another"}}, {"disturbed": ["throttled"]}]
)
def test_what_forbids_a_comparison_is_a_miss(others: dict[str, Any]) -> None:
    (miss,) = check_against(compare_results(make_results(), make_results(**others)))
    assert "another" in miss or "throttled" in miss
