"""Figures of a binary classifier, compared with definitions and hand counts."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.evaluation.metrics import (
    auc,
    average_precision,
    choose_threshold,
    compute_metrics,
)
from edge.model.logits import logit, sigmoid

# Eighths: ties are common and all sums exact.
_SCORE = st.integers(0, 8).map(lambda eighths: eighths / 8) | st.floats(0, 1, width=32)
_SCORED = st.lists(st.tuples(_SCORE, st.booleans()), min_size=2, max_size=40)
_BOTH_LABELS = _SCORED.filter(lambda rows: len({truth for _, truth in rows}) == 2)


def test_the_figures_agree_with_a_count_by_hand() -> None:
    found = compute_metrics([0.9, 0.8, 0.5, 0.4, 0.2, 0.1], [1, 0, 1, 1, 0, 1], 0.5)
    assert found.confusion == {"tp": 2, "fp": 1, "fn": 2, "tn": 1}
    assert (found.n, found.threshold) == (6, 0.5)
    assert found.accuracy == pytest.approx(3 / 6)
    assert found.precision == pytest.approx(2 / 3)
    assert found.recall == pytest.approx(2 / 4)
    assert found.f1 == pytest.approx(4 / 7)
    assert found.auc == pytest.approx(4 / 8)


def test_a_score_at_the_threshold_is_a_crack() -> None:
    assert compute_metrics([0.25], [True], 0.25).confusion["tp"] == 1
    assert compute_metrics([np.nextafter(0.25, 0)], [True], 0.25).confusion["fn"] == 1


@pytest.mark.parametrize(
    ("scores", "truths", "undefined"),
    [
        ([], [], {"accuracy", "precision", "recall", "f1", "auc"}),
        ([0.1, 0.2], [0, 0], {"precision", "recall", "f1", "auc"}),
        ([0.9, 0.1], [0, 0], {"recall", "auc"}),
        ([0.1, 0.2], [1, 1], {"precision", "auc"}),
        ([0.1, 0.2], [0, 1], {"precision"}),
        ([0.9, 0.1], [1, 0], set()),
    ],
)
def test_a_figure_without_a_meaning_is_none(
    scores: list[float], truths: list[int], undefined: set[str]
) -> None:
    found = compute_metrics(scores, truths, 0.5).to_dict()
    assert {name for name, value in found.items() if value is None} == undefined


@given(_SCORED, _SCORE)
def test_the_confusion_loses_nobody(rows: list[tuple[float, bool]], threshold: float) -> None:
    scores, truths = zip(*rows, strict=True)
    counts = compute_metrics(scores, truths, threshold).confusion
    assert counts["tp"] + counts["fn"] == sum(truths)
    assert counts["fp"] + counts["tn"] == len(truths) - sum(truths)
    assert counts["tp"] + counts["fp"] == sum(score >= threshold for score in scores)


@given(_BOTH_LABELS)
def test_auc_is_the_share_of_pairs_in_the_right_order(rows: list[tuple[float, bool]]) -> None:
    cracks = [score for score, truth in rows if truth]
    others = [score for score, truth in rows if not truth]
    pairs = [(c > o) + (c == o) / 2 for c in cracks for o in others]
    scores, truths = zip(*rows, strict=True)
    assert auc(scores, truths) == pytest.approx(sum(pairs) / len(pairs))


@pytest.mark.parametrize("truth", [True, False])
def test_auc_needs_both_labels(truth: bool) -> None:
    assert auc([0.2, 0.7], [truth, truth]) is None


def test_average_precision_agrees_with_a_count_by_hand() -> None:
    found = average_precision([0.9, 0.8, 0.7, 0.6], [True, False, True, True])
    assert found == pytest.approx((1 / 1 + 2 / 3 + 3 / 4) / 3)


@given(st.integers(1, 20), st.integers(0, 20))
def test_average_precision_of_a_perfect_ranking_is_one(cracks: int, others: int) -> None:
    scores = np.arange(cracks + others, 0, -1) / 50
    assert average_precision(scores, [True] * cracks + [False] * others) == pytest.approx(1)


@given(st.integers(1, 20), st.integers(0, 20))
def test_average_precision_of_equal_scores_is_the_share_of_cracks(cracks: int, others: int) -> None:
    truths = [True] * cracks + [False] * others
    found = average_precision([0.5] * len(truths), truths)
    assert found == pytest.approx(cracks / len(truths))


def test_average_precision_needs_a_crack() -> None:
    assert average_precision([0.2, 0.7], [False, False]) is None


@settings(max_examples=200)
@given(_BOTH_LABELS, st.integers(0, 100).map(lambda percent: percent / 100))
def test_the_chosen_threshold_keeps_the_recall_at_the_best_precision(
    rows: list[tuple[float, bool]], min_recall: float
) -> None:
    scores, truths = zip(*rows, strict=True)
    tried = [compute_metrics(scores, truths, score) for score in scores]
    best = max(t.precision for t in tried if t.recall >= min_recall)
    found = compute_metrics(scores, truths, choose_threshold(scores, truths, min_recall=min_recall))
    assert found.recall >= min_recall
    assert found.precision == best


def test_a_recall_that_is_met_exactly_is_met() -> None:
    # In floating point 0.28 * 25 is a little more than 7.
    scores = np.arange(30, 0, -1) / 31
    truths = [True] * 7 + [False] * 5 + [True] * 18
    threshold = choose_threshold(scores, truths, min_recall=0.28)
    assert compute_metrics(scores, truths, threshold).confusion["fp"] == 0


def test_the_chosen_threshold_lies_between_two_scores() -> None:
    assert choose_threshold([0.8, 0.6, 0.2], [1, 1, 0], min_recall=1.0) == pytest.approx(0.4)


def test_the_lowest_score_is_halved_when_every_picture_must_count() -> None:
    assert choose_threshold([0.8, 0.2], [0, 1], min_recall=1.0) == pytest.approx(0.1)


@pytest.mark.parametrize("truths", [[True, True], [False, False]])
def test_a_threshold_needs_both_labels(truths: list[bool]) -> None:
    with pytest.raises(ValueError, match="needs cracks"):
        choose_threshold([0.1, 0.9], truths, min_recall=0.9)


@pytest.mark.parametrize(
    ("value", "probability"), [(0, 0.5), (np.log(3), 0.75), (-np.log(3), 0.25), (1e4, 1), (-1e4, 0)]
)
def test_sigmoid_gives_known_probabilities_without_overflow(
    value: float, probability: float
) -> None:
    found = sigmoid([value])
    assert found.dtype == np.float32
    assert found[0] == pytest.approx(probability)


@given(st.floats(1e-6, 1 - 1e-6))
def test_logit_undoes_sigmoid(probability: float) -> None:
    assert float(sigmoid(logit(probability))) == pytest.approx(probability, rel=1e-6)
