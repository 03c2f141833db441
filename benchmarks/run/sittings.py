"""Sittings: all processes started anew, warmed up, and then measured in rounds."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Protocol

import numpy as np

from benchmarks.run.problems import describe_problem
from benchmarks.run.seat import Row, Seat
from benchmarks.run.worker import Order, Worker, open_side_by_side
from benchmarks.run.yardstick import Yardstick, read_yardstick
from benchmarks.stats.steady import is_steady
from benchmarks.stats.turns import Turn
from edge.files.errors import CrackEdgeError
from edge.files.progress import Progress

# Of a sitting at most. Where it takes that much, the sitting becomes up to twice as long as meant.
_WARM_UP_SHARE = 0.4
# A turn is long enough that what came before is forgotten, short enough for many rounds.
_TURN_MS = 60.0
_WARM_UP_TURN_MS = 20.0
_LEAST_CALLS, _MOST_CALLS = 2, 50


class WorkerOpener(Protocol):
    """Starts a worker."""

    def __call__(self, order: Order, family: threading.Lock) -> Worker:
        """Start a process and have it open a file."""


@dataclass
class Sittings:
    """The sittings of a run, and what they measured so far.

    Attributes:
        seats: all that take part; those with a problem are out.
        rng: of the order.
        seed: of the pieces.
        max_seconds: of the run.
        progress: is told how far it is.
        clock: returns seconds.
        start_worker: starts the process of a seat.
        start_yardstick: starts that of the yardstick.
        stop: asked before each round whether to end.
        family: held to start and to end processes.
        yardstick_ms: one for each whole round.
        count: sittings so far.
        seconds: of warm-ups and rounds.
        cpu_s: what workers that ended had used of the processor.
    """

    seats: list[Seat]
    rng: np.random.Generator
    seed: int
    max_seconds: float
    progress: Progress
    clock: Callable[[], float]
    start_worker: WorkerOpener
    start_yardstick: Callable[[threading.Lock], Yardstick]
    stop: Callable[[], bool]
    family: threading.Lock = field(default_factory=threading.Lock)
    yardstick_ms: list[float] = field(default_factory=list)
    count: int = 0
    seconds: float = 0.0
    cpu_s: float = 0.0

    def live_seats(self) -> list[Seat]:
        """Return the seats that are still in the run."""
        return [seat for seat in self.seats if seat.problem is None]

    def live_rows(self) -> list[Row]:
        """Return the rows that are still in the run."""
        return [row for seat in self.live_seats() for row in seat.rows]

    def list_problems(self) -> list[dict[str, str]]:
        """Return what is out of the run and why, as results.json has it."""
        found = [
            describe_problem(seat.subject, seat.problem)
            for seat in self.seats
            if seat.problem is not None
        ]
        return [one for place, one in enumerate(found) if one not in found[:place]]

    def sit(self, seconds: float, *, on_warm: Callable[[int], None] | None = None) -> None:
        """Start all processes, warm up, and measure rounds; at least one.

        Args:
            seconds: that a sitting should take without its start; it may take twice as long where
                the warm-up is long, but not longer than the rest of the run's time.
            on_warm: called with the sitting's number before its first round.
        """
        yardstick = self.start_yardstick(self.family)
        begun: float | None = None
        left = self.max_seconds - self.seconds
        try:
            read_yardstick(yardstick)
            self._open_seats()
            begun = self.clock()
            self._warm_up(begun + _WARM_UP_SHARE * min(2 * seconds, left))
            warm_up_s = self.clock() - begun
            if on_warm is not None:
                on_warm(self.count)
            ends = begun + min(max(seconds, warm_up_s / _WARM_UP_SHARE), left)
            while self.live_rows() and not self.stop():
                self._run_round(yardstick)
                self._tell(begun)
                if self.clock() >= ends:
                    break
        finally:
            if begun is not None:
                self.seconds += self.clock() - begun
                self.count += 1
            self._close_workers(yardstick)

    def _open_seats(self) -> None:
        seats = self.live_seats()
        is_first = self.count == 0
        openers = [
            partial(self.start_worker, seat.order(seed=self.seed, check=is_first), self.family)
            for seat in seats
        ]
        at_once = min(len(seats), os.cpu_count() or 1)
        for seat, found in zip(seats, open_side_by_side(openers, at_once=at_once), strict=True):
            if isinstance(found, CrackEdgeError):
                self._lose(seat, found)
            else:
                seat.worker = found

    def _lose(self, seat: Seat, error: CrackEdgeError) -> None:
        seat.problem = error
        self.progress.say(f"left out: {error}")

    def _warm_up(self, until: float) -> None:
        """Give turns to each competitor until its figures are steady, two calls at least."""
        for row in self.live_rows():
            row.calls, row.medians = _LEAST_CALLS, []
        pending = self._list_places()
        while pending and not self.stop():
            for place in self.rng.permutation(len(pending)):
                seat, row = pending[place]
                ms = self._take_turn(seat, row)
                if ms is not None:
                    row.medians.append(float(np.median(ms)))
                    row.warm_up_turns += 1
                    row.calls = _count_calls(_WARM_UP_TURN_MS, row.medians[-1])
            pending = [
                (seat, row)
                for seat, row in pending
                if seat.problem is None and not is_steady(row.medians)
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

    def _run_round(self, yardstick: Yardstick) -> None:
        """Give everyone a turn; a round that is broken off counts for none."""
        places = self._list_places()
        measured: list[tuple[Row, list[float]]] = []
        yardstick_ms = 0.0
        for place in self.rng.permutation(len(places) + 1):
            if place == len(places):
                yardstick_ms = read_yardstick(yardstick)
                continue
            seat, row = places[place]
            ms = self._take_turn(seat, row)
            if ms is not None:
                measured.append((row, ms))
        for row, ms in measured:
            row.turns.append(Turn(self.count, np.array(ms), yardstick_ms))
        self.yardstick_ms.append(yardstick_ms)

    def _list_places(self) -> list[tuple[Seat, Row]]:
        return [(seat, row) for seat in self.live_seats() for row in seat.rows]

    def _take_turn(self, seat: Seat, row: Row) -> list[float] | None:
        """Return the latencies of a turn; None where the worker is or was lost."""
        if seat.problem is not None or seat.worker is None:
            return None
        try:
            return seat.worker.run(row.competitor.shape_hw, row.calls - 1)
        except CrackEdgeError as error:
            self._lose(seat, error)
            return None

    def _tell(self, begun: float) -> None:
        total = round(self.max_seconds) or 1
        done = min(int(self.seconds + self.clock() - begun), total - 1)
        self.progress.step("latencies", done, total, note=f"sitting {self.count + 1}")

    def _close_workers(self, yardstick: Yardstick) -> None:
        workers: list[Worker | Yardstick] = [yardstick]
        workers += [seat.worker for seat in self.seats if seat.worker is not None]
        for worker in workers:
            self.cpu_s += worker.cpu_seconds()
            worker.close()
        for seat in self.seats:
            seat.worker = None


def _count_calls(turn_ms: float, latency_ms: float) -> int:
    """Return how many calls fit a turn, within bounds."""
    fit = int(min(_MOST_CALLS, turn_ms / max(latency_ms, 1e-6)))
    return max(_LEAST_CALLS, fit)
