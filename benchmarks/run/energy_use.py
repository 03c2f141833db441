"""Energy of each competitor, where the board has a meter."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from functools import partial
from typing import Any

from benchmarks.run.energy import measure_energy
from benchmarks.run.meters import Meter, find_meter
from benchmarks.run.problems import describe_problem
from benchmarks.run.seat import list_seats
from benchmarks.run.subject import Subject, View
from benchmarks.run.worker import Order, Shape, Worker, open_worker
from edge.files.errors import CrackEdgeError
from edge.files.progress import Progress

_KEYS = ("file", "backend", "view", "threads")
_Key = tuple[str, str, str, int]

# Invokes after which the clock is looked at.
_CALLS = 5


def measure_energy_of(
    subjects: Sequence[Subject],
    *,
    views: Sequence[View],
    threads: Sequence[int],
    progress: Progress,
    seed: int = 0,
    meter: Meter | None = None,
    start_worker: Callable[[Order, threading.Lock], Worker] = open_worker,
    clock: Callable[[], float] = time.perf_counter,
    **settings: Any,
) -> tuple[list[dict[str, Any]], list[dict[str, str]]]:
    """Measure the energy of every competitor.

    Args:
        subjects: files and backends.
        views: of a tile or a piece.
        threads: that a runtime may use for one piece.
        progress: told how far it is.
        seed: of the order and of the pieces.
        meter: what tells the power; the board's own if None.
        start_worker: starts the process of a competitor.
        clock: returns seconds.
        settings: of ``measure_energy``.

    Returns:
        Rows of ``energy``, none where the board has no meter, and of ``problems``.
    """
    meter = meter or find_meter()
    if meter is None:
        return [], []
    problems = []
    family = threading.Lock()
    competitors: dict[_Key, Callable[[float], int]] = {}
    with ExitStack() as stack:
        for seat in list_seats(subjects, views, threads):
            try:
                worker = start_worker(seat.order(seed=seed, check=False), family)
            except CrackEdgeError as error:
                problems.append(describe_problem(seat.subject, error))
                continue
            stack.callback(worker.close)
            for row in seat.rows:
                one = row.competitor
                key = (one.subject.file.name, one.subject.backend, one.view, one.threads)
                competitors[key] = partial(_invoke_for, worker, one.shape_hw, clock)
        rows = measure_energy(
            meter, competitors, seed=seed, progress=progress, clock=clock, **settings
        )
    return [dict(zip(_KEYS, row.pop("key"), strict=True)) | row for row in rows], problems


def _invoke_for(worker: Worker, shape_hw: Shape, clock: Callable[[], float], seconds: float) -> int:
    """Invoke for so many seconds; return how often."""
    invokes, ends = 0, clock() + seconds
    while clock() < ends:
        worker.run(shape_hw, _CALLS)
        # With the one that is not timed.
        invokes += _CALLS + 1
    return invokes
