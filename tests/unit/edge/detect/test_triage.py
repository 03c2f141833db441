"""Two thresholds: what is sure, what asks for a look, how far a sure finding reaches."""

from __future__ import annotations

import pytest

from edge.detect.triage import Thresholds, choose_thresholds


@pytest.mark.parametrize(
    ("score", "triage"),
    [(0.95, "crack"), (0.9, "crack"), (0.89, "review"), (0.2, "review"), (0.19, "clear")],
)
def test_a_score_sorts_a_finding(score: float, triage: str) -> None:
    assert Thresholds(0.2, 0.9).triage(score) == triage


@pytest.mark.parametrize(
    ("review", "crack", "extent"),
    [(0.15, 0.9, 0.5), (0.6, 0.9, 0.6), (0.15, 0.4, 0.4), (0.7, 0.7, 0.7)],
)
def test_a_sure_finding_reaches_as_far_as_a_crack_is_likelier_than_none(
    review: float, crack: float, extent: float
) -> None:
    assert Thresholds(review, crack).extent == extent


@pytest.mark.parametrize(("review", "crack"), [(0.2, 0.9), (0.95, 0.95)])
def test_without_a_word_a_crack_is_sure_from_nine_in_ten(review: float, crack: float) -> None:
    assert choose_thresholds(review, None) == Thresholds(review, crack)


@pytest.mark.parametrize(("review", "crack"), [(0, 0.9), (1, 1), (0.5, 0.4), (0.5, 1)])
def test_thresholds_without_a_meaning_are_refused(review: float, crack: float) -> None:
    with pytest.raises(ValueError, match="threshold"):
        Thresholds(review, crack)
