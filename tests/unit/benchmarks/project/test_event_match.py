"""Events compared with passages of cracks: what is found, missed and false."""

from __future__ import annotations

import itertools
import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.project.event_match import (
    TOLERANCE_S,
    FrameTruth,
    Span,
    find_passages,
    match_events,
    wilson_interval,
)

FRAME_S = 0.2


def timeline(states: str) -> list[FrameTruth]:
    """Return frames from letters: a dot is free, a dash shows part of a square, others show one."""
    return [
        FrameTruth(
            time_s=number * FRAME_S,
            cracked=() if state in ".-" else (state,),
            is_free=state == ".",
        )
        for number, state in enumerate(states)
    ]


frames_of_any_kind = st.text("....--ab", min_size=2, max_size=80).map(timeline)
spans = st.tuples(st.integers(0, 80), st.integers(0, 30)).map(
    lambda pair: Span(pair[0] * FRAME_S, (pair[0] + pair[1]) * FRAME_S)
)
some_spans = st.lists(spans, max_size=6)


def test_a_passage_lasts_from_the_first_to_the_last_cracked_frame() -> None:
    assert find_passages(timeline("..aab..")) == [Span(0.4, 0.8)]


def test_a_gap_of_less_than_a_second_does_not_part_passages() -> None:
    assert len(find_passages(timeline("a....a"))) == 2  # 1 s apart
    assert len(find_passages(timeline("a...a"))) == 1


def test_an_event_that_overlaps_a_passage_finds_it_and_the_squares_in_view_meanwhile() -> None:
    figures = match_events(timeline("..aabb......b"), [Span(0.0, 0.6)])
    assert (figures.passages, figures.passages_found) == (2, 1)
    assert (figures.squares, figures.squares_found) == (2, 1)
    assert figures.false_events == 0
    assert figures.delay_s == 0


def test_an_event_far_from_any_passage_is_false() -> None:
    frames = timeline("aa" + 20 * ".")
    figures = match_events(frames, [Span(2.0, 3.0)])
    assert (figures.passages_found, figures.false_events, figures.false_on_free) == (0, 1, 1)
    assert figures.false_per_free_minute == pytest.approx(60 / (20 * FRAME_S))
    assert figures.false_per_minute == pytest.approx(60 / (22 * FRAME_S))


def test_an_event_within_the_collar_is_neither_false_nor_does_it_find_anything() -> None:
    figures = match_events(timeline("aa" + 20 * "."), [Span(0.2 + TOLERANCE_S, 3.0)])
    assert (figures.passages_found, figures.false_events) == (0, 0)


def test_a_false_event_with_part_of_a_cracked_square_in_view_is_told_apart() -> None:
    figures = match_events(timeline("aa......--......"), [Span(1.6, 1.8)])
    assert (figures.false_events, figures.false_on_free) == (1, 0)


def test_an_event_that_never_ends_finds_all_and_fills_the_crack_free_time() -> None:
    frames = timeline("..a......b....")
    figures = match_events(frames, [Span(0.0, frames[-1].time_s)])
    assert figures.recall == 1
    assert figures.free_in_events == 1
    assert figures.passages_carried == 1


def test_the_delay_is_the_median_over_the_passages_found() -> None:
    frames = timeline("aaaaa.....bbbbb.....ccccc")
    events = [Span(0.4, 0.6), Span(1.8, 2.2), Span(4.2, 4.4)]
    assert match_events(frames, events).delay_s == pytest.approx(0.2)


def test_without_a_crack_there_is_no_recall() -> None:
    figures = match_events(timeline("....."), [])
    assert figures.recall is None
    assert figures.to_dict()["recall_interval"] is None


def test_the_figures_are_json() -> None:
    figures = match_events(timeline("..aa......bb"), [Span(0.4, 0.6)]).to_dict()
    again = json.loads(json.dumps(figures))
    assert again == figures
    low, high = again["recall_interval"]
    assert low < again["recall"] < high


def test_a_span_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(ValueError, match="expected an end after the start"):
        Span(2.0, 1.0)


@given(frames_of_any_kind)
def test_passages_hold_every_cracked_frame_and_are_apart(frames: list[FrameTruth]) -> None:
    passages = find_passages(frames)
    for frame in frames:
        inside = [passage for passage in passages if passage.holds(frame.time_s)]
        assert len(inside) <= 1
        assert inside or not frame.cracked
    for before, after in itertools.pairwise(passages):
        assert after.began_s - before.ended_s > 0.99


@given(frames_of_any_kind)
def test_events_that_are_the_passages_are_perfect(frames: list[FrameTruth]) -> None:
    figures = match_events(frames, find_passages(frames))
    assert figures.recall in (1, None)
    assert figures.square_recall in (1, None)
    assert figures.false_events == 0


@given(frames_of_any_kind, some_spans, spans)
def test_one_more_event_finds_no_less(
    frames: list[FrameTruth], events: list[Span], other: Span
) -> None:
    without, with_it = match_events(frames, events), match_events(frames, [*events, other])
    assert with_it.passages_found >= without.passages_found
    assert with_it.squares_found >= without.squares_found
    assert with_it.false_events - without.false_events in (0, 1)


@given(frames_of_any_kind, some_spans)
def test_counts_stay_within_their_totals(frames: list[FrameTruth], events: list[Span]) -> None:
    figures = match_events(frames, events)
    assert 0 <= figures.passages_carried <= figures.passages_found <= figures.passages
    assert 0 <= figures.squares_found <= figures.squares
    assert 0 <= figures.false_on_free <= figures.false_events <= figures.events
    assert 0 <= figures.free_minutes <= figures.minutes


@given(frames_of_any_kind, some_spans, st.integers(0, 100_000))
def test_when_the_video_begins_does_not_matter(
    frames: list[FrameTruth], events: list[Span], later_s: int
) -> None:
    moved = match_events(
        [replace(frame, time_s=frame.time_s + later_s) for frame in frames],
        [Span(event.began_s + later_s, event.ended_s + later_s) for event in events],
    )
    assert moved.to_dict() == match_events(frames, events).to_dict()


@given(st.integers(0, 200).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_the_interval_holds_the_share_and_stays_within_0_and_1(trial: tuple[int, int]) -> None:
    hits, count = trial
    interval = wilson_interval(hits, count)
    if not count:
        assert interval is None
        return
    assert interval is not None
    assert 0 <= interval[0] <= hits / count <= interval[1] <= 1
    assert interval[1] - interval[0] > 0


def test_the_interval_is_that_of_the_book() -> None:
    # 81 of 263: Newcombe 1998, table I.
    assert wilson_interval(81, 263) == pytest.approx((0.2553, 0.3662), abs=1e-4)


def test_more_hits_than_trials_are_refused() -> None:
    with pytest.raises(ValueError, match="3 of 2"):
        wilson_interval(3, 2)
