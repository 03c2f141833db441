"""The Pareto front, compared with its definition."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.stats.pareto import pareto_front


def _dominates(one: tuple[int, int], other: tuple[int, int]) -> bool:
    return one[0] <= other[0] and one[1] >= other[1] and one != other


@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), max_size=25))
def test_on_the_front_are_those_that_none_dominates_the_cheapest_first(
    points: list[tuple[int, int]],
) -> None:
    front = pareto_front([cost for cost, _ in points], [gain for _, gain in points])
    expected = {
        place
        for place, point in enumerate(points)
        if not any(_dominates(other, point) for other in points)
    }
    assert set(front) == expected
    assert len(front) == len(expected)
    costs = [points[place][0] for place in front]
    gains = [points[place][1] for place in front]
    assert costs == sorted(costs)
    assert gains == sorted(gains)


def test_equal_ones_stay_in_their_order() -> None:
    assert pareto_front([2, 1, 1, 2], [5, 3, 3, 5]) == [1, 2, 0, 3]


def test_at_one_cost_only_the_highest_gain_stays() -> None:
    assert pareto_front([1, 1, 2], [3, 4, 4]) == [1]


def test_what_has_no_figure_is_left_out_and_hides_none() -> None:
    assert pareto_front([1, math.nan, 3], [math.nan, 9, 2]) == [2]
    assert pareto_front([], []) == []


def test_costs_and_gains_of_different_length_are_refused() -> None:
    with pytest.raises(ValueError, match="one length"):
        pareto_front([1, 2], [1])
