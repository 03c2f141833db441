"""The classification report, compared with hand counts and the figures of cracks alone."""

from __future__ import annotations

from dataclasses import asdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.evaluation.metrics import compute_metrics
from trainer.report.classification_report import classification_report

_ROWS = st.lists(st.tuples(st.floats(0, 1, width=32), st.booleans()), min_size=1, max_size=40)


def test_the_report_agrees_with_a_count_by_hand() -> None:
    found = classification_report([0.9, 0.8, 0.5, 0.4, 0.2, 0.1], [1, 0, 1, 1, 0, 0], 0.5)
    crack = {"precision": 2 / 3, "recall": 2 / 3, "f1": 2 / 3, "support": 3}
    assert asdict(found.crack) == pytest.approx(crack)
    assert asdict(found.no_crack) == pytest.approx(crack)
    assert found.accuracy == pytest.approx(4 / 6)


def test_the_averages_weigh_labels_or_pictures() -> None:
    found = classification_report([0.9, 0.1, 0.1, 0.1], [1, 1, 0, 0], 0.5)
    labels = found.no_crack, found.crack
    assert [label.precision for label in labels] == pytest.approx([2 / 3, 1])
    assert found.macro_average.precision == pytest.approx(5 / 6)
    uneven = classification_report([0.9, 0.1, 0.1, 0.1, 0.1], [1, 1, 0, 0, 0], 0.5)
    assert uneven.weighted_average.precision == pytest.approx((3 * 3 / 4 + 2 * 1) / 5)
    assert uneven.weighted_average.support == 5


@given(_ROWS, st.floats(0, 1, width=32))
def test_the_row_of_cracks_is_what_the_metrics_say(
    rows: list[tuple[float, bool]], threshold: float
) -> None:
    scores, truths = zip(*rows, strict=True)
    report, found = (
        classification_report(scores, truths, threshold),
        compute_metrics(scores, truths, threshold),
    )
    for key in ("precision", "recall", "f1"):
        assert getattr(report.crack, key) == getattr(found, key)
    assert report.accuracy == found.accuracy
    assert report.crack.support + report.no_crack.support == len(rows)


def test_an_average_of_what_is_undefined_is_none() -> None:
    found = classification_report([0.1, 0.2], [1, 0], 0.5)
    assert found.crack.precision is None
    assert found.macro_average.precision is found.weighted_average.precision is None
    assert found.macro_average.recall == pytest.approx(0.5)
