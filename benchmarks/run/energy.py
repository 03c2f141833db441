"""Energy of an invoke, where the board can tell: nothing is guessed where it cannot."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Hashable, Mapping
from typing import Any, TypeVar

import numpy as np

from benchmarks.run.meters import Meter
from edge.files.progress import Progress, Silent

Key = TypeVar("Key", bound=Hashable)


def measure_energy(
    meter: Meter,
    competitors: Mapping[Key, Callable[[float], int]],
    *,
    seconds: float = 2.0,
    rounds: int = 3,
    seed: int = 0,
    progress: Progress | None = None,
    clock: Callable[[], float] = time.perf_counter,
    sleep: Callable[[float], None] = time.sleep,
) -> list[dict[str, Any]]:
    """Measure each competitor by itself, and the machine at rest, each round in a new order.

    It takes about ``seconds * rounds * (len(competitors) + 1)``.

    Args:
        meter: what tells the power.
        competitors: by key, what invokes for so many seconds and returns how often it did. It is
            warm already.
        seconds: of each turn.
        rounds: turns of each; figures are medians of theirs.
        seed: of the order.
        progress: receives how far it has come.
        clock: returns seconds.
        sleep: lets the machine rest.

    Returns:
        For each competitor its key, the meter's name, watts, idle_watts and joules_per_invoke, all
        that the meter sees, idle share included. Those whose power could not be read in any round
        are left out.
    """
    progress = progress or Silent()
    rng = np.random.default_rng(seed)
    keys = list(competitors)
    idle_watts: list[float] = []
    busy: dict[Key, list[tuple[float, float]]] = {key: [] for key in keys}
    # The place behind the last key stands for rest.
    order = [place for _ in range(rounds) for place in rng.permutation(len(keys) + 1).tolist()]

    for turn, place in enumerate(order):
        progress.step("energy", turn, len(order))
        if place == len(keys):
            watts = _measure_watts(meter, lambda: sleep(seconds))
            idle_watts += [] if watts is None else [watts]
            continue
        found = _measure_turn(meter, competitors[keys[place]], seconds, clock)
        busy[keys[place]] += [] if found is None else [found]
    progress.step("energy", len(order), len(order))

    if not idle_watts:
        return []
    return [
        {
            "key": key,
            "meter": meter.name,
            "watts": statistics.median(watts for watts, _ in turns),
            "idle_watts": statistics.median(idle_watts),
            "joules_per_invoke": statistics.median(joules for _, joules in turns),
        }
        for key, turns in busy.items()
        if turns
    ]


def _measure_turn(
    meter: Meter, run: Callable[[float], int], seconds: float, clock: Callable[[], float]
) -> tuple[float, float] | None:
    """Return watts and joules per invoke of one turn, None if the meter failed."""
    invokes, taken_s = 0, 0.0

    def work() -> None:
        nonlocal invokes, taken_s
        begun_s = clock()
        invokes = run(seconds)
        taken_s = clock() - begun_s

    watts = _measure_watts(meter, work)
    if watts is None or invokes <= 0:
        return None
    return watts, watts * taken_s / invokes


def _measure_watts(meter: Meter, work: Callable[[], None]) -> float | None:
    meter.begin()
    try:
        work()
    finally:
        watts = meter.end()
    return watts
