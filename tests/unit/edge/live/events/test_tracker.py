"""Events out of smoothed scores."""

from __future__ import annotations

from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.live.events.event import Notice, describe_event
from edge.live.events.tracker import EventSettings, EventTracker, make_event_id
from tests.unit.edge.live.clocks_made import WALL_S
from tests.unit.edge.live.observations_made import make_observation


def make_tracker(*, release: float = 0.5, hold_s: float = 1.0, gap_s: float = 5.0) -> EventTracker:
    numbers = count(1)
    settings = EventSettings(release=release, hold_s=hold_s, gap_s=gap_s)
    return EventTracker(
        settings, source="drawn", model="fake", make_id=lambda _: f"e{next(numbers)}"
    )


def feed(
    tracker: EventTracker, smoothed: list[float], *, fps: float = 10, start_s: float = 0.0
) -> list[Notice]:
    return [
        notice
        for number, score in enumerate(smoothed)
        for notice in tracker.add(
            make_observation(score, number=number + 1, time_s=start_s + number / fps)
        )
    ]


def phases(notices: list[Notice]) -> list[tuple[str, str]]:
    return [(notice.phase, notice.event.id) for notice in notices]


def test_an_event_begins_at_the_threshold_and_ends_below_the_release() -> None:
    tracker = make_tracker()
    notices = feed(tracker, [0.1] * 5 + [0.95] * 10 + [0.1] * 20)
    assert phases(notices) == [("begin", "e1"), ("end", "e1")]
    event = notices[-1].event
    assert event.began_at == WALL_S + 0.5
    assert event.duration_s == pytest.approx(0.9)
    assert event.ended_at == pytest.approx(event.began_at + 0.9)
    assert event.frames == 10
    assert event.ended_by == "score"
    assert tracker.event_id is None
    assert tracker.begun == 1


def test_between_release_and_threshold_it_goes_on_and_does_not_begin() -> None:
    assert feed(make_tracker(), [0.7] * 50) == []
    notices = feed(make_tracker(), [0.95] + [0.7] * 50)
    assert phases(notices) == [("begin", "e1")]


def test_a_short_fall_does_not_cut_an_event_in_two() -> None:
    notices = feed(make_tracker(), [0.95] * 10 + [0.1] * 8 + [0.95] * 10 + [0.1] * 30)
    assert phases(notices) == [("begin", "e1"), ("end", "e1")]
    assert notices[-1].event.frames == 20


def test_a_long_fall_makes_two_events() -> None:
    notices = feed(make_tracker(), [0.95] * 10 + [0.1] * 15 + [0.95] * 10)
    assert phases(notices) == [("begin", "e1"), ("end", "e1"), ("begin", "e2")]


def test_the_best_frame_is_kept_and_told_of_not_too_often() -> None:
    scores = [0.91 + 0.002 * number for number in range(41)]
    tracker = make_tracker()
    notices = [*feed(tracker, scores), *tracker.break_off("stop")]
    assert [notice.phase for notice in notices] == ["begin", "peak", "peak", "end"]
    assert notices[-1].best.frame.number >= 38
    assert notices[-1].event.peak_score == pytest.approx(0.99, abs=0.005)
    assert notices[-1].event.peak_at == WALL_S + notices[-1].best.frame.time_s
    assert notices[-1].best.event_id == "e1"


def test_of_equal_scores_the_frame_that_shows_most_of_the_crack_is_best() -> None:
    tracker = make_tracker()
    for number, cells in enumerate([1, 5, 12, 6, 2]):
        observation = make_observation(
            0.999 - number / 10_000, number=number + 1, time_s=number / 10
        )
        observation.heat.flat[cells:] = 0.1
        tracker.add(observation)
    (end,) = tracker.break_off("stop")
    assert end.best.frame.number == 3


def test_a_gap_without_frames_ends_an_event_where_it_was_last_seen() -> None:
    tracker = make_tracker()
    feed(tracker, [0.95] * 10)
    notices = feed(tracker, [0.95] * 3, start_s=100.0)
    assert phases(notices) == [("end", "e1"), ("begin", "e2")]
    assert notices[0].event.duration_s == pytest.approx(0.9)
    assert notices[0].event.ended_by == "source"


def test_breaking_off_ends_what_lasts_once() -> None:
    tracker = make_tracker()
    feed(tracker, [0.95] * 3)
    assert phases(tracker.break_off("stop")) == [("end", "e1")]
    assert tracker.break_off("stop") == []


def test_a_wall_clock_that_jumps_back_ends_no_event_before_it_began() -> None:
    tracker = make_tracker()
    (begin,) = tracker.add(make_observation(0.95, time_s=0.0))
    later = make_observation(0.96, time_s=10.0)
    object.__setattr__(later.frame, "wall_s", 0.0)
    tracker = make_tracker(gap_s=60)
    tracker.add(begin.best)
    tracker.add(later)
    (end,) = tracker.break_off("stop")
    assert end.event.ended_at == end.event.began_at + 10.0


def test_a_release_above_the_threshold_means_the_threshold() -> None:
    tracker = make_tracker(release=0.95)
    notices = [
        notice
        for number in range(30)
        for notice in tracker.add(make_observation(0.7, time_s=number / 10, threshold=0.6))
    ]
    assert phases(notices) == [("begin", "e1")]


@given(
    st.lists(st.tuples(st.floats(0, 1), st.floats(0, 8)), max_size=60),
    st.floats(0.05, 0.95),
    st.floats(0, 3),
)
def test_begin_and_end_take_turns_and_each_event_is_well_formed(
    steps: list[tuple[float, float]], threshold: float, hold_s: float
) -> None:
    tracker, now_s = make_tracker(hold_s=hold_s), 0.0
    notices: list[Notice] = []
    for number, (score, pause_s) in enumerate(steps):
        now_s += pause_s
        notices += tracker.add(
            make_observation(score, number=number + 1, time_s=now_s, threshold=threshold)
        )
    notices += tracker.break_off("source")
    turns = [notice.phase for notice in notices if notice.phase != "peak"]
    assert turns == ["begin", "end"] * (len(turns) // 2)
    for notice in notices:
        event = notice.event
        assert event.peak_score == notice.best.score
        assert 0 <= event.duration_s <= now_s
        assert 1 <= event.frames <= len(steps)
        assert (event.ended_at is None) == (notice.phase != "end")
        assert describe_event(event, notice.phase)["id"] == event.id
    seen = sum(notice.event.frames for notice in notices if notice.phase == "end")
    assert seen >= sum(score >= threshold for score, _ in steps)


def test_ids_differ_at_the_same_time_and_sort_by_it() -> None:
    first, second, later = (make_event_id(WALL_S), make_event_id(WALL_S), make_event_id(WALL_S + 1))
    assert first != second
    assert first.startswith("20260506T070809Z-")
    assert max(first, second) < later
