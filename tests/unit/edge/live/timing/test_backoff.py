"""Pauses before something is tried again."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.live.timing.backoff import LEAST_S, MOST_S, WELL_S, Backoff


class _Longest(random.Random):
    def uniform(self, a: float, b: float) -> float:
        return b


def test_pauses_double_up_to_the_limit() -> None:
    backoff = Backoff(least_s=0.5, most_s=30, rng=_Longest())
    assert [backoff.next_s() for _ in range(8)] == [0.5, 1, 2, 4, 8, 16, 30, 30]


@given(st.integers(0, 2**32), st.integers(1, 60))
def test_a_pause_is_never_longer_than_the_limit_nor_shorter_than_half_the_first(
    seed: int, tries: int
) -> None:
    backoff = Backoff(rng=random.Random(seed))
    assert all(LEAST_S / 2 <= backoff.next_s() <= MOST_S for _ in range(tries))


def test_two_devices_do_not_try_in_step() -> None:
    one, other = Backoff(rng=random.Random(1)), Backoff(rng=random.Random(2))
    assert [one.next_s() for _ in range(5)] != [other.next_s() for _ in range(5)]


@pytest.mark.parametrize(("ran_s", "expected"), [(WELL_S, 0.5), (WELL_S - 0.1, 4)])
def test_only_a_good_run_begins_anew(ran_s: float, expected: float) -> None:
    backoff = Backoff(least_s=0.5, rng=_Longest())
    for _ in range(3):
        backoff.next_s()
    backoff.note_run(ran_s)
    assert backoff.next_s() == expected


def test_limits_in_the_wrong_order_are_refused() -> None:
    with pytest.raises(ValueError, match="least"):
        Backoff(least_s=2, most_s=1)
