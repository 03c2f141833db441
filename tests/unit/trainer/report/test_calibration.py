"""Scores as probabilities: the temperature that mends them and the figures that judge them."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from edge.evaluation.calibration_error import brier_score, expected_calibration_error
from edge.model.logits import sigmoid
from trainer.report.calibration import (
    MAX_TEMPERATURE,
    MIN_TEMPERATURE,
    calibration_curve,
    fit_temperature,
)

_LOGITS = st.lists(st.tuples(st.floats(-30, 30), st.booleans()), min_size=2, max_size=40)


def draw_calibrated(count: int, seed: int) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return logits (N,) and labels (N,) that come true as often as the logits say."""
    rng = np.random.default_rng(seed)
    logits = rng.normal(0, 3, count)
    return logits, rng.random(count) < sigmoid(logits)


@settings(max_examples=25)
@given(st.floats(0.2, 8), st.integers(0, 1000))
def test_the_temperature_recovers_a_known_scaling(scaling: float, seed: int) -> None:
    logits, truths = draw_calibrated(20_000, seed)
    assert fit_temperature(logits * scaling, truths) == pytest.approx(scaling, rel=0.08)


def test_the_temperature_mends_scores_that_are_too_sure() -> None:
    logits, truths = draw_calibrated(20_000, 1)
    sure = logits * 3
    mended = sigmoid(sure / fit_temperature(sure, truths))
    before = expected_calibration_error(sigmoid(sure), truths)
    after = expected_calibration_error(mended, truths)
    assert before is not None
    assert after is not None
    assert after < before / 5
    assert brier_score(mended, truths) < brier_score(sigmoid(sure), truths)


@given(st.floats(0.5, 20), st.integers(1, 500))
def test_a_model_without_a_mistake_is_not_called_certain(size: float, n: int) -> None:
    # At the best temperature each score is Platt's target, (n + 1) / (n + 2).
    found = fit_temperature([size, -size] * n, [True, False] * n)
    expected = size / math.log(n + 1)
    assert found == pytest.approx(np.clip(expected, MIN_TEMPERATURE, MAX_TEMPERATURE), rel=1e-6)


def test_scores_no_better_than_chance_get_the_highest_temperature() -> None:
    assert fit_temperature([5, 5, -5, -5], [1, 0, 1, 0]) == pytest.approx(MAX_TEMPERATURE)


def test_logits_that_are_all_zero_are_left_alone() -> None:
    assert fit_temperature([0, 0, 0], [1, 0, 1]) == 1


@given(_LOGITS.filter(lambda rows: len({truth for _, truth in rows}) == 2))
def test_the_temperature_stays_within_its_bounds(rows: list[tuple[float, bool]]) -> None:
    found = fit_temperature(*zip(*rows, strict=True))
    assert MIN_TEMPERATURE * 0.999 <= found <= MAX_TEMPERATURE * 1.001


@pytest.mark.parametrize(
    ("logits", "truths", "complaint"),
    [
        ([1, 2], [True, True], "needs cracks"),
        ([1, 2], [False, False], "needs cracks"),
        ([1, np.nan], [True, False], "finite"),
        ([np.inf, 1], [True, False], "finite"),
    ],
)
def test_a_temperature_that_cannot_be_fitted_is_refused(
    logits: list[float], truths: list[bool], complaint: str
) -> None:
    with pytest.raises(ValueError, match=complaint):
        fit_temperature(logits, truths)


@given(
    st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=60),
    st.integers(1, 20),
)
def test_each_score_falls_into_the_one_bin_around_it(
    rows: list[tuple[float, bool]], bins: int
) -> None:
    scores, truths = zip(*rows, strict=True)
    curve = calibration_curve(scores, truths, bins)
    assert len(curve) == bins
    assert sum(part.n for part in curve) == len(rows)
    for part in curve:
        inside = [
            (score, truth)
            for score, truth in rows
            if part.low <= score < part.high or score == part.high == 1
        ]
        assert part.n == len(inside)
        if inside:
            assert part.mean_score == pytest.approx(np.mean([score for score, _ in inside]))
            assert part.share_of_cracks == pytest.approx(np.mean([hit for _, hit in inside]))
        else:
            assert part.mean_score is part.share_of_cracks is None


def test_a_curve_needs_a_bin() -> None:
    with pytest.raises(ValueError, match="at least 1"):
        calibration_curve([0.5], [True], 0)
