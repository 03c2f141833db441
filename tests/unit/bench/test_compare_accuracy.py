"""Accuracy of two runs, paired picture by picture."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from benchmarks.output.compare import Comparison, compare_results
from benchmarks.output.compare_accuracy import find_shared
from tests.unit.bench.results_made import make_accuracy, make_results

FILE = "default.int8.tflite"


def _results(accuracy: Mapping[str, Any], file: str = FILE) -> dict[str, Any]:
    """Return results whose only row of accuracy is that of a file, under the name of ``FILE``."""
    rows = [{**row, "file": FILE} for row in accuracy["rows"] if row["file"] == file]
    return make_results(accuracy={**accuracy, "rows": rows})


def _of_accuracy(comparison: Comparison) -> dict[str, Any]:
    return {one.figure: one for one in comparison.changes if one.part == "accuracy"}


def _subset(accuracy: Mapping[str, Any], places: list[int]) -> dict[str, Any]:
    def pick(values: list[Any]) -> list[Any]:
        return [values[place] for place in places]

    samples = {name: pick(values) for name, values in accuracy["samples"].items()}
    rows = [{**row, "scores": pick(row["scores"])} for row in accuracy["rows"]]
    return {**accuracy, "samples": samples, "rows": rows}


def test_equal_scores_show_no_difference_and_no_spread() -> None:
    accuracy = make_accuracy({FILE: 2.0})
    changes = _of_accuracy(compare_results(_results(accuracy), _results(accuracy)))
    assert list(changes) == ["recall", "precision", "f1", "auc", "accuracy", "brier"]
    for change in changes.values():
        assert (change.change, change.low, change.high) == (0, 0, 0)
        assert change.verdict == "no difference"


def test_a_worse_file_is_worse_in_every_figure_and_the_better_one_better() -> None:
    accuracy = make_accuracy({"good": 2.0, "bad": 1.0})
    good, bad = _results(accuracy, "good"), _results(accuracy, "bad")
    worse, better = (_of_accuracy(compare_results(*pair)) for pair in ((good, bad), (bad, good)))
    assert {change.verdict for change in worse.values()} == {"worse"}
    assert {change.verdict for change in better.values()} == {"better"}
    assert worse["recall"].change == pytest.approx(-better["recall"].change)
    assert worse["brier"].change > 0


def test_the_values_are_those_of_the_rows_where_all_pictures_are_shared() -> None:
    accuracy = make_accuracy({"good": 2.0, "bad": 1.0})
    changes = _of_accuracy(compare_results(_results(accuracy, "good"), _results(accuracy, "bad")))
    for figure, change in changes.items():
        assert change.base == pytest.approx(accuracy["rows"][0][figure])
        assert change.new == pytest.approx(accuracy["rows"][1][figure])


def test_the_interval_of_a_share_is_that_of_paired_differences() -> None:
    scores = {"good": 2.0, "bad": 1.4}
    accuracy = make_accuracy(scores, n=400, photos=400)
    changes = _of_accuracy(
        compare_results(_results(accuracy, "good"), _results(accuracy, "bad"), level=0.95)
    )
    truths = np.array(accuracy["samples"]["is_crack"])
    hits = [(np.array(row["scores"]) >= 0.5) == truths for row in accuracy["rows"]]
    error = np.std(hits[1].astype(float) - hits[0], ddof=1) / np.sqrt(400)
    change = changes["accuracy"]
    # Eight verdicts share the level: six figures here, p50 and p90.
    distributions = pytest.importorskip("scipy.stats")
    reach = distributions.t.ppf(1 - 0.05 / 2 / 8, 399) * error
    assert change.high - change.low == pytest.approx(2 * reach, rel=0.1)


def test_pictures_are_matched_by_what_they_are_not_by_their_place() -> None:
    accuracy = make_accuracy({FILE: 2.0})
    turned = _subset(accuracy, list(range(400))[::-1])
    comparison = compare_results(_results(accuracy), _results(turned))
    assert all(change.change == 0 for change in _of_accuracy(comparison).values())
    assert not comparison.notes


def test_only_pictures_of_both_count_and_it_says_how_many_do_not() -> None:
    accuracy = make_accuracy({FILE: 2.0})
    comparison = compare_results(
        _results(_subset(accuracy, list(range(300)))),
        _results(_subset(accuracy, list(range(50, 400)))),
    )
    assert all(change.change == 0 for change in _of_accuracy(comparison).values())
    assert comparison.notes == ("accuracy is compared without 150 pictures of one run only",)


def test_pictures_whose_label_differs_are_left_out() -> None:
    accuracy = make_accuracy({FILE: 2.0})
    labels = list(accuracy["samples"]["is_crack"])
    labels[:3] = [not label for label in labels[:3]]
    other = {**accuracy, "samples": {**accuracy["samples"], "is_crack": labels}}
    comparison = compare_results(_results(accuracy), _results(other))
    assert comparison.notes == ("accuracy is compared without 3 pictures whose label differs",)
    assert all(change.change == 0 for change in _of_accuracy(comparison).values())


def test_a_picture_that_comes_twice_is_matched_twice() -> None:
    samples = {"id": ["a", "b", "a"], "is_crack": [True, False, True], "unit": ["1", "2", "1"]}
    once = {"id": ["b", "a"], "is_crack": [False, True], "unit": ["2", "1"]}
    both = find_shared(samples, samples)
    assert both.base.tolist() == both.new.tolist() == [0, 1, 2]
    fewer = find_shared(samples, once)
    assert (fewer.base.tolist(), fewer.new.tolist(), fewer.left_out) == ([0, 1], [1, 0], 1)
    assert fewer.units.tolist() == [0, 1]


def test_runs_on_other_data_are_not_compared() -> None:
    accuracy = make_accuracy({FILE: 2.0})
    ids = [f"other {name}" for name in accuracy["samples"]["id"]]
    other = {**accuracy, "samples": {**accuracy["samples"], "id": ids}}
    comparison = compare_results(_results(accuracy), _results(other))
    assert not _of_accuracy(comparison)
    assert comparison.obstacles == ("accuracy is not compared: the runs share no picture",)


def test_few_photos_give_no_verdict() -> None:
    accuracy = make_accuracy({"good": 2.0, "bad": 0.5}, photos=4)
    comparison = compare_results(_results(accuracy, "good"), _results(accuracy, "bad"))
    assert {change.verdict for change in _of_accuracy(comparison).values()} == {None}
    assert comparison.obstacles == ("accuracy: no verdict, it takes at least 5 photos, got 4",)


def test_data_without_cracks_has_no_recall_to_compare() -> None:
    accuracy = make_accuracy({FILE: 2.0})
    plain = np.flatnonzero(~np.array(accuracy["samples"]["is_crack"])).tolist()
    comparison = compare_results(*[_results(_subset(accuracy, plain))] * 2)
    assert "recall" not in _of_accuracy(comparison)
    assert _of_accuracy(comparison)["accuracy"].verdict == "no difference"


def test_each_run_keeps_its_own_threshold() -> None:
    accuracy = make_accuracy({FILE: 2.0})
    lower = {**accuracy, "rows": [{**accuracy["rows"][0], "threshold": 0.1}]}
    changes = _of_accuracy(compare_results(_results(accuracy), _results(lower)))
    assert changes["recall"].change > 0
    assert changes["precision"].verdict == "worse"
    assert changes["auc"].change == 0


def test_scores_that_differ_by_rounding_make_nothing_better_or_worse() -> None:
    accuracy = make_accuracy({FILE: 2.0})
    truths = np.array(accuracy["samples"]["is_crack"])
    scores = np.array(accuracy["rows"][0]["scores"])
    nearer = np.clip(scores + np.where(truths, 1e-6, -1e-6), 0, 1).tolist()
    other = {**accuracy, "rows": [{**accuracy["rows"][0], "scores": nearer}]}
    changes = _of_accuracy(compare_results(_results(accuracy), _results(other)))
    assert changes["brier"].high < 0
    assert {change.verdict for change in changes.values()} == {"no difference"}


def test_accuracy_that_one_run_lacks_is_listed() -> None:
    comparison = compare_results(_results(make_accuracy({FILE: 2.0})), make_results())
    assert [(one.part, one.where) for one in comparison.alone] == [("accuracy", "base")]
