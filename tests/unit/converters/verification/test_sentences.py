"""What a comparison says in sentences."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from converters.verification.comparison import Comparison, ComparisonIntervals
from converters.verification.sentences import describe_figures, describe_verdicts
from edge.evaluation.bootstrap import FIGURES, Interval
from edge.evaluation.metrics import Metrics

ENDS = Interval(-0.02, 0.03, 0)


def _compared(
    difference: Mapping[str, float | None],
    intervals: Mapping[str, Interval | None] | None = None,
    *,
    flips: int = 3,
    units: int = 40,
) -> Comparison:
    metrics = Metrics(170, None, None, 0.9, None, None, {}, 0.5)
    known = dict.fromkeys(FIGURES, ENDS) | dict(intervals or {})
    found = ComparisonIntervals(units, None, {}, {}, known)
    changes = dict.fromkeys(FIGURES, 0.0) | dict(difference)
    return Comparison(170, 1 - flips / 170, flips, 0, metrics, metrics, changes, found)


def test_changed_verdicts_are_counted_with_those_that_became_wrong() -> None:
    assert describe_verdicts(_compared({})) == "3 of 170 verdicts changed, 0 of them to wrong"
    assert describe_verdicts(_compared({}, flips=0)) == "none of the 170 verdicts changed"


@pytest.mark.parametrize(
    ("comparison", "said"),
    [
        (_compared({}), "recall, precision, F1 and AUC are unchanged"),
        (_compared({"auc": 0.0004}), "recall, precision, F1 and AUC are unchanged"),
        (_compared({"recall": -0.01, "auc": None}), "stay within their 95 % intervals"),
        (_compared({"recall": -0.01}, units=4), "too few photos to tell"),
        (_compared({"recall": -0.01}, {"recall": None}), "too few photos to tell"),
        (
            _compared({"recall": -0.04}, {"recall": Interval(-0.06, -0.01, 0)}),
            "recall fell by 0.040 (95 % interval 0.010 to 0.060)",
        ),
        (
            _compared({"auc": 0.04, "f1": 0.01}, {"auc": Interval(0.01, 0.06, 0)}),
            "AUC rose by 0.040 (95 % interval 0.010 to 0.060)",
        ),
    ],
)
def test_a_change_counts_if_its_interval_leaves_out_zero(comparison: Comparison, said: str) -> None:
    assert said in describe_figures(comparison)
