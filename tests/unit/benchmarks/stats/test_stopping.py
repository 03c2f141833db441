"""MLPerf's counts of queries, compared with the published ones and scipy; and narrow intervals."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.stats.stopping import is_narrow, queries_needed
from tests.unit.benchmarks.results_made import make_latency_row, turns_of

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


def test_quiet_latencies_are_narrow_and_noisy_ones_are_not() -> None:
    assert is_narrow(turns_of(make_latency_row(noise=0.01)))
    assert not is_narrow(turns_of(make_latency_row(noise=0.2)))
    assert is_narrow(turns_of(make_latency_row(noise=0.2)), target=0.5)


def test_one_session_and_few_queries_are_never_narrow() -> None:
    assert not is_narrow(turns_of(make_latency_row(noise=0.001, sessions=1, rounds=80)))
    assert not is_narrow(turns_of(make_latency_row(noise=0.001, rounds=2, calls=4)))
    assert not is_narrow(turns_of(make_latency_row(noise=0.001)), 0.99)


@pytest.mark.parametrize(("share", "confidence"), [(0.0, 0.9), (1.0, 0.9), (0.9, 1.0), (0.9, 0.0)])
def test_shares_that_no_count_can_reach_are_refused(share: float, confidence: float) -> None:
    with pytest.raises(ValueError, match=r"must lie in \(0, 1\)"):
        queries_needed(share, confidence)
