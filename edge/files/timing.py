"""Measure competitors side by side: interleaved, in random order."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray


def measure_interleaved(
    competitors: Mapping[str, Callable[[], float]],
    *,
    rounds: int,
    warm_up: int = 0,
    seed: int = 0,
) -> dict[str, NDArray[np.float64]]:
    """Run every competitor once per round, each round in a new order.

    What disturbs the machine in one round disturbs all of them, so their ratio holds.

    Args:
        competitors: calls that return their figure, by name.
        rounds: how many times each is measured.
        warm_up: rounds before that do not count.
        seed: of the order.

    Returns:
        float64 (rounds,) figures for each name; equal places are of the same round.
    """
    names = list(competitors)
    figures = {name: np.zeros(rounds) for name in names}
    rng = np.random.default_rng(seed)
    for number in range(-warm_up, rounds):
        for place in rng.permutation(len(names)):
            figure = competitors[names[place]]()
            if number >= 0:
                figures[names[place]][number] = figure
    return figures
