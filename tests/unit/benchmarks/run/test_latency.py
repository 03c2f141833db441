"""The latency run: who has a turn when, what counts, when it ends, and who is left out."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import benchmarks.output
from benchmarks.run.pieces import find_shape
from benchmarks.run.reference_workload import CALLS
from edge.files.errors import EnvironmentLacksError
from tests.unit.benchmarks.results_made import make_results
from tests.unit.benchmarks.run.latency_fakes import (
    FakeMachine,
    Latencies,
    falling,
    make_subject,
    measure,
    noisy,
    rising,
    steady,
)
from tests.unit.fakes import Remembering, make_card

A, B, C = (make_subject(f"{name}.tflite") for name in "abc")
# Turns that the warm-up of a steady competitor takes.
WARM_UP = 7


def names_of_rounds(machine: FakeMachine, count: int) -> list[list[str]]:
    """Return the names of each whole round of the first session; ``count`` steady competitors."""
    names = [event[0] for event in machine.events]
    begin = 1 + WARM_UP * count  # the reference workload is read once before
    places = range(begin, len(names) - count, count + 1)
    return [names[place : place + count + 1] for place in places]


def has_sat(machine: FakeMachine, count: int) -> bool:
    """Tell whether the first session is over, in which ``count`` processes started."""
    return len(machine.orders) > count


def test_in_each_round_everyone_and_the_reference_workload_have_one_turn_in_a_new_order() -> None:
    machine = FakeMachine()
    stop = partial(has_sat, machine, 3)
    run = measure(machine, [A, B, C], max_seconds=100, stop=stop)
    rounds = names_of_rounds(machine, 3)
    assert len(rounds) == run.latency["rounds"] > 10
    for names in rounds:
        assert sorted(names) == ["a.tflite", "b.tflite", "c.tflite", "reference_workload"]
    assert len({tuple(names) for names in rounds}) > 5


def test_another_seed_is_another_order() -> None:
    orders = []
    for seed in (0, 0, 1):
        machine = FakeMachine()
        measure(machine, [A, B, C], max_seconds=5, seed=seed)
        orders.append([event[0] for event in machine.events])
    assert orders[0] == orders[1] != orders[2]


@pytest.mark.parametrize(("ms", "counted"), [(0.1, 49), (4.0, 14), (25.0, 1), (500.0, 1)])
def test_a_turn_is_about_60_ms_long_without_its_first_call(ms: float, counted: int) -> None:
    machine = FakeMachine({"a.tflite": steady(ms)})
    (row,) = measure(machine, [A], max_seconds=20).latency["rows"]
    assert {len(turn["ms"]) for turn in row["turns"]} == {counted}
    assert row["n"] == counted * len(row["turns"])


def test_the_warm_up_ends_when_the_figures_are_steady_and_does_not_count() -> None:
    machine = FakeMachine({"b.tflite": falling(4.0)})
    run = measure(machine, [A, B], max_seconds=20)
    first, second = run.latency["rows"]
    assert first["is_steady"]
    assert first["warm_up_turns"] == WARM_UP * run.latency["sessions"]
    assert second["warm_up_turns"] > first["warm_up_turns"]
    assert max(ms for turn in first["turns"] for ms in turn["ms"]) == 4.0


def test_a_competitor_that_is_never_steady_says_so_and_is_measured_all_the_same() -> None:
    machine = FakeMachine({"a.tflite": rising(4.0)})
    (row,) = measure(machine, [A], max_seconds=10).latency["rows"]
    assert not row["is_steady"]
    assert row["turns"]


def test_it_ends_early_when_the_interval_of_every_p90_is_narrow() -> None:
    run = measure(FakeMachine(), [A, B], max_seconds=100)
    assert run.latency["stopped"] == "narrow"
    assert run.latency["sessions"] == 5
    assert all(row["is_narrow"] for row in run.latency["rows"])


def test_one_whose_interval_is_wide_keeps_the_run_going_until_the_time_is_over() -> None:
    machine = FakeMachine({"b.tflite": noisy(4.0)})
    run = measure(machine, [A, B], max_seconds=40, target=0.001)
    assert run.latency["stopped"] == "time"
    assert run.latency["seconds"] == pytest.approx(40, abs=0.5)
    assert [row["is_narrow"] for row in run.latency["rows"]] == [True, False]


@pytest.mark.parametrize(("latencies", "sessions"), [(steady(4), 10), (rising(4), 5)])
def test_long_warm_ups_make_sessions_fewer_and_longer(latencies: Latencies, sessions: int) -> None:
    machine = FakeMachine({"a.tflite": latencies})
    run = measure(machine, [A], max_seconds=40, target=1e-9, min_sessions=99)
    assert run.latency["sessions"] == sessions


def test_with_more_time_sessions_become_more_not_longer() -> None:
    run = measure(FakeMachine({"a.tflite": steady(200)}), [A], max_seconds=240, min_sessions=99)
    assert run.latency["sessions"] == 20


def test_starting_processes_takes_no_measuring_time() -> None:
    run = measure(FakeMachine({"a.tflite": noisy(4.0)}), [A], max_seconds=10, target=0.001)
    assert run.latency["seconds"] == pytest.approx(10, abs=1)
    assert run.wall_s > 500


def test_in_no_time_two_sessions_of_one_round_are_measured() -> None:
    run = measure(FakeMachine(), [A], max_seconds=0.001)
    assert (run.latency["sessions"], run.latency["rounds"]) == (2, 2)
    assert [turn["session"] for turn in run.latency["rows"][0]["turns"]] == [0, 1]


@settings(max_examples=10)
@given(
    ms=st.lists(st.floats(0.05, 300), min_size=1, max_size=4),
    max_seconds=st.floats(0.01, 60),
    seed=st.integers(0, 100),
)
def test_every_row_has_a_turn_in_every_round(
    ms: list[float], max_seconds: float, seed: int
) -> None:
    subjects = [make_subject(f"{place}.tflite") for place in range(len(ms))]
    latencies: dict[str, Latencies] = {
        f"{place}.tflite": noisy(one, place) for place, one in enumerate(ms)
    }
    run = measure(FakeMachine(latencies), subjects, max_seconds=max_seconds, seed=seed)
    assert len(run.latency["rows"]) == len(ms)
    for row in run.latency["rows"]:
        assert len(row["turns"]) == run.latency["rounds"] == len(run.reference_ms)
        assert {turn["session"] for turn in row["turns"]} == set(range(run.latency["sessions"]))


def test_one_that_dies_becomes_a_problem_and_the_others_go_on() -> None:
    machine = FakeMachine(dies_at={"b.tflite": 20})
    progress = Remembering()
    run = measure(machine, [A, B, C], max_seconds=100, progress=progress)
    assert [row["file"] for row in run.latency["rows"]] == ["a.tflite", "c.tflite"]
    assert run.latency["stopped"] == "narrow"
    text = "b.tflite: the process ended with exit code 7"
    assert run.problems == [{"file": "b.tflite", "backend": "LiteRT", "text": text}]
    assert progress.lines == [f"left out: {text}"]
    assert machine.turns_of("b.tflite") == 20


def test_one_that_cannot_be_opened_is_tried_once() -> None:
    machine = FakeMachine(refuses=("b.tflite",))
    run = measure(machine, [A, B], max_seconds=10, threads=(1, 2))
    assert [(row["file"], row["threads"]) for row in run.latency["rows"]] == [
        ("a.tflite", 1),
        ("a.tflite", 2),
    ]
    assert sum(order.path.name == "b.tflite" for order in machine.orders) == 2
    # The same words for each number of threads are one problem.
    assert [problem["file"] for problem in run.problems] == ["b.tflite"]


def test_without_anyone_left_nothing_is_measured() -> None:
    run = measure(FakeMachine(refuses=("a.tflite",)), [A], max_seconds=10)
    assert run.latency["rows"] == []
    assert run.reference_workload is None
    assert len(run.problems) == 1


@pytest.mark.parametrize("event", range(0, 60, 7))
def test_ctrl_c_keeps_the_rounds_that_are_whole(event: int) -> None:
    machine = FakeMachine(interrupt_at=event)
    run = measure(machine, [A, B], max_seconds=100)
    assert run.latency["stopped"] == "interrupted"
    assert run.latency["rounds"] == len(names_of_rounds(machine, 2))
    for row in run.latency["rows"]:
        assert len(row["turns"]) == run.latency["rounds"]
    assert machine.open == 0


def test_told_to_stop_it_ends_with_what_it_has() -> None:
    machine = FakeMachine()
    run = measure(machine, [A], max_seconds=100, stop=lambda: len(machine.events) > 20)
    assert run.latency["stopped"] == "interrupted"
    assert run.latency["rows"][0]["turns"]
    assert machine.open == 0


def test_told_to_stop_before_it_began_it_starts_nothing() -> None:
    machine = FakeMachine()
    assert measure(machine, [A], stop=lambda: True).latency["rows"] == []
    assert not machine.orders


def test_a_dead_reference_workload_ends_the_run_and_leaves_no_process() -> None:
    machine = FakeMachine(reference_dies=True)
    with pytest.raises(EnvironmentLacksError, match="reference_workload"):
        measure(machine, [A])
    assert machine.open == 0


def test_the_self_test_is_run_in_the_first_session_only() -> None:
    machine = FakeMachine()
    measure(machine, [A, B], max_seconds=10)
    assert [order.check for order in machine.orders][:3] == [True, True, False]
    assert sum(order.check for order in machine.orders) == 2


def test_every_number_of_threads_has_a_process_with_all_views_in_it() -> None:
    machine = FakeMachine()
    run = measure(machine, [A], views=("tile", "dense"), threads=(1, 4), max_seconds=0.1)
    dense = find_shape(make_card(), "dense")
    assert [order.threads for order in machine.orders[:2]] == [1, 4]
    assert all(order.shapes_hw == ((64, 64), dense) for order in machine.orders)
    assert [(row["view"], row["threads"]) for row in run.latency["rows"]] == [
        *(("tile", 1), ("dense", 1), ("tile", 4), ("dense", 4))
    ]


def test_a_model_without_a_dense_view_has_tiles_only() -> None:
    tiles_only = make_subject(output="tile_logit", cell_px=64)
    run = measure(FakeMachine(), [tiles_only], views=("tile", "dense"), max_seconds=0.1)
    assert [row["view"] for row in run.latency["rows"]] == ["tile"]
    assert not measure(FakeMachine(), [tiles_only], views=("dense",)).latency["rows"]


def test_each_session_is_announced_when_its_processes_are_warm() -> None:
    machine = FakeMachine()
    seen: list[tuple[int, int]] = []
    measure(
        machine,
        [A],
        max_seconds=0.1,
        on_session=lambda index: seen.append((index, len(machine.orders))),
    )
    assert seen == [(0, 1), (1, 2)]


def test_the_processor_time_of_all_processes_is_summed() -> None:
    run = measure(FakeMachine(), [A, B], max_seconds=0.1)
    assert run.own_cpu_s == 10.0 * 3 * run.latency["sessions"]


def test_the_reference_workload_is_read_by_the_lowest_of_its_calls() -> None:
    machine = FakeMachine(
        {"reference_workload": lambda number: 2.0 if number % (CALLS + 1) == 3 else 9.0}
    )
    run = measure(machine, [A], max_seconds=1)
    assert run.reference_workload is not None
    assert run.reference_workload["median_ms"] == 2.0
    assert {turn["reference_ms"] for turn in run.latency["rows"][0]["turns"]} == {2.0}


def test_the_run_fits_the_schema_of_results() -> None:
    jsonschema = pytest.importorskip("jsonschema")
    schema = Path(benchmarks.output.__file__).parent / "results.schema.json"
    run = measure(FakeMachine(refuses=("b.tflite",)), [A, B], max_seconds=5)
    parts: dict[str, Any] = {
        "latency": run.latency,
        "reference_workload": run.reference_workload,
        "problems": run.problems,
    }
    results = json.loads(json.dumps(make_results() | parts))
    jsonschema.validate(results, json.loads(schema.read_text()))
