"""Latencies as they were measured: in turns, one for each round, the rounds in sittings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Turn:
    """A burst of invokes of one competitor in one round.

    Attributes:
        sitting: number of the sitting; every sitting starts all processes anew.
        ms: (K,), the latencies that count.
        yardstick_ms: what the yardstick took in the same round; None without one.
    """

    sitting: int
    ms: NDArray[np.float64]
    yardstick_ms: float | None


def turns_of(row: Mapping[str, Any]) -> list[Turn]:
    """Read the turns of a latency row of results.json."""
    return [
        Turn(int(turn["sitting"]), np.asarray(turn["ms"], np.float64), turn.get("yardstick_ms"))
        for turn in row["turns"]
    ]
