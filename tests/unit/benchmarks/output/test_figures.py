"""The figures that all outputs show, and the sentences made of them."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.output.figures import find_front, summarise
from benchmarks.output.formatting import plain, shorten, spell, spell_estimate
from benchmarks.output.summary import (
    Conclusion,
    conclude,
    explain_disturbance,
    explain_stop,
    explain_unsteady,
    list_headlines,
    list_problems,
)
from benchmarks.stats.estimates import Estimate
from tests.unit.benchmarks.output.rich_results import NASTY, make_bare, make_rich
from tests.unit.benchmarks.results_made import make_accuracy, make_latency_row, make_results


def test_there_is_a_row_for_each_file_and_backend_file_by_file() -> None:
    names = [row.name for row in summarise(make_rich())]
    assert names == [
        "default.int8.tflite, LiteRT",
        "default.int8.tflite, ONNX Runtime",
        "default.float32.onnx, LiteRT",
        "default.float32.onnx, ONNX Runtime",
        "small.int8.tflite, LiteRT",
        "small.int8.tflite, ONNX Runtime",
    ]


def test_the_fastest_thread_count_is_the_one_with_the_lowest_median() -> None:
    rows = [
        make_latency_row(threads=threads, median_ms=ms)
        for threads, ms in ((4, 3.0), (1, 4.0), (2, 2.0))
    ]
    (row,) = summarise(make_results(rows))
    tile = row.views["tile"]
    assert tile.fastest
    assert tile.fastest.threads == 2
    assert tile.one_thread
    assert tile.one_thread.p50_ms.value == pytest.approx(4.0, rel=0.1)


def test_the_highest_throughput_comes_with_its_split() -> None:
    (row,) = summarise(make_results())
    assert row.tiles_per_s
    assert (row.tiles_per_s.value, row.layout) == (400.0, (1, 2))


def test_a_file_of_which_only_accuracy_is_known_has_a_row() -> None:
    results = make_bare() | {"accuracy": make_accuracy({"default.int8.tflite": 2.0})}
    (row,) = summarise(results)
    assert row.views["tile"].fastest is None
    assert row.views["tile"].accuracy
    assert row.rss_mb is None


def test_the_front_leaves_out_what_is_slower_and_worse() -> None:
    rows = summarise(make_rich())
    assert [row.file for row in find_front(rows, "tile", "auc")] == [
        "small.int8.tflite", "default.int8.tflite", "default.float32.onnx",
    ]  # fmt: skip
    assert find_front(rows, "dense", "auc") == []


def test_the_conclusions_name_the_fastest_and_the_most_accurate() -> None:
    found = dict(list_headlines(summarise(make_rich())))
    assert found["Fastest"].startswith("small.int8.tflite, LiteRT: 1.0")
    assert found["Fastest"].endswith("ms a tile on 2 threads")
    assert found["Fastest on whole photos"].startswith("small.int8.tflite, LiteRT: ")
    assert found["Most accurate"].startswith("default.float32.onnx, LiteRT: AUC 0.")


def test_the_conclusions_say_what_is_as_fast_within_the_intervals() -> None:
    rows = [make_latency_row("a.tflite"), make_latency_row("b.tflite", median_ms=4.02)]
    found = dict(list_headlines(summarise(make_results(rows))))
    assert "as fast within the intervals: b.tflite, LiteRT" in found["Fastest"]


def test_the_conclusions_say_what_the_pictures_do_not_tell_apart() -> None:
    rows = [make_latency_row("a.tflite"), make_latency_row("b.tflite")]
    accuracy = make_accuracy({"a.tflite": 2.0, "b.tflite": 2.0})
    found = dict(list_headlines(summarise(make_results(rows, accuracy=accuracy))))
    assert "these pictures show no difference from: " in found["Most accurate"]


def _conclude(files: dict[str, float], accuracy: Any = None) -> Conclusion:
    rows = [make_latency_row(file, median_ms=ms) for file, ms in files.items()]
    conclusion = conclude(summarise(make_results(rows, accuracy=accuracy)))
    assert conclusion is not None
    return conclusion


def test_one_file_is_concluded_with_its_own_figures() -> None:
    alone = _conclude({"a.tflite": 4.0}, make_accuracy({"a.tflite": 2.0}))
    assert re.match(
        r"a\.tflite on LiteRT takes 4\.\d\d ms a tile on .*\. Its AUC is 0\.", alone.text
    )
    assert _conclude({"a.tflite": 4.0}).text.endswith("Give --data to measure how accurate it is.")


@pytest.mark.parametrize(
    ("accuracies", "said", "chosen"),
    [
        ({"a.tflite": 2.0, "b.tflite": 2.0}, "None is more accurate: AUC 0.", "a.tflite"),
        (
            {"a.tflite": 2.0, "b.tflite": 2.1},
            "These pictures show no difference in AUC",
            "a.tflite",
        ),
        ({"a.tflite": 0.1, "b.tflite": 5.0}, "b.tflite on LiteRT is more accurate: ", "b.tflite"),
    ],
)
def test_the_conclusion_says_whether_the_fastest_is_as_accurate(
    accuracies: dict[str, float], said: str, chosen: str
) -> None:
    conclusion = _conclude({"a.tflite": 2.0, "b.tflite": 4.0}, make_accuracy(accuracies))
    assert conclusion.text.startswith("a.tflite on LiteRT is the fastest: ")
    assert said in conclusion.text
    assert conclusion.file == chosen


def test_without_latencies_there_is_no_conclusion() -> None:
    assert conclude(summarise(make_bare())) is None


def test_one_file_alone_has_no_front() -> None:
    accuracy = make_accuracy({"default.int8.tflite": 2.0})
    found = dict(list_headlines(summarise(make_results(accuracy=accuracy))))
    assert "Best trade-offs of speed and accuracy" not in found


def test_data_of_one_label_is_judged_by_recall() -> None:
    accuracy = make_accuracy({"default.int8.tflite": 2.0})
    accuracy["rows"][0]["auc"] = None
    found = dict(list_headlines(summarise(make_results(accuracy=accuracy))))
    assert "recall 0." in found["Most accurate"]


def test_narrow_intervals_are_said_to_be() -> None:
    text = explain_stop(make_results())
    assert (
        text == "60 s of latencies in 5 sessions and 40 rounds; each p90 is known to ±3 % or better"
    )


@pytest.mark.parametrize(
    ("stopped", "said"),
    [("time", "the time ran out before"), ("interrupted", "interrupted before")],
)
def test_what_stayed_rough_is_named_with_how_rough(stopped: str, said: str) -> None:
    rows = [make_latency_row(), make_latency_row(threads=2), make_latency_row(threads=3)]
    rows[1] |= {"is_narrow": False, "p90_ms": {"value": 4.0, "low": 3.6, "high": 4.4}}
    rows[2] |= {"is_narrow": False, "p90_ms": {"value": 4.0, "low": None, "high": 4.4}}
    results = make_results(rows)
    results["latency"]["stopped"] = stopped
    text = explain_stop(results)
    assert f"{said} p90 was known to ±3 % for default.int8.tflite, LiteRT, tile, 3 " in text
    assert "3 threads (not known); default.int8.tflite, LiteRT, tile, 2 threads (±10 %)" in text
    assert text.endswith("the other 1 to ±3 % or better")


def test_where_all_is_rough_the_worst_is_named() -> None:
    rows = [make_latency_row(), make_latency_row(threads=2)]
    for row, high in zip(rows, (4.4, 20.0), strict=True):
        row |= {"is_narrow": False, "p90_ms": {"value": 4.0, "low": 3.6, "high": high}}
    results = make_results(rows)
    results["latency"]["stopped"] = "time"
    text = explain_stop(results)
    assert "before any p90 was known to ±3 %, worst default.int8.tflite, LiteRT, tile, 2 " in text
    assert text.endswith("(±205 %)")


def test_pictures_that_could_not_be_read_are_counted_and_named() -> None:
    accuracy = make_accuracy({"default.int8.tflite": 2.0})
    assert list_problems(make_results(accuracy=accuracy)) == []
    accuracy["data"]["unreadable"] = [f"{i}.jpg: cannot be read" for i in range(6)]
    (line,) = list_problems(make_results(accuracy=accuracy))
    assert line.startswith("6 pictures left out of the accuracy: 0.jpg: cannot be read; 1.jpg")
    assert line.endswith("and 2 more")


def test_a_run_without_latencies_says_so() -> None:
    assert explain_stop(make_bare()).endswith("no latency was measured")


def test_an_unsteady_warm_up_is_named() -> None:
    rows = [make_latency_row(), make_latency_row(threads=2)]
    rows[1]["is_steady"] = False
    assert explain_unsteady(make_results(rows)) == (
        "Not steady after the warm-up: default.int8.tflite, LiteRT, tile, 2 threads"
    )
    for row in rows:
        row["is_steady"] = False
    assert explain_unsteady(make_results(rows)).endswith(f": all {len(rows)} latencies")


def test_a_disturbed_run_says_not_to_quote_it_and_why() -> None:
    assert explain_disturbance(make_results()) == ""
    text = explain_disturbance(make_results(disturbed=["hot", "other work"]))
    assert text == "Disturbed run, so do not rely on its times: hot; other work"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (4.0234, "4.02"),
        (40.234, "40.2"),
        (402.34, "402"),
        (0.0512, "0.0512"),
        (0, "0"),
        (None, "–"),
    ],
)
def test_a_figure_has_three_digits(value: float | None, text: str) -> None:
    assert str(spell(value)) == text


def test_an_interval_has_the_digits_of_its_figure() -> None:
    assert str(spell_estimate(Estimate(4.0234, 3.984, 4.1))) == "4.02 (3.98-4.10)"
    assert str(spell_estimate(Estimate(4.0234, 3.984, None))) == "4.02 (3.98-?)"
    assert str(spell_estimate(Estimate(4.0234))) == "4.02 (?)"
    assert str(spell_estimate(None)) == "–"


@given(st.text())
def test_a_text_from_outside_becomes_one_line_that_can_be_shown(text: str) -> None:
    assert plain(text).isprintable()
    assert plain(plain(text)) == plain(text)


@given(st.text(), st.integers(min_value=2, max_value=80))
def test_a_shortened_text_keeps_its_ends(text: str, length: int) -> None:
    found = shorten(text, length)
    assert len(found) <= length
    assert found == text or (text.startswith(found[0]) and "…" in found)


def test_a_name_that_does_harm_is_shown_in_one_line() -> None:
    assert plain(NASTY).isprintable()
