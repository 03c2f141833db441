"""Find how a scan is best shared out on this machine, by measuring and in stages.

First how many threads score, then how many photos are in flight: few measurements, as the two
hardly depend on each other.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edge.files.errors import EnvironmentLacksError
from edge.files.progress import Progress
from edge.files.timing import measure_interleaved
from edge.scan.parallelism import Parallelism, default_parallelism

PHOTOS = (1, 2, 3)

# What gains less than this is not worth another thread or more memory.
_WORTH = 0.03
# The process with its runtime and OpenCV, the model included, MB.
_PROCESS_MB = 100
# A photo of 48 Mpx, the largest of common cameras, while it is turned upright.
_PHOTO_MB = 288
# A thread's memory for the pieces it keeps open, one size for each orientation: 75 bytes a px where
# values are integers, else 300.
INTEGER_THREAD_MB, FLOAT_THREAD_MB = 130, 520


@dataclass(frozen=True)
class Trial:
    """A plan that was measured.

    Attributes:
        stage: what it was compared in.
        plan: the plan.
        seconds: median of the rounds; None if it does not work here.
        ratio: median of its times to those of the plan that the stage chose, in the same rounds.
    """

    stage: str
    plan: Parallelism
    seconds: float | None
    ratio: float | None


@dataclass(frozen=True)
class SearchReport:
    """The plan that was chosen, and all that were measured."""

    plan: Parallelism
    trials: tuple[Trial, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return plan and trials, ready for JSON."""
        return asdict(self)


def search_plan(
    measure: Callable[[Parallelism], float],
    *,
    cores: int,
    memory_mb: float | None,
    progress: Progress,
    rounds: int = 3,
    seed: int = 0,
    thread_mb: float = INTEGER_THREAD_MB,
) -> SearchReport:
    """Search for the fastest plan; one that is hardly slower and simpler wins.

    Args:
        measure: scans by a plan and returns the seconds; infinite for a plan that does not work.
        cores: to share out.
        memory_mb: that a plan may take; None for no bound.
        progress: notified of every measurement.
        rounds: how many times each plan is measured.
        seed: of their order.
        thread_mb: memory of a thread.

    Raises:
        EnvironmentLacksError: no plan works.
    """
    plan, trials = default_parallelism(cores), list[Trial]()
    # The first scan wakes the machine and fills its caches.
    measure(plan)
    for stage, vary in (
        ("threads", _vary_threads),
        ("photos in flight", _vary_photos),
    ):
        wanted = sorted(vary(plan, cores), key=lambda one: _memory_mb(one, thread_mb))
        plans = [
            one for one in wanted if memory_mb is None or _memory_mb(one, thread_mb) < memory_mb
        ]
        plans = plans or wanted[:1]
        if len(plans) == 1:
            plan = plans[0]
            continue
        seconds = _measure_stage(stage, plans, measure, progress, rounds, seed)
        chosen = _choose(seconds)
        plan = plans[chosen]
        trials += [
            _make_trial(stage, one, row, seconds[chosen])
            for one, row in zip(plans, seconds, strict=True)
        ]
    return SearchReport(plan, tuple(trials))


def search_frame_threads(
    measure: Callable[[Parallelism], float],
    *,
    cores: int,
    progress: Progress,
    rounds: int = 3,
    seed: int = 0,
) -> tuple[int, tuple[Trial, ...]]:
    """Search for the number of threads that score a camera's frame fastest; few, if it is equal.

    Args:
        measure: scores frames with the threads of a plan and returns the seconds.
        cores: to share out.
        progress: notified of every measurement.
        rounds: how many times each number is measured.
        seed: of their order.

    Returns:
        The number, and what was measured.
    """
    if cores == 1:
        return 1, ()
    plans = [Parallelism(count, 1) for count in list_doublings(cores)]
    measure(plans[-1])
    stage = "threads for a camera frame"
    seconds = _measure_stage(stage, plans, measure, progress, rounds, seed)
    chosen = _choose(seconds)
    trials = (
        _make_trial(stage, one, row, seconds[chosen])
        for one, row in zip(plans, seconds, strict=True)
    )
    return plans[chosen].threads, tuple(trials)


def _vary_threads(plan: Parallelism, cores: int) -> list[Parallelism]:
    return [replace(plan, threads=count) for count in list_doublings(cores)]


def list_doublings(cores: int) -> list[int]:
    """List the numbers of threads to try: powers of two, and one for each core."""
    return sorted({2**power for power in range(cores.bit_length())} | {cores})


def _vary_photos(plan: Parallelism, _: int) -> list[Parallelism]:
    return [replace(plan, photos=photos) for photos in PHOTOS]


def _memory_mb(plan: Parallelism, thread_mb: float) -> float:
    """Estimate what a scan takes while it works on large photos."""
    return _PROCESS_MB + plan.threads * thread_mb + plan.photos * _PHOTO_MB


def _measure_stage(
    stage: str,
    plans: Sequence[Parallelism],
    measure: Callable[[Parallelism], float],
    progress: Progress,
    rounds: int,
    seed: int,
) -> list[NDArray[np.float64]]:
    """Measure plans side by side, (rounds,) seconds of each; all infinite if it failed once."""
    failed: set[Parallelism] = set()
    done = 0

    def run(plan: Parallelism) -> float:
        nonlocal done
        seconds = math.inf if plan in failed else measure(plan)
        if math.isinf(seconds):
            failed.add(plan)
        done += 1
        progress.step(f"measuring {stage}", done, rounds * len(plans))
        return seconds

    found = measure_interleaved(
        {str(plan): partial(run, plan) for plan in plans}, rounds=rounds, seed=seed
    )
    return [np.full(rounds, math.inf) if plan in failed else found[str(plan)] for plan in plans]


def _choose(seconds: Sequence[NDArray[np.float64]]) -> int:
    """Choose the first, so the simplest, that is not clearly slower than the fastest."""
    fastest = min(seconds, key=lambda row: float(np.median(row)))
    if math.isinf(fastest[0]):
        raise EnvironmentLacksError(
            "no combination of threads and photos in flight works on this machine"
        )
    for place, row in enumerate(seconds):
        ratios = row / fastest
        # Slower in all of the middle 80 % of the rounds; of few rounds that is every one.
        low = np.quantile(ratios, 0.1, method="lower")
        if not (low > 1 and np.median(ratios) >= 1 + _WORTH):
            return place
    raise AssertionError("the fastest is as fast as itself")


def _make_trial(
    stage: str, plan: Parallelism, seconds: NDArray[np.float64], chosen: NDArray[np.float64]
) -> Trial:
    if math.isinf(seconds[0]):
        return Trial(stage, plan, None, None)
    median, ratio = float(np.median(seconds)), float(np.median(seconds / chosen))
    return Trial(stage, plan, round(median, 3), round(ratio, 3))
