"""Competitors that share a worker process, and what was measured of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from benchmarks.result_types import LatencyRow
from benchmarks.run.pieces import find_shape
from benchmarks.run.subject import Competitor, Subject
from benchmarks.run.worker import Order, Shape, Worker
from benchmarks.stats.estimates import estimate_quantile
from benchmarks.stats.stopping import is_narrow
from benchmarks.stats.turns import Turn
from edge.detect.settings import View
from edge.files.errors import CrackEdgeError

SHARE = 0.9  # of the percentile that decides when to stop
_MPX = 1e6


@dataclass
class CompetitorTimings:
    """A competitor and what was measured of it.

    Attributes:
        competitor: the competitor.
        turns: one for each round.
        calls: of a turn in this session, with the one that does not count.
        medians: of the turns of this session's warm-up, ms.
        warm_up_turns: of all sessions.
        is_steady: every warm-up ended because the figures were steady.
    """

    competitor: Competitor
    turns: list[Turn] = field(default_factory=list)
    calls: int = 2
    medians: list[float] = field(default_factory=list)
    warm_up_turns: int = 0
    is_steady: bool = True

    def is_narrow(self, target: float) -> bool:
        """Tell whether the interval of p90 is as narrow as the target."""
        return is_narrow(self.turns, SHARE, target=target)

    def to_dict(self, target: float) -> LatencyRow:
        """Return the row of results.json."""
        one = self.competitor
        ms = np.concatenate([turn.ms for turn in self.turns])
        p50, p90, p99 = (estimate_quantile(self.turns, share) for share in (0.5, SHARE, 0.99))
        height, width = one.shape_hw
        return {
            "file": one.subject.file.name,
            "backend": one.subject.backend,
            "backend_version": one.subject.version,
            "view": one.view,
            "threads": one.threads,
            "shape_hw": [height, width],
            "n": len(ms),
            "p50_ms": p50.to_dict(),
            "p90_ms": p90.to_dict(),
            "p99_ms": p99.to_dict(),
            "mean_ms": float(np.mean(ms)),
            "mpx_per_s": height * width / _MPX / (p50.value / 1000),
            "is_steady": self.is_steady,
            "is_narrow": self.is_narrow(target),
            "warm_up_turns": self.warm_up_turns,
            "turns": [
                {
                    "session": turn.session,
                    "reference_ms": turn.reference_ms,
                    "ms": turn.ms.tolist(),
                }
                for turn in self.turns
            ],
        }


@dataclass
class WorkerSlot:
    """A worker process and the competitors in it: one file, one backend, one number of threads.

    Attributes:
        subject: file and backend.
        threads: that the runtime may use for one piece.
        rows: one for each view.
        worker: of this session.
        problem: why it is out of the run.
    """

    subject: Subject
    threads: int
    rows: list[CompetitorTimings]
    worker: Worker | None = None
    problem: CrackEdgeError | None = None

    def order(self, *, seed: int, check: bool) -> Order:
        """Return what its worker opens."""
        shapes: tuple[Shape, ...] = tuple(row.competitor.shape_hw for row in self.rows)
        path, backend = self.subject.file.path, self.subject.backend
        return Order(path, backend, self.threads, shapes, seed, check)


def list_slots(
    subjects: Sequence[Subject], views: Sequence[View], threads: Sequence[int]
) -> list[WorkerSlot]:
    """Return a slot for each subject and number of threads that has a view to measure."""
    slots = []
    for subject in subjects:
        card = subject.file.card
        for count in threads:
            rows = [
                CompetitorTimings(Competitor(subject, view, count, find_shape(card, view)))
                for view in views
                if view == "tile" or card.has_dense_view
            ]
            if rows:
                slots.append(WorkerSlot(subject, count, rows))
    return slots
