"""A fixed piece of work that no model and no runtime changes, timed in every round.

If it takes longer at the end of a run than at its beginning, the machine itself became slower. Work
beside it slows it by moments, so the lowest of its times in a turn is the figure.
"""

from __future__ import annotations

import threading
import time
from typing import Protocol

import cv2
import numpy as np

from benchmarks.run.worker import Burst, ProcessWorker, time_calls

# 2 MB in and 2 MB out: as the activations of a model, more than fits the first cache.
_SIZE_HW = (512, 1024)
_TAPS = 31
_SEED = 0
WHAT = (
    f"cv2.sepFilter2D with {_TAPS} x {_TAPS} taps, float32, {_SIZE_HW[1]} x {_SIZE_HW[0]} px, "
    "one thread"
)
# Of a turn, about as long as that of a competitor; the lowest is the figure.
CALLS = 10


class ReferenceWorkload(Protocol):
    """A process that does the fixed work."""

    def run(self, shape_hw: None, count: int) -> list[float]:
        """Do it ``count`` times after once that does not count; return each time in ms."""

    def cpu_seconds(self) -> float:
        """Return what the process had used of the processor when it last answered."""

    def close(self) -> None:
        """End the process."""


def open_reference(spawn_lock: threading.Lock) -> ProcessWorker:
    """Start the reference workload's process.

    Args:
        spawn_lock: held to start and to end processes, equal for all of them.
    """
    return ProcessWorker(ReferenceBench, "the reference workload", spawn_lock)


def time_reference(reference: ReferenceWorkload) -> float:
    """Return the least that the fixed work takes now, ms.

    Raises:
        CrackEdgeError: the process died.
    """
    return min(reference.run(None, CALLS))


def reference_version() -> str:
    """Return what figures of the reference workload are comparable by: OpenCV's version."""
    return str(cv2.__version__)


class ReferenceBench:
    """What runs in the reference workload's process."""

    def __init__(self) -> None:
        cv2.setNumThreads(1)
        rng = np.random.default_rng(_SEED)
        self._picture = rng.random(_SIZE_HW, np.float32)
        self._taps = rng.random(_TAPS, np.float32)
        self._out = np.empty_like(self._picture)

    def __call__(self, task: Burst) -> tuple[list[float], float]:
        """Do a task."""
        return time_calls(self._filter, task.count), time.process_time()

    def _filter(self) -> None:
        cv2.sepFilter2D(self._picture, -1, self._taps, self._taps, dst=self._out)
