"""Latencies as they were measured: in turns, one for each round, the rounds in sessions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Turn:
    """A burst of invokes of one competitor in one round.

    Attributes:
        session: number of the session; every session starts all processes anew.
        ms: (K,), the latencies that count.
        reference_ms: what the reference workload took in the same round.
    """

    session: int
    ms: NDArray[np.float64]
    reference_ms: float
