"""Latencies of all competitors in one run: side by side, in random order, until they are known.

A sitting starts all processes anew, because a process keeps the luck of its start: where its memory
lies. Each competitor is warmed up until its figures are steady; then come rounds, in each of which
every competitor and the yardstick have a turn, in a new order each time.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmarks.run.seat import list_seats
from benchmarks.run.sittings import Sittings, WorkerOpener
from benchmarks.run.subject import VIEWS, Subject, View
from benchmarks.run.worker import open_worker
from benchmarks.run.yardstick import WHAT, Yardstick, open_yardstick, yardstick_version
from edge.files.progress import Progress

MIN_SITTINGS = 5
TARGET = 0.03
# Of --max-seconds, each with as long a share; intervals need two. Of much time there are more: from
# one sitting to the next latencies differ by more than within one.
_SITTINGS = 10
_LONGEST_SITTING_S = 12.0
_LEAST_SITTINGS = 2


@dataclass(frozen=True)
class LatencyRun:
    """What a run measured.

    Attributes:
        latency: of results.json.
        yardstick: of results.json; None where there was no whole round.
        yardstick_ms: of each round, in their order.
        problems: of results.json.
        own_cpu_s: what this process and its workers used of the processor in all that time, the
            starts of the workers included.
        wall_s: how long all took, starts included.
    """

    latency: dict[str, Any]
    yardstick: dict[str, Any] | None
    yardstick_ms: list[float]
    problems: list[dict[str, str]]
    own_cpu_s: float
    wall_s: float


def measure_latency(
    subjects: Sequence[Subject],
    *,
    views: Sequence[View] = VIEWS,
    threads: Sequence[int] = (1,),
    max_seconds: float = 120.0,
    progress: Progress,
    seed: int = 0,
    target: float = TARGET,
    min_sittings: int = MIN_SITTINGS,
    clock: Callable[[], float] = time.perf_counter,
    cpu_clock: Callable[[], float] = time.process_time,
    start_worker: WorkerOpener = open_worker,
    start_yardstick: Callable[[threading.Lock], Yardstick] = open_yardstick,
    on_sitting: Callable[[int], None] | None = None,
    stop: Callable[[], bool] = lambda: False,
) -> LatencyRun:
    """Measure subjects until the interval of every p90 is narrow, or the time is over.

    A worker that dies, cannot open its file or fails its self-test is out of the run; the others
    go on. Ctrl-C ends the run with the rounds that are whole.

    Args:
        subjects: files with backends.
        views: to measure; the dense one of models that have it.
        threads: numbers of them that a runtime may use for one piece.
        max_seconds: for warm-ups and rounds; starting the processes comes on top, with TensorFlow
            some seconds for each (and 0.8 GB of memory, as all of them run side by side). Two
            sittings of a round are measured in any case.
        progress: is told how far it is.
        seed: of the order, and of the pieces.
        target: half the width of the interval of p90, as a share of it, that is narrow enough.
        min_sittings: before the run may end because all is narrow.
        clock: returns seconds.
        cpu_clock: returns the seconds that this process used of the processor.
        start_worker: starts the process of a competitor.
        start_yardstick: starts that of the yardstick.
        on_sitting: called with the number of each sitting when it is warm.
        stop: asked before each round whether to end.

    Raises:
        CrackEdgeError: the yardstick does not run.
    """
    run = Sittings(
        seats=list_seats(subjects, views, threads),
        rng=np.random.default_rng(seed),
        seed=seed,
        max_seconds=max_seconds,
        progress=progress,
        clock=clock,
        start_worker=start_worker,
        start_yardstick=start_yardstick,
        stop=stop,
    )
    began, cpu_began = clock(), cpu_clock()
    try:
        stopped = _sit_until_known(run, target, min_sittings, on_sitting)
    except KeyboardInterrupt:
        stopped = "interrupted"
    progress.step("latencies", round(max_seconds) or 1, round(max_seconds) or 1)
    rows = [row for row in run.live_rows() if row.turns]
    latency = {
        "stopped": stopped,
        "seconds": run.seconds,
        "sittings": run.count,
        "rounds": len(run.yardstick_ms),
        "target": target,
        "rows": [row.to_dict(target) for row in rows],
    }
    return LatencyRun(
        latency,
        _describe_yardstick(run.yardstick_ms),
        run.yardstick_ms,
        run.list_problems(),
        own_cpu_s=cpu_clock() - cpu_began + run.cpu_s,
        wall_s=clock() - began,
    )


def _sit_until_known(
    run: Sittings, target: float, min_sittings: int, on_sitting: Callable[[int], None] | None
) -> str:
    share = min(_LONGEST_SITTING_S, run.max_seconds / _SITTINGS)
    while run.live_rows():
        if run.stop():
            return "interrupted"
        # No start for a sliver of time.
        if run.count >= _LEAST_SITTINGS and run.seconds + share / 2 > run.max_seconds:
            return "time"
        run.sit(share, on_warm=on_sitting)
        if run.stop():
            return "interrupted"
        is_enough = run.count >= min_sittings
        if is_enough and all(row.is_narrow(target) for row in run.live_rows()):
            return "narrow"
    return "time"


def _describe_yardstick(ms: Sequence[float]) -> dict[str, Any] | None:
    if not ms:
        return None
    return {"what": WHAT, "version": yardstick_version(), "median_ms": float(np.median(ms))}
