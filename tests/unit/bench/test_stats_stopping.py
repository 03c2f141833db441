"""MLPerf's early stopping, held against its published counts and scipy; and narrow intervals."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.stats.stopping import early_stopping_bound, is_narrow, queries_needed
from benchmarks.stats.turns import turns_of
from tests.unit.bench.results_made import make_latency_row

distributions = pytest.importorskip("scipy.stats")


@pytest.mark.parametrize(
    ("share", "over", "needed"), [(0.9, 0, 44), (0.9, 1, 64), (0.99, 0, 459), (0.99, 1, 662)]
)
def test_it_takes_as_many_queries_as_mlperf_says(share: float, over: int, needed: int) -> None:
    assert queries_needed(share, 0.99, over=over) == needed


def test_a_percentile_takes_one_query_that_may_lie_above() -> None:
    assert queries_needed(0.9) == 64


@given(st.floats(0.05, 0.995), st.floats(0.5, 0.999), st.integers(0, 30))
def test_one_query_less_would_not_do(share: float, confidence: float, over: int) -> None:
    n = queries_needed(share, confidence, over=over)
    chance = distributions.binom.cdf
    assert chance(over, n, 1 - share) <= (1 - confidence) * (1 + 1e-6)
    fewer = chance(over, n - 1, 1 - share)
    assert n == over + 1 or fewer > (1 - confidence) * (1 - 1e-6)


@pytest.mark.parametrize(("n", "discarded"), [(2048, 172), (2116, 178), (2145, 181), (7469, 685)])
def test_as_many_are_discarded_as_the_load_generator_discards(n: int, discarded: int) -> None:
    assert early_stopping_bound(np.arange(n), 0.9, 0.99) == n - 1 - discarded


def test_too_few_latencies_bound_nothing() -> None:
    assert early_stopping_bound(np.arange(63), 0.9, 0.99) is None
    assert early_stopping_bound(np.arange(64), 0.9, 0.99) == 63
    assert early_stopping_bound([], 0.9, 0.99) is None


def test_the_bound_is_too_low_no_oftener_than_promised() -> None:
    rng = np.random.default_rng(0)
    truth = distributions.expon.ppf(0.9)
    bounds = [early_stopping_bound(row, 0.9, 0.95) for row in rng.exponential(size=(1000, 120))]
    too_low = np.mean([bound is None or bound < truth for bound in bounds])
    assert 0.005 <= too_low <= 0.05


@settings(max_examples=30)
@given(st.lists(st.floats(0.1, 10), min_size=50, max_size=80), st.randoms())
def test_the_order_of_latencies_does_not_matter(values: list[float], random: object) -> None:
    shuffled = list(values)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert early_stopping_bound(values, 0.9) == early_stopping_bound(shuffled, 0.9)


def test_quiet_latencies_are_narrow_and_noisy_ones_are_not() -> None:
    assert is_narrow(turns_of(make_latency_row(noise=0.01)))
    assert not is_narrow(turns_of(make_latency_row(noise=0.2)))
    assert is_narrow(turns_of(make_latency_row(noise=0.2)), target=0.5)


def test_one_sitting_and_few_queries_are_never_narrow() -> None:
    assert not is_narrow(turns_of(make_latency_row(noise=0.001, sittings=1, rounds=80)))
    assert not is_narrow(turns_of(make_latency_row(noise=0.001, rounds=2, calls=4)))
    assert not is_narrow(turns_of(make_latency_row(noise=0.001)), 0.99)


@pytest.mark.parametrize(("share", "confidence"), [(0.0, 0.9), (1.0, 0.9), (0.9, 1.0), (0.9, 0.0)])
def test_shares_that_no_count_can_reach_are_refused(share: float, confidence: float) -> None:
    with pytest.raises(ValueError, match=r"must lie in \(0, 1\)"):
        queries_needed(share, confidence)
