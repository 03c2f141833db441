"""The search finds planted best plans, and prefers the simple where nothing differs."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest

from edge.files.errors import EnvironmentLacksError
from edge.scan.parallelism import Parallelism
from edge.tune.plan_search import PHOTOS, SearchReport, search_frame_threads, search_plan
from tests.unit.fakes import Remembering

SIMPLEST = Parallelism(threads=1, photos=1)


def _search(
    measure: Callable[[Parallelism], float],
    *,
    cores: int = 4,
    memory_mb: float | None = None,
    seed: int = 0,
) -> SearchReport:
    return search_plan(
        measure, cores=cores, memory_mb=memory_mb, progress=Remembering(), rounds=3, seed=seed
    )


def _cost(best: Parallelism) -> Callable[[Parallelism], float]:
    """Return seconds that grow with each doubling of a number away from the best plan."""

    def measure(plan: Parallelism) -> float:
        return 10 + sum(
            abs(math.log2(getattr(plan, field) / getattr(best, field)))
            for field in ("threads", "photos")
        )

    return measure


@pytest.mark.parametrize("threads", [1, 2, 4])
@pytest.mark.parametrize("photos", PHOTOS)
def test_the_planted_plan_is_found(threads: int, photos: int) -> None:
    best = Parallelism(threads, photos)
    assert _search(_cost(best)).plan == best


@pytest.mark.parametrize("seed", range(20))
def test_noise_alone_leads_to_the_simplest_plan(seed: int) -> None:
    rng = np.random.default_rng(seed)
    assert _search(lambda plan: 10 + rng.uniform(-0.14, 0.14), seed=seed).plan == SIMPLEST


@pytest.mark.parametrize("seed", range(5))
def test_more_rounds_bear_more_noise(seed: int) -> None:
    rng = np.random.default_rng(seed)
    report = search_plan(
        lambda plan: 10 + rng.normal(),
        cores=4,
        memory_mb=None,
        progress=Remembering(),
        rounds=20,
        seed=seed,
    )
    assert report.plan == SIMPLEST


def test_a_gain_that_comes_and_goes_is_no_gain() -> None:
    turns: dict[Parallelism, int] = {}

    def measure(plan: Parallelism) -> float:
        turns[plan] = turns.get(plan, 0) + 1
        # Faster in two rounds of three.
        return 10 if plan.threads == 1 or turns[plan] == 3 else 7

    assert _search(measure).plan.threads == 1


def test_a_disturbance_of_the_whole_machine_does_not_hide_a_gain() -> None:
    calls = 0

    def measure(plan: Parallelism) -> float:
        nonlocal calls
        calls += 1
        slow = 5 if 1 < calls <= 4 else 1  # all three splits of the first round
        return slow * (9 if plan.threads == 2 else 10)

    assert _search(measure).plan.threads == 2


def test_a_plan_that_does_not_work_is_never_chosen_nor_tried_again() -> None:
    tried: list[Parallelism] = []

    def measure(plan: Parallelism) -> float:
        tried.append(plan)
        return math.inf if plan.threads == 2 else 10 / plan.threads

    report = _search(measure)
    assert report.plan.threads == 4
    assert sum(plan.threads == 2 for plan in tried) == 1
    (failed,) = (trial for trial in report.trials if trial.plan.threads == 2)
    assert (failed.seconds, failed.ratio) == (None, None)


def test_where_nothing_works_that_is_said() -> None:
    with pytest.raises(EnvironmentLacksError, match="no combination of threads"):
        _search(lambda plan: math.inf)


def test_plans_that_need_too_much_memory_are_not_compared() -> None:
    # One thread and two photos at a time take 806 MB, two threads 936, three photos 1,094.
    report = _search(lambda plan: 10 / plan.threads / plan.photos, memory_mb=900)
    assert report.plan == Parallelism(1, 2)
    assert {trial.plan for trial in report.trials} == {Parallelism(1, 1), Parallelism(1, 2)}


def test_with_hardly_any_memory_the_smallest_plan_is_left() -> None:
    assert _search(lambda plan: 1, memory_mb=1).plan == SIMPLEST


def test_one_core_has_one_thread() -> None:
    report = _search(_cost(Parallelism(1, 2)), cores=1)
    assert report.plan == Parallelism(1, 2)
    assert {trial.plan.threads for trial in report.trials} == {1}


@pytest.mark.parametrize(("cores", "tried"), [(2, {1, 2}), (6, {1, 2, 4, 6}), (7, {1, 2, 4, 7})])
def test_threads_are_tried_in_doublings_up_to_all_cores(cores: int, tried: set[int]) -> None:
    seen: set[int] = set()

    def measure(plan: Parallelism) -> float:
        seen.add(plan.threads)
        return 1

    _search(measure, cores=cores)
    assert seen == tried


def test_the_report_holds_every_plan_with_its_ratio_to_the_chosen() -> None:
    report = _search(_cost(Parallelism(2, 2)))
    assert [trial.plan.threads for trial in report.trials[:3]] == [1, 2, 4]
    assert [trial.ratio for trial in report.trials[:3]] == [1.1, 1, 1.1]
    assert [trial.seconds for trial in report.trials[:3]] == [11, 10, 11]
    assert len(report.trials) == 3 + len(PHOTOS)


def test_progress_is_told_of_every_measurement() -> None:
    progress = Remembering()
    search_plan(lambda plan: 1, cores=2, memory_mb=None, progress=progress, rounds=2)
    ends = [(what, total) for what, done, total in progress.steps if done == total]
    assert [total for _, total in ends] == [4, 6]
    assert len(progress.steps) == 10


@pytest.mark.parametrize(
    ("cores", "best", "tried"), [(4, 2, {1, 2, 4}), (6, 6, {1, 2, 4, 6}), (1, 1, set())]
)
def test_threads_for_a_frame_are_tried_in_doublings(cores: int, best: int, tried: set[int]) -> None:
    looked: set[int] = set()

    def measure(plan: Parallelism) -> float:
        looked.add(plan.threads)
        return 1.0 if plan.threads == best else 2.0

    chosen, trials = search_frame_threads(measure, cores=cores, progress=Remembering())
    assert chosen == best
    assert looked == tried == {trial.plan.threads for trial in trials}


def test_threads_that_gain_nothing_are_left_idle() -> None:
    chosen, _ = search_frame_threads(lambda plan: 1.0, cores=4, progress=Remembering())
    assert chosen == 1
