"""Two results held against each other: matching, notes, and what is said."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from benchmarks.output.compare import Comparison, compare_results, describe_comparison
from benchmarks.output.compare_change import Change, Finding, Row, judge_findings
from edge.files.errors import InputError
from tests.unit.bench.results_made import make_accuracy, make_file, make_latency_row, make_results

FILE = "default.int8.tflite"


def _change(comparison: Comparison, figure: str, **row: Any) -> Change:
    found = [
        change
        for change in comparison.changes
        if change.figure == figure
        and all(getattr(change.row, name) == value for name, value in row.items())
    ]
    assert len(found) == 1
    return found[0]


def _finding(distance: float, error: float | None = 0.01) -> Finding:
    words = ("faster", "slower")
    return Finding("latency", Row(FILE), "p50_ms", 1, 1, True, distance, error, 8.0, words, 0.02)


def test_results_held_against_themselves_show_no_difference() -> None:
    results = make_results(accuracy=make_accuracy({FILE: 2.0}))
    comparison = compare_results(results, results)
    assert {change.verdict for change in comparison.changes} == {None, "no difference"}
    assert not comparison.alone + comparison.obstacles + comparison.notes


def test_rows_are_matched_by_file_backend_view_and_threads() -> None:
    def rows(factor: float) -> list[dict[str, Any]]:
        return [
            make_latency_row(median_ms=4 * factor),
            make_latency_row(median_ms=3 * factor, threads=2),
            make_latency_row(median_ms=30 * factor, view="dense"),
            make_latency_row(median_ms=5 * factor, backend="OpenCV dnn"),
        ]

    comparison = compare_results(make_results(rows(1.0)), make_results(rows(1.2)[::-1]))
    latencies = [change for change in comparison.changes if change.part == "latency"]
    assert len(latencies) == 12
    assert all(change.change == pytest.approx(1.2, abs=0.001) for change in latencies)
    assert [change.row.threads for change in latencies[::3]] == [1, 2, 1, 1]
    judged = [change.figure for change in latencies if change.verdict]
    assert judged == ["undisturbed_ms"] * 4


def test_the_only_two_files_without_a_namesake_are_matched_and_it_says_so() -> None:
    base = make_results([make_latency_row("a.tflite"), make_latency_row("parent.tflite")])
    new = make_results([make_latency_row("parent.tflite"), make_latency_row("b.tflite")])
    comparison = compare_results(base, new)
    assert not comparison.alone
    assert [change.row.file for change in comparison.changes if change.part == "size"] == [
        "a.tflite",
        "parent.tflite",
    ]
    assert comparison.notes == ("a.tflite is compared with b.tflite, the only ones without a "
                                "namesake",)  # fmt: skip


def test_files_without_a_partner_are_listed() -> None:
    base = make_results([make_latency_row("a.tflite")])
    new = make_results([make_latency_row("b.tflite"), make_latency_row("c.tflite")])
    comparison = compare_results(base, new)
    assert not comparison.changes
    sizes = [(one.row.file, one.where) for one in comparison.alone if one.part == "size"]
    assert sizes == [("a.tflite", "base"), ("b.tflite", "new"), ("c.tflite", "new")]
    assert "only in base: latency, a.tflite LiteRT tile 1 thread" in describe_comparison(comparison)


def test_a_machine_that_became_slower_is_seen_by_the_yardstick() -> None:
    base, new = make_results(), make_results([make_latency_row(seed=1)])
    for turn in new["latency"]["rows"][0]["turns"]:
        turn["yardstick_ms"] *= 1.5
        turn["ms"] = [ms * 1.5 for ms in turn["ms"]]
    comparison = compare_results(base, new)
    assert _change(comparison, "undisturbed_ms").verdict == "no difference"
    assert _change(comparison, "undisturbed_ms").new == pytest.approx(3.9, rel=0.05)


@pytest.mark.parametrize(
    "yardstick", [None, {"what": "a filter of fixed size", "version": "4.1", "median_ms": 2.0}]
)
def test_without_a_yardstick_in_common_latencies_are_compared_as_they_are(
    yardstick: dict[str, Any] | None,
) -> None:
    new = make_results([make_latency_row(median_ms=6.0, seed=1)], yardstick=yardstick)
    comparison = compare_results(make_results(), new)
    assert _change(comparison, "undisturbed_ms").change == pytest.approx(1.5, rel=0.03)
    assert _change(comparison, "undisturbed_ms").verdict == "slower"
    assert "no yardstick in common" in comparison.notes[0]


def test_times_of_another_processor_are_not_compared_but_size_memory_and_accuracy_are() -> None:
    accuracy = make_accuracy({FILE: 2.0})
    new = make_results(accuracy=accuracy, machine={"processor": "another"})
    comparison = compare_results(make_results(accuracy=accuracy), new)
    assert {change.part for change in comparison.changes} == {"size", "memory", "accuracy"}
    assert comparison.obstacles == ("times are not compared: processor a processor and another",)


def test_a_disturbed_run_is_compared_and_not_trusted() -> None:
    comparison = compare_results(make_results(), make_results(disturbed=["throttled"]))
    assert _change(comparison, "undisturbed_ms").verdict == "no difference"
    assert comparison.obstacles == (
        "the new run was disturbed, its times can't be trusted: throttled",
    )


def test_pieces_of_another_size_are_not_compared() -> None:
    new = make_results([{**make_latency_row(), "shape_hw": [224, 224]}])
    comparison = compare_results(make_results(), new)
    assert all(change.part != "latency" for change in comparison.changes)
    assert "pieces of 256x256 and 224x224 px" in comparison.obstacles[0]


def test_one_sitting_gives_no_verdict() -> None:
    new = make_results([make_latency_row(median_ms=9.0, sittings=1, rounds=40)])
    comparison = compare_results(make_results(), new)
    change = _change(comparison, "undisturbed_ms")
    assert (change.verdict, change.low, change.high) == (None, None, None)
    assert "two sittings" in comparison.obstacles[0]


def test_another_version_of_a_backend_is_noted() -> None:
    new = make_results([{**make_latency_row(), "backend_version": "2.4.0"}])
    assert compare_results(make_results(), new).notes == (
        "LiteRT is 2.3.0 in the base, 2.4.0 in the new",
    )


def test_another_count_of_cores_is_noted() -> None:
    base = make_results()
    new = make_results(machine={**base["machine"], "cores": 8})
    assert compare_results(base, new).notes == ("the machine: cores 4 in the base, 8 in the new",)


def test_size_memory_throughput_and_cold_start_are_ratios_without_a_verdict() -> None:
    new = make_results(files=[make_file(FILE, bytes=5_400_000)])
    new["cold_start"][0]["rss_dense_mb"] = 220.0
    comparison = compare_results(make_results(), new)
    assert _change(comparison, "bytes").change == pytest.approx(2.0)
    assert _change(comparison, "rss_dense_mb").change == pytest.approx(2.0)
    assert _change(comparison, "total_ms").change == 1.0
    assert _change(comparison, "tiles_per_s", processes=2).verdict is None


def test_memory_that_is_no_longer_measured_is_said() -> None:
    new = make_results()
    new["cold_start"][0]["rss_tile_mb"] = None
    assert compare_results(make_results(), new).obstacles == (
        f"{FILE} LiteRT: rss_tile_mb is in the base and was not measured",
    )


def test_a_change_smaller_than_is_of_use_is_no_difference() -> None:
    base = make_results([make_latency_row(noise=0.0005)])
    new = make_results([make_latency_row(noise=0.0005, median_ms=4.06, seed=1)])
    change = _change(compare_results(base, new), "undisturbed_ms")
    assert change.low is not None
    assert change.low > 1
    assert change.verdict == "no difference"
    sharper = compare_results(base, new, min_difference=0.01)
    assert _change(sharper, "undisturbed_ms").verdict == "slower"


def test_the_more_is_compared_the_wider_is_each_interval() -> None:
    (alone,) = judge_findings([_finding(0.035)], level=0.95)
    many = judge_findings([_finding(0.035)] * 50, level=0.95)
    assert alone.verdict == "slower"
    assert {change.verdict for change in many} == {"no difference"}
    assert alone.low is not None
    assert many[0].low is not None
    assert many[0].low < 1 < alone.low


def test_what_gets_no_verdict_widens_nothing() -> None:
    (alone,) = judge_findings([_finding(0.035)], level=0.95)
    assert judge_findings([_finding(0.035), *[_finding(0.0, None)] * 50], level=0.95)[0] == alone


def test_figures_without_any_noise_are_judged_by_what_they_are() -> None:
    equal, lower = judge_findings([_finding(0.0, 0.0), _finding(-0.5, 0.0)], level=0.95)
    assert (equal.verdict, lower.verdict) == ("no difference", "faster")


def test_a_comparison_is_plain_json() -> None:
    results = make_results(accuracy=make_accuracy({FILE: 2.0}))
    written = json.loads(json.dumps(compare_results(results, results).to_dict()))
    assert written["changes"][0]["row"]["file"] == FILE
    assert written["level"] == 0.95


def test_a_line_tells_the_row_both_values_the_ratio_its_interval_and_the_verdict() -> None:
    new = make_results([make_latency_row(median_ms=4.8, seed=1)])
    lines = describe_comparison(compare_results(make_results(), new))
    (line,) = [line for line in lines if "undisturbed_ms" in line]
    assert line.startswith(f"{FILE} LiteRT tile 1 thread, undisturbed_ms 3.")
    assert " -> 4." in line
    assert re.search(r"x1\.\d{3} \(1\.1\d\d to 1\.2\d\d\)", line)
    assert line.endswith(": slower")
    assert any(
        line.startswith(f"{FILE} LiteRT 2 processes 1 thread, tiles_per_s") for line in lines
    )


@pytest.mark.parametrize("others", [{"kind": "a scan"}, {"version": 2}])
def test_what_no_benchmark_of_this_version_wrote_is_refused(others: dict[str, Any]) -> None:
    with pytest.raises(InputError, match="the new results: expected kind"):
        compare_results(make_results(), make_results(**others))


def test_results_without_a_part_are_refused() -> None:
    base = make_results()
    del base["yardstick"]
    with pytest.raises(InputError, match="the base results lack yardstick"):
        compare_results(base, make_results())
