"""When a warm-up is over: of flat, noisy, falling and jumping series."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.stats.steady import WINDOW, is_steady


def _turns_until_steady(medians: np.ndarray) -> int | None:
    for count in range(1, len(medians) + 1):
        if is_steady(medians[:count].tolist()):
            return count
    return None


def test_a_flat_series_is_steady_once_there_are_turns_to_compare_with() -> None:
    assert _turns_until_steady(np.full(20, 4.0)) == WINDOW + 2


def test_no_turns_and_few_turns_are_not_steady() -> None:
    assert not is_steady([])
    assert not is_steady([4.0] * WINDOW)


def test_a_first_slow_turn_is_waited_out() -> None:
    count = _turns_until_steady(np.array([40.0] + [4.0] * 20))
    assert count == WINDOW + 3


@pytest.mark.parametrize("turns", [2, 5, 10])
def test_when_a_falling_series_is_called_steady_little_is_left_to_fall(turns: int) -> None:
    medians = 4 * (1 + np.exp(-np.arange(100) / turns))
    count = _turns_until_steady(medians)
    assert count is not None
    assert medians[count - 1] < 4 * 1.04


def test_a_slow_drift_is_not_steady() -> None:
    for share in (0.995, 1.005):
        assert _turns_until_steady(4 * share ** np.arange(60)) is None


def test_noise_within_the_tolerance_is_soon_steady() -> None:
    counts = []
    for seed in range(200):
        rng = np.random.default_rng(seed)
        counts.append(_turns_until_steady(4 * np.exp(0.015 * rng.standard_normal(40))))
    assert None not in counts
    assert np.quantile([count or 0 for count in counts], 0.9) <= 2 * WINDOW


def test_a_noisy_machine_is_steady_when_noise_is_all_that_is_left() -> None:
    rng = np.random.default_rng(0)
    noise = np.exp(0.1 * rng.standard_normal((200, 2 * WINDOW)))
    assert np.mean([is_steady((4 * row).tolist()) for row in noise]) > 0.85
    falling = noise * (1 + 2 * np.exp(-np.arange(2 * WINDOW) / 3))
    assert np.mean([is_steady((4 * row).tolist()) for row in falling]) < 0.1


def test_a_noisy_machine_needs_two_windows() -> None:
    rng = np.random.default_rng(1)
    noise = np.exp(0.2 * rng.standard_normal((200, 2 * WINDOW - 1)))
    assert np.mean([is_steady((4 * row).tolist()) for row in noise]) < 0.02


def test_shifts_are_those_of_the_rank_sum_test() -> None:
    stats = pytest.importorskip("scipy.stats")
    rng = np.random.default_rng(2)
    for _ in range(300):
        before, last = rng.lognormal(0, 0.3, 5), rng.lognormal(rng.normal(0, 0.4), 0.3, 5)
        found = stats.mannwhitneyu(before, last, method="asymptotic", use_continuity=False)
        assert is_steady([*before, *last], tolerance=0) == (found.pvalue > 0.1)


def test_a_jump_is_not_steady_until_it_is_over() -> None:
    medians = [4.0] * 10 + [5.0] * 20
    assert is_steady(medians[:10])
    assert not is_steady(medians[:12])
    assert not is_steady(medians[:15])
    assert is_steady(medians)


def test_the_tolerance_and_the_window_are_the_callers() -> None:
    medians = [4.0, 4.3, 4.0, 4.3, 4.0, 4.3, 4.0, 4.3]
    assert not is_steady(medians, window=5)
    assert is_steady(medians, tolerance=0.2)
    assert is_steady([4.0] * 5, window=3)
