"""Latencies of all competitors in one run: side by side, in random order, until they are known.

A session starts all processes anew, because a process keeps the luck of its start: where its memory
lies. Each competitor is warmed up until its figures are steady; then come rounds, in each of which
every competitor and the reference workload have a turn, in a new order each time.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.result_types import VIEWS, LatencyPart, ProblemEntry, ReferenceEntry, Stop
from benchmarks.run.reference_workload import (
    WHAT,
    ReferenceWorkload,
    open_reference,
    reference_version,
)
from benchmarks.run.sessions import Sessions, WorkerOpener
from benchmarks.run.subject import Subject
from benchmarks.run.worker import open_worker
from benchmarks.run.worker_slot import list_slots
from edge.detect.settings import View
from edge.files.progress import Progress

MIN_SESSIONS = 5
TARGET = 0.03
# Of --max-seconds, each with as long a share; intervals need two. Of much time there are more: from
# one session to the next latencies differ by more than within one.
_SESSIONS = 10
_LONGEST_SESSION_S = 12.0
_LEAST_SESSIONS = 2


@dataclass(frozen=True)
class LatencyRun:
    """What a run measured.

    Attributes:
        latency: of results.json.
        reference_workload: of results.json; None where there was no whole round.
        reference_ms: of each round, in their order.
        problems: of results.json.
        own_cpu_s: what this process and its workers used of the processor in all that time, the
            starts of the workers included.
        wall_s: how long all took, starts included.
    """

    latency: LatencyPart
    reference_workload: ReferenceEntry | None
    reference_ms: list[float]
    problems: list[ProblemEntry]
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
    min_sessions: int = MIN_SESSIONS,
    clock: Callable[[], float] = time.perf_counter,
    cpu_clock: Callable[[], float] = time.process_time,
    start_worker: WorkerOpener = open_worker,
    start_reference: Callable[[threading.Lock], ReferenceWorkload] = open_reference,
    on_session: Callable[[int], None] | None = None,
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
            sessions of a round are measured in any case.
        progress: gets the steps.
        seed: of the order, and of the pieces.
        target: half the width of the interval of p90, as a share of it, that is narrow enough.
        min_sessions: before the run may end because all is narrow.
        clock: returns seconds.
        cpu_clock: returns the seconds that this process used of the processor.
        start_worker: starts the process of a competitor.
        start_reference: starts that of the reference workload.
        on_session: called with the number of each session when it is warm.
        stop: asked before each round whether to end.

    Raises:
        CrackEdgeError: the reference workload does not run.
    """
    run = Sessions(
        slots=list_slots(subjects, views, threads),
        rng=np.random.default_rng(seed),
        seed=seed,
        max_seconds=max_seconds,
        progress=progress,
        clock=clock,
        start_worker=start_worker,
        start_reference=start_reference,
        stop=stop,
    )
    began, cpu_began = clock(), cpu_clock()
    stopped: Stop
    try:
        stopped = _run_until_known(run, target, min_sessions, on_session)
    except KeyboardInterrupt:
        stopped = "interrupted"
    progress.step("latencies", round(max_seconds) or 1, round(max_seconds) or 1)
    rows = [row for row in run.live_rows() if row.turns]
    latency: LatencyPart = {
        "stopped": stopped,
        "seconds": run.seconds,
        "sessions": run.count,
        "rounds": len(run.reference_ms),
        "target": target,
        "rows": [row.to_dict(target) for row in rows],
    }
    return LatencyRun(
        latency,
        _describe_reference(run.reference_ms),
        run.reference_ms,
        run.list_problems(),
        own_cpu_s=cpu_clock() - cpu_began + run.cpu_s,
        wall_s=clock() - began,
    )


def _run_until_known(
    run: Sessions, target: float, min_sessions: int, on_session: Callable[[int], None] | None
) -> Stop:
    share = min(_LONGEST_SESSION_S, run.max_seconds / _SESSIONS)
    while run.live_rows():
        if run.stop():
            return "interrupted"
        # No start for a sliver of time.
        if run.count >= _LEAST_SESSIONS and run.seconds + share / 2 > run.max_seconds:
            return "time"
        run.run_session(share, on_warm=on_session)
        if run.stop():
            return "interrupted"
        is_enough = run.count >= min_sessions
        if is_enough and all(row.is_narrow(target) for row in run.live_rows()):
            return "narrow"
    return "time"


def _describe_reference(ms: Sequence[float]) -> ReferenceEntry | None:
    if not ms:
        return None
    return {"what": WHAT, "version": reference_version(), "median_ms": float(np.median(ms))}
