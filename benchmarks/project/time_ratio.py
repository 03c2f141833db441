"""Time competitors side by side: warmed up, interleaved, in random order."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edge.files.timing import measure_interleaved


@dataclass(frozen=True)
class Ratio:
    """A ratio of times measured in the same rounds: its median and middle 80 %."""

    median: float
    p10: float
    p90: float


def time_interleaved(
    competitors: Mapping[str, Callable[[], object]],
    *,
    rounds: int,
    warm_up: int = 1,
    seed: int = 0,
    clock: Callable[[], float] = time.perf_counter,
) -> dict[str, NDArray[np.float64]]:
    """Time every competitor once per round, each round in a new order.

    Args:
        competitors: calls to time, by name.
        rounds: how many times each is timed.
        warm_up: rounds before that are not timed.
        seed: of the order.
        clock: returns seconds.

    Returns:
        float64 (rounds,) seconds for each name; equal places are of the same round.
    """

    def timed(call: Callable[[], object]) -> Callable[[], float]:
        def run() -> float:
            begun = clock()
            call()
            return clock() - begun

        return run

    return measure_interleaved(
        {name: timed(call) for name, call in competitors.items()},
        rounds=rounds,
        warm_up=warm_up,
        seed=seed,
    )


def ratio_of(seconds: NDArray[np.float64], to: NDArray[np.float64]) -> Ratio:
    """Return the ratio of two competitors' times, round by round."""
    low, middle, high = np.quantile(seconds / to, (0.1, 0.5, 0.9)).tolist()
    return Ratio(median=middle, p10=low, p90=high)
