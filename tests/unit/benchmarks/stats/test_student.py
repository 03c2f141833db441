"""Student's t and the binomial distribution, compared with scipy."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.stats.student import (
    binomial_cdf,
    incomplete_beta,
    t_quantile,
    t_two_sided,
)

special = pytest.importorskip("scipy.special")
distributions = pytest.importorskip("scipy.stats")
DFS = [1, 1.5, 2, 3.7, 4, 9, 30.2, 500, 1e5, 1e8]


@given(st.floats(0, 1), st.floats(0.1, 500), st.floats(0.1, 500))
def test_the_incomplete_beta_function_is_that_of_scipy(x: float, a: float, b: float) -> None:
    expected = special.betainc(a, b, x)
    assert incomplete_beta(x, a, b) == pytest.approx(expected, rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("df", DFS)
@pytest.mark.parametrize("t", [-40.0, -3.1, -0.2, 0.0, 1e-5, 0.7, 2.6, 12.0])
def test_the_chance_of_t_is_that_of_scipy(t: float, df: float) -> None:
    expected = 2 * distributions.t.sf(abs(t), df)
    assert t_two_sided(t, df) == pytest.approx(expected, rel=1e-6, abs=1e-14)


@pytest.mark.parametrize("df", DFS)
def test_a_far_tail_is_not_rounded_away(df: float) -> None:
    assert t_two_sided(9.0, df) == pytest.approx(2 * distributions.t.sf(9.0, df), rel=1e-4)
    assert t_two_sided(math.inf, df) == 0


@pytest.mark.parametrize("df", DFS)
@pytest.mark.parametrize("share", [1e-5, 0.025, 0.4, 0.5, 0.9, 0.975, 0.99999])
def test_the_quantile_of_t_is_that_of_scipy(share: float, df: float) -> None:
    expected = distributions.t.ppf(share, df)
    assert t_quantile(share, df) == pytest.approx(expected, rel=1e-6, abs=1e-9)


@given(st.integers(-2, 210), st.integers(1, 200), st.floats(0, 1))
def test_the_binomial_distribution_is_that_of_scipy(hits: int, n: int, chance: float) -> None:
    expected = distributions.binom.cdf(hits, n, chance)
    assert binomial_cdf(hits, n, chance) == pytest.approx(expected, rel=1e-8, abs=1e-10)


@pytest.mark.parametrize(("share", "df"), [(0.0, 3), (1.0, 3), (0.5, 0), (0.9, -1)])
def test_what_is_no_share_or_no_count_is_refused(share: float, df: float) -> None:
    with pytest.raises(ValueError, match="share must lie in"):
        t_quantile(share, df)
    with pytest.raises(ValueError, match="x must lie in"):
        incomplete_beta(2.0, 1.0, 1.0)
