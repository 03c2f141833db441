"""Calibration: scores that are probabilities, and such that are not."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.evaluation.calibration_error import brier_score, expected_calibration_error

_ROWS = st.lists(st.tuples(st.integers(0, 8), st.booleans()), min_size=1, max_size=60)


def _drawn(n: int = 20_000) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    scores = rng.beta(0.5, 0.5, n)
    return scores, rng.random(n) < scores


def test_scores_that_are_probabilities_have_next_to_no_error() -> None:
    error = expected_calibration_error(*_drawn())
    assert error is not None
    assert error < 0.015


def test_scores_that_are_too_sure_have_the_error_that_they_have() -> None:
    scores, truths = _drawn()
    sure = scores**2 / (scores**2 + (1 - scores) ** 2)
    expected = np.abs(sure - scores).mean()
    assert expected_calibration_error(sure, truths) == pytest.approx(expected, abs=0.01)


def test_equal_scores_that_come_true_have_no_error() -> None:
    scores = [0.25] * 8 + [0.75] * 4
    truths = [True] * 2 + [False] * 6 + [True] * 3 + [False]
    assert expected_calibration_error(scores, truths) == pytest.approx(0)


def test_bins_hold_equally_many() -> None:
    scores = [0.1, 0.2, 0.9, 0.95]
    truths = [False, True, True, True]
    # Two bins: 0.15 against a half, 0.925 against all.
    assert expected_calibration_error(scores, truths, bins=2) == pytest.approx((0.35 + 0.075) / 2)


@given(_ROWS, st.randoms())
def test_the_order_of_pictures_does_not_matter(
    rows: list[tuple[int, bool]], random: object
) -> None:
    shuffled = list(rows)
    random.shuffle(shuffled)  # type: ignore[attr-defined]

    def error(pairs: list[tuple[int, bool]]) -> float | None:
        return expected_calibration_error([s / 8 for s, _ in pairs], [t for _, t in pairs], bins=4)

    found = error(rows)
    assert found is not None
    assert found == pytest.approx(error(shuffled))
    assert 0 <= found <= 1


@given(_ROWS)
def test_one_bin_compares_the_means(rows: list[tuple[int, bool]]) -> None:
    scores, truths = [s / 8 for s, _ in rows], [t for _, t in rows]
    expected = abs(np.mean(scores) - np.mean(truths))
    assert expected_calibration_error(scores, truths, bins=1) == pytest.approx(expected)


def test_the_brier_score_is_the_mean_square() -> None:
    assert brier_score([0.0, 1.0, 0.5], [False, False, True]) == pytest.approx(1.25 / 3)
    scores, truths = _drawn()
    # Of probabilities: the mean of p (1 - p).
    assert brier_score(scores, truths) == pytest.approx((scores * (1 - scores)).mean(), abs=0.005)


def test_without_pictures_there_is_no_figure() -> None:
    assert expected_calibration_error([], []) is None
    assert brier_score([], []) is None
