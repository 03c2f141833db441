"""Intervals of quantiles: that they hold as often as they promise, and where there is none."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from benchmarks.stats.cluster_bootstrap import find_log_quantiles
from benchmarks.stats.estimates import Estimate, estimate_median, estimate_quantile
from benchmarks.stats.turns import Turn
from tests.unit.benchmarks.results_made import make_latency_row, turns_of

distributions = pytest.importorskip("scipy.stats")


def _draw(
    rng: np.random.Generator,
    sds: tuple[float, float, float],
    *,
    sessions: int = 5,
    rounds: int = 8,
    calls: int = 6,
) -> list[Turn]:
    """Draw latencies of median 4 ms; sessions, turns and calls vary by ``sds`` on the log scale."""
    of_session, of_turn, of_call = sds
    logs: NDArray[np.float64] = np.log(4.0) + of_call * rng.standard_normal(
        (sessions, rounds, calls)
    )
    logs += of_turn * rng.standard_normal((sessions, rounds, 1))
    logs += of_session * rng.standard_normal((sessions, 1, 1))
    ms = np.exp(logs)
    return [Turn(s, ms[s, r], 2.0) for s in range(sessions) for r in range(rounds)]


@pytest.mark.parametrize("share", [0.5, 0.9])
@pytest.mark.parametrize(
    ("sds", "sessions"),
    [((0.01, 0.02, 0.03), 5), ((0.02, 0.05, 0.05), 5), ((0.01, 0.03, 0.05), 10)],
)
def test_an_interval_of_95_percent_holds_the_truth_so_often(
    sds: tuple[float, float, float], sessions: int, share: float
) -> None:
    rng = np.random.default_rng(1)
    truth = 4 * np.exp(distributions.norm.ppf(share) * np.sqrt(np.square(sds).sum()))
    repeats, held = 250, 0
    for _ in range(repeats):
        found = estimate_quantile(_draw(rng, sds, sessions=sessions), share)
        assert found.low is not None
        assert found.high is not None
        held += found.low <= truth <= found.high
    assert 0.92 <= held / repeats <= 0.99


def test_the_value_is_the_quantile_of_all_latencies() -> None:
    turns = turns_of(make_latency_row(seed=3))
    values = np.concatenate([turn.ms for turn in turns])
    for share in (0.1, 0.5, 0.9):
        expected = np.exp(np.quantile(np.log(values), share))
        assert estimate_quantile(turns, share).value == pytest.approx(expected)


def test_more_sessions_make_the_interval_narrower_and_more_calls_in_a_session_hardly() -> None:
    def width(**sizes: int) -> float:
        rng = np.random.default_rng(5)
        found = estimate_quantile(_draw(rng, (0.03, 0.01, 0.01), **sizes), 0.5)
        assert found.low is not None
        assert found.high is not None
        return found.high - found.low

    assert width(sessions=20) < 0.6 * width(sessions=5)
    assert width(calls=60) > 0.5 * width(calls=6)


def test_sessions_that_are_alike_by_chance_do_not_hide_how_turns_differ() -> None:
    rng = np.random.default_rng(0)
    levels = np.exp(0.1 * rng.standard_normal(8))
    turns = [Turn(session, np.full(6, level), 2.0) for session in range(5) for level in levels]
    (found,) = find_log_quantiles(turns, [0.5])
    assert found.error is not None
    assert found.error > 0.01


def test_one_session_tells_nothing_of_others() -> None:
    turns = turns_of(make_latency_row(sessions=1))
    assert estimate_quantile(turns, 0.5) == Estimate(
        estimate_quantile(turns, 0.5).value, None, None
    )


def test_p99_of_few_latencies_has_no_upper_end() -> None:
    found = estimate_quantile(turns_of(make_latency_row()), 0.99)
    assert found.low is not None
    assert found.high is None
    many = estimate_quantile(turns_of(make_latency_row(calls=10)), 0.99)
    assert many.high is not None


def test_the_same_seed_gives_the_same_interval() -> None:
    turns = turns_of(make_latency_row())
    assert estimate_quantile(turns, 0.9, seed=7) == estimate_quantile(turns, 0.9, seed=7)
    assert estimate_quantile(turns, 0.9, seed=7) != estimate_quantile(turns, 0.9, seed=8)


def test_a_higher_level_has_a_wider_interval() -> None:
    turns = turns_of(make_latency_row())
    usual, sure = (estimate_quantile(turns, 0.9, level=level) for level in (0.95, 0.99))
    assert sure.low is not None
    assert usual.low is not None
    assert sure.low < usual.low < usual.value


def test_a_latency_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="above 0 ms"):
        estimate_quantile([Turn(0, np.array([1.0, 0.0]), 2.0)], 0.5)


def test_turns_are_read_from_a_row() -> None:
    row = make_latency_row(sessions=2, rounds=3, calls=4)
    turns = turns_of(row)
    assert [turn.session for turn in turns] == [0, 0, 0, 1, 1, 1]
    assert turns[4].ms.tolist() == row["turns"][4]["ms"]
    assert turns[4].reference_ms == row["turns"][4]["reference_ms"]


@pytest.mark.parametrize("n", [6, 9, 20, 101])
def test_the_interval_of_a_median_is_that_of_the_sign_test(n: int) -> None:
    found = estimate_median(np.random.default_rng(0).permutation(n))
    outside = int(distributions.binom.ppf(0.025, n, 0.5)) - 1
    # The largest count of values outside on each side that keeps the level.
    while 2 * distributions.binom.cdf(outside + 1, n, 0.5) <= 0.05:
        outside += 1
    assert found == Estimate((n - 1) / 2, float(outside), float(n - 1 - outside))


def test_a_median_of_skewed_values_lies_in_its_interval_as_often_as_promised() -> None:
    rng = np.random.default_rng(2)
    held = 0
    for values in rng.exponential(size=(500, 8)):
        found = estimate_median(values)
        assert found.low is not None
        assert found.high is not None
        held += found.low <= np.log(2) <= found.high
    assert held / 500 >= 0.95


def test_a_median_of_five_values_has_no_interval() -> None:
    assert estimate_median([5, 1, 4, 2, 3]) == Estimate(3.0, None, None)
    with pytest.raises(ValueError, match="at least one value"):
        estimate_median([])


def test_an_estimate_is_written_by_the_names_of_the_results() -> None:
    assert Estimate(2.0, 1.0, None).to_dict() == {"value": 2.0, "low": 1.0, "high": None}
