"""Sessions: all processes started anew, warmed up, and then measured in rounds."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Protocol

import numpy as np

from benchmarks.result_types import ProblemEntry
from benchmarks.run.reference_workload import ReferenceWorkload, time_reference
from benchmarks.run.subject import describe_problem
from benchmarks.run.worker import Order, Worker, open_side_by_side
from benchmarks.run.worker_slot import CompetitorTimings, WorkerSlot
from benchmarks.stats.steady import is_steady
from benchmarks.stats.turns import Turn
from edge.files.errors import CrackEdgeError
from edge.files.progress import Progress

# Of a session at most. Where it takes that much, the session becomes up to twice as long as meant.
_WARM_UP_SHARE = 0.4
# A turn is long enough that what came before is forgotten, short enough for many rounds.
_TURN_MS = 60.0
_WARM_UP_TURN_MS = 20.0
_LEAST_CALLS, _MOST_CALLS = 2, 50


class WorkerOpener(Protocol):
    """Starts a worker."""

    def __call__(self, order: Order, spawn_lock: threading.Lock) -> Worker:
        """Start a process and have it open a file."""


@dataclass
class Sessions:
    """The sessions of a run, and what they measured so far.

    Attributes:
        slots: all that take part; those with a problem are out.
        rng: of the order.
        seed: of the pieces.
        max_seconds: of the run.
        progress: gets the steps.
        clock: returns seconds.
        start_worker: starts the process of a slot.
        start_reference: starts that of the reference workload.
        stop: asked before each round whether to end.
        spawn_lock: held to start and to end processes.
        reference_ms: one for each whole round.
        count: sessions so far.
        seconds: of warm-ups and rounds.
        cpu_s: what workers that ended had used of the processor.
    """

    slots: list[WorkerSlot]
    rng: np.random.Generator
    seed: int
    max_seconds: float
    progress: Progress
    clock: Callable[[], float]
    start_worker: WorkerOpener
    start_reference: Callable[[threading.Lock], ReferenceWorkload]
    stop: Callable[[], bool]
    spawn_lock: threading.Lock = field(default_factory=threading.Lock)
    reference_ms: list[float] = field(default_factory=list)
    count: int = 0
    seconds: float = 0.0
    cpu_s: float = 0.0

    def live_slots(self) -> list[WorkerSlot]:
        """Return the slots that are still in the run."""
        return [slot for slot in self.slots if slot.problem is None]

    def live_rows(self) -> list[CompetitorTimings]:
        """Return the rows that are still in the run."""
        return [row for slot in self.live_slots() for row in slot.rows]

    def list_problems(self) -> list[ProblemEntry]:
        """Return what is out of the run and why, as results.json has it."""
        found = [
            describe_problem(slot.subject, slot.problem)
            for slot in self.slots
            if slot.problem is not None
        ]
        return [one for place, one in enumerate(found) if one not in found[:place]]

    def run_session(self, seconds: float, *, on_warm: Callable[[int], None] | None = None) -> None:
        """Start all processes, warm up, and measure rounds; at least one.

        Args:
            seconds: that a session should take without its start; it may take twice as long where
                the warm-up is long, but not longer than the rest of the run's time.
            on_warm: called with the session's number before its first round.
        """
        reference = self.start_reference(self.spawn_lock)
        begun: float | None = None
        left = self.max_seconds - self.seconds
        try:
            time_reference(reference)
            self._open_slots()
            begun = self.clock()
            self._warm_up(begun + _WARM_UP_SHARE * min(2 * seconds, left))
            warm_up_s = self.clock() - begun
            if on_warm is not None:
                on_warm(self.count)
            ends = begun + min(max(seconds, warm_up_s / _WARM_UP_SHARE), left)
            while self.live_rows() and not self.stop():
                self._run_round(reference)
                self._tell(begun)
                if self.clock() >= ends:
                    break
        finally:
            if begun is not None:
                self.seconds += self.clock() - begun
                self.count += 1
            self._close_workers(reference)

    def _open_slots(self) -> None:
        slots = self.live_slots()
        is_first = self.count == 0
        openers = [
            partial(self.start_worker, slot.order(seed=self.seed, check=is_first), self.spawn_lock)
            for slot in slots
        ]
        at_once = min(len(slots), os.cpu_count() or 1)
        for slot, found in zip(slots, open_side_by_side(openers, at_once=at_once), strict=True):
            if isinstance(found, CrackEdgeError):
                self._lose(slot, found)
            else:
                slot.worker = found

    def _lose(self, slot: WorkerSlot, error: CrackEdgeError) -> None:
        slot.problem = error
        self.progress.say(f"left out: {error}")

    def _warm_up(self, until: float) -> None:
        """Give turns to each competitor until its figures are steady, two calls at least."""
        for row in self.live_rows():
            row.calls, row.medians = _LEAST_CALLS, []
        pending = self._list_places()
        while pending and not self.stop():
            for place in self.rng.permutation(len(pending)):
                slot, row = pending[place]
                ms = self._take_turn(slot, row)
                if ms is not None:
                    row.medians.append(float(np.median(ms)))
                    row.warm_up_turns += 1
                    row.calls = _count_calls(_WARM_UP_TURN_MS, row.medians[-1])
            pending = [
                (slot, row)
                for slot, row in pending
                if slot.problem is None and not is_steady(row.medians)
            ]
            if self.clock() >= until:
                break
        if self.stop():
            return
        for _, row in pending:
            row.is_steady = False
        for row in self.live_rows():
            if row.medians:
                row.calls = _count_calls(_TURN_MS, float(np.median(row.medians[-3:])))

    def _run_round(self, reference: ReferenceWorkload) -> None:
        """Give everyone a turn; a round that is broken off counts for none."""
        places = self._list_places()
        measured: list[tuple[CompetitorTimings, list[float]]] = []
        reference_ms = 0.0
        for place in self.rng.permutation(len(places) + 1):
            if place == len(places):
                reference_ms = time_reference(reference)
                continue
            slot, row = places[place]
            ms = self._take_turn(slot, row)
            if ms is not None:
                measured.append((row, ms))
        for row, ms in measured:
            row.turns.append(Turn(self.count, np.array(ms), reference_ms))
        self.reference_ms.append(reference_ms)

    def _list_places(self) -> list[tuple[WorkerSlot, CompetitorTimings]]:
        return [(slot, row) for slot in self.live_slots() for row in slot.rows]

    def _take_turn(self, slot: WorkerSlot, row: CompetitorTimings) -> list[float] | None:
        """Return the latencies of a turn; None where the worker is or was lost."""
        if slot.problem is not None or slot.worker is None:
            return None
        try:
            return slot.worker.run(row.competitor.shape_hw, row.calls - 1)
        except CrackEdgeError as error:
            self._lose(slot, error)
            return None

    def _tell(self, begun: float) -> None:
        total = round(self.max_seconds) or 1
        done = min(int(self.seconds + self.clock() - begun), total - 1)
        self.progress.step("latencies", done, total, note=f"session {self.count + 1}")

    def _close_workers(self, reference: ReferenceWorkload) -> None:
        workers: list[Worker | ReferenceWorkload] = [reference]
        workers += [slot.worker for slot in self.slots if slot.worker is not None]
        for worker in workers:
            self.cpu_s += worker.cpu_seconds()
            worker.close()
        for slot in self.slots:
            slot.worker = None


def _count_calls(turn_ms: float, latency_ms: float) -> int:
    """Return how many calls fit a turn, within bounds."""
    fit = int(min(_MOST_CALLS, turn_ms / max(latency_ms, 1e-6)))
    return max(_LEAST_CALLS, fit)
