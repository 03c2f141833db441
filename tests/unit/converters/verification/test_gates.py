"""The gates of a conversion."""

from __future__ import annotations

import pytest

from converters.verification.comparison import Comparison, ComparisonIntervals
from converters.verification.gates import VerificationGates
from edge.evaluation.metrics import Metrics


def _compared(
    *, flips: int = 0, n: int = 1000, recalls: tuple[float, float] = (1, 1)
) -> Comparison:
    parent, model = (Metrics(n, None, None, recall, None, None, {}, 0.5) for recall in recalls)
    nothing = ComparisonIntervals(0, None, {}, {}, {})
    return Comparison(n, (n - flips) / n, flips, 4, parent, model, {}, nothing)


@pytest.mark.parametrize(
    ("comparison", "missed"),
    [
        (_compared(), []),
        (_compared(flips=10), []),
        (
            _compared(flips=11),
            ["agreement 0.9890 (11 of 1000 verdicts changed, 4 of them to wrong)"],
        ),
        (_compared(recalls=(1, 0.995)), []),  # 1 - 0.995 is a little more than 0.005
        (_compared(recalls=(0.95, 0.94)), ["recall fell from 0.9500 to 0.9400"]),
        (_compared(recalls=(0.95, 1)), []),
        (_compared(flips=500, recalls=(1, 0)), ["agreement 0.5000", "recall fell"]),
    ],
)
def test_without_a_word_one_verdict_in_a_hundred_and_half_a_percent_of_recall_may_go(
    comparison: Comparison, missed: list[str]
) -> None:
    complaints = VerificationGates().missed(comparison)
    assert len(complaints) == len(missed)
    assert all(text.startswith(start) for text, start in zip(complaints, missed, strict=True))


def test_a_complaint_names_the_option_and_its_value() -> None:
    agreement, recall = VerificationGates(0.9, 0.1).missed(_compared(flips=500, recalls=(1, 0)))
    assert agreement.endswith("is below 0.9 (--min-agreement)")
    assert recall.endswith("by more than 0.1 (--max-recall-drop)")


def test_zero_and_one_switch_the_gates_off() -> None:
    assert not VerificationGates(0, 1).missed(_compared(flips=1000, recalls=(1, 0)))


def test_gates_that_are_not_named_are_switched_off() -> None:
    gates = VerificationGates(0.9, 0.1)
    assert gates.only(["min_agreement", "max_recall_drop"]) == gates
    (complaint,) = gates.only(["max_recall_drop"]).missed(_compared(flips=500, recalls=(1, 0)))
    assert "--max-recall-drop" in complaint
    assert not gates.only([]).missed(_compared(flips=1000, recalls=(1, 0)))
