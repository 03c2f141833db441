"""What our code adds to a bare invoke: ratios by rounds, their interval by sessions."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

from benchmarks.project.invoke_cost import BARE, LIMITS, compare_with_reference, measure_invoke_cost
from edge.files.errors import ModelError


def make_sessions(
    *, pace: Callable[[int], float] = lambda _: 1.0, place: Callable[[int], float] = lambda _: 1.0
) -> tuple[list[int], Callable[[int], Mapping[str, Callable[[], float]]]]:
    """Return the numbers of sessions that were opened, and what opens one.

    Ours takes 1.5 times bare; ``place`` slows it for a whole session, ``pace`` both for a turn.
    """
    opened: list[int] = []

    def open_session(number: int) -> Mapping[str, Callable[[], float]]:
        opened.append(number)
        turns = {"bare": 0, "ours": 0}

        def run(name: str, ms: float) -> float:
            turns[name] += 1
            return ms * pace(turns[name])

        return {
            "bare": lambda: run("bare", 2.0),
            "ours": lambda: run("ours", 3.0 * place(number)),
        }

    return opened, open_session


def test_all_are_opened_anew_for_each_session() -> None:
    opened, open_session = make_sessions()
    found = compare_with_reference("bare", open_session, rounds=4, sessions=6)
    assert opened == list(range(6))
    assert (found["sessions"], found["rounds"]) == (6, 4)


def test_the_ratio_is_taken_within_a_round_whatever_the_pace_of_the_machine() -> None:
    _, open_session = make_sessions(pace=lambda turn: 1.0 + turn)
    ratio = compare_with_reference("bare", open_session, rounds=4, sessions=6)["ratios"]["ours"]
    assert ratio == pytest.approx({"median": 1.5, "p10": 1.5, "p90": 1.5, "low": 1.5, "high": 1.5})


def test_latencies_are_medians_and_the_reference_has_no_ratio() -> None:
    _, open_session = make_sessions()
    found = compare_with_reference("bare", open_session, rounds=4, sessions=6)
    assert found["latency_ms"] == {"bare": 2.0, "ours": 3.0}
    assert list(found["ratios"]) == ["ours"]


def test_the_interval_is_as_wide_as_sessions_differ_however_many_rounds() -> None:
    _, open_session = make_sessions(place=lambda number: 1.0 + 0.1 * number)
    for rounds in (3, 30):
        ratio = compare_with_reference("bare", open_session, rounds=rounds, sessions=6)["ratios"][
            "ours"
        ]
        assert (ratio["low"], ratio["high"]) == pytest.approx((1.5, 2.25))


def test_few_sessions_give_no_interval() -> None:
    _, open_session = make_sessions()
    ratio = compare_with_reference("bare", open_session, rounds=3, sessions=2)["ratios"]["ours"]
    assert (ratio["low"], ratio["high"]) == (None, None)


def test_the_shipped_model_is_measured_by_all_three() -> None:
    pytest.importorskip("ai_edge_litert")
    found = measure_invoke_cost("small", rounds=1, sessions=1)
    assert set(found["ratios"]) == set(LIMITS) == set(found["limits"])
    assert set(found["latency_ms"]) == {BARE, *LIMITS}
    assert all(value > 0 for value in found["latency_ms"].values())


def test_a_model_that_is_not_there_is_refused() -> None:
    with pytest.raises(ModelError, match="no such model"):
        measure_invoke_cost("nothing", rounds=1)
