"""What goes first, and which clock may say that something is old."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.live.record.event_index import FIRST_SANE_S, EventIndex
from edge.live.record.trusted_clock import TrustedClock
from tests.unit.edge.live.clocks_made import WALL_S, HandClock

DAY_S = 86_400.0
HOUR_S = 3600.0


def make_ledger(times: list[float | None], *, seen_s: float | None = None) -> EventIndex:
    index = EventIndex()
    for number, at_s in enumerate(times):
        index.add_event(str(number), at_s=at_s, seen_s=seen_s)
    return index


def list_old(index: EventIndex, wall_s: float, *, monotonic_s: float = 0.0) -> list[str]:
    return index.list_old(
        wall_s=wall_s, monotonic_s=monotonic_s, max_age_s=30 * DAY_S, spared=set()
    )


def test_events_older_than_the_bound_go() -> None:
    index = make_ledger([WALL_S - 40 * DAY_S, WALL_S - 31 * DAY_S, WALL_S - 29 * DAY_S])
    assert list_old(index, WALL_S) == ["0", "1"]


def test_an_event_of_1970_is_as_old_as_what_was_written_before_it() -> None:
    assert list_old(make_ledger([WALL_S - DAY_S, 5.0, None]), WALL_S) == []
    assert list_old(make_ledger([WALL_S - 31 * DAY_S, 5.0, None]), WALL_S) == ["0", "1", "2"]
    assert list_old(make_ledger([5.0, None]), WALL_S) == []


def test_an_event_of_the_future_makes_no_other_old() -> None:
    year_2040 = WALL_S + 14 * 365 * DAY_S
    assert list_old(make_ledger([year_2040, WALL_S - DAY_S, WALL_S]), WALL_S) == []


def test_an_event_of_this_run_is_no_older_than_the_run() -> None:
    # Recorded before the network brought the right time.
    index = make_ledger([WALL_S - 90 * DAY_S], seen_s=100.0)
    assert list_old(index, WALL_S, monotonic_s=100 + DAY_S) == []
    assert list_old(index, WALL_S, monotonic_s=100 + 31 * DAY_S) == ["0"]


Times = st.lists(
    st.none() | st.floats(0, WALL_S * 2) | st.floats(WALL_S - 60 * DAY_S, WALL_S), max_size=12
)


@given(Times, st.floats(FIRST_SANE_S, WALL_S * 2))
def test_nothing_is_old_whose_own_time_is_not(times: list[float | None], wall_s: float) -> None:
    for event_id in list_old(make_ledger(times), wall_s):
        at_s = times[int(event_id)]
        is_sane = at_s is not None and FIRST_SANE_S <= at_s <= wall_s
        assert not is_sane or wall_s - at_s > 30 * DAY_S


def test_a_clock_is_believed_after_six_even_hours() -> None:
    clock = HandClock()
    steady = TrustedClock(clock.clock)
    assert steady.now_s() is None
    clock.advance(6 * HOUR_S - 1)
    assert steady.now_s() is None
    clock.advance(1)
    assert steady.now_s() == clock.wall_s


@pytest.mark.parametrize("jump_s", [14 * 365 * DAY_S, -30 * DAY_S, 2 * HOUR_S])
def test_a_clock_that_jumps_is_not_believed_for_six_hours(jump_s: float) -> None:
    clock = HandClock()
    steady = TrustedClock(clock.clock)
    clock.advance(6 * HOUR_S)
    assert steady.now_s() is not None
    clock.wall_s += jump_s
    assert steady.now_s() is None
    clock.advance(60)
    clock.wall_s -= jump_s
    assert steady.now_s() is None
    clock.advance(6 * HOUR_S)
    assert steady.now_s() == clock.wall_s


def test_a_clock_that_began_in_1970_is_never_believed() -> None:
    clock = HandClock(wall_s=0.0)
    steady = TrustedClock(clock.clock)
    clock.advance(100 * DAY_S)
    assert steady.now_s() is None


def test_setting_the_clock_a_little_is_no_jump() -> None:
    clock = HandClock()
    steady = TrustedClock(clock.clock)
    clock.advance(6 * HOUR_S)
    clock.wall_s += 5
    assert steady.now_s() == clock.wall_s


def test_files_of_lines_go_when_all_their_events_are_gone() -> None:
    index = EventIndex()
    for event_id in ("a", "b"):
        index.add_event(event_id, at_s=None, seen_s=None)
        index.add_bytes(10)
    index.begin_file()
    index.add_event("b", at_s=None, seen_s=None)
    index.add_bytes(10)
    assert index.list_idle_files() == []
    index.forget("a")
    assert index.list_idle_files() == [1]
    index.forget_file(1)
    assert (index.total_bytes, index.list_idle_files()) == (10, [])
    index.forget("b")
    assert index.list_idle_files() == []  # the current one stays
