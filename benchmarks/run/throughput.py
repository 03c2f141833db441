"""Tiles per second with the whole machine at work: processes, each with threads."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, ExitStack
from typing import Protocol

import numpy as np

from benchmarks.result_types import ProblemEntry, ThroughputRow
from benchmarks.run.backends import TENSORFLOW_BACKENDS
from benchmarks.run.invokes import ProcessLayout, list_layouts, open_interpreters
from benchmarks.run.pieces import find_shape
from benchmarks.run.subject import Subject, describe_problem
from benchmarks.stats.estimates import estimate_median
from edge.files.errors import CrackEdgeError
from edge.files.progress import Progress

# A call of this length is timed; intervals need six of them, more than so many add nothing.
_CALL_S = 0.3
_LEAST_ROUNDS, _MOST_ROUNDS = 3, 30


class Invoker(Protocol):
    """Open interpreters that can be let work."""

    def run(self, each: int) -> None:
        """Run so many invokes on each interpreter, and wait for all."""


# Starts the processes of a layout for a subject.
LayoutOpener = Callable[[Subject, ProcessLayout], AbstractContextManager[Invoker]]


def open_subject_interpreters(
    subject: Subject, layout: ProcessLayout
) -> AbstractContextManager[Invoker]:
    """Start the processes of a layout for the tiles of a subject."""
    file = subject.file
    return open_interpreters(
        file.path, find_shape(file.card, "tile"), layout, backend=subject.backend
    )


def measure_throughput(
    subjects: Sequence[Subject],
    *,
    cores: int,
    max_seconds: float,
    progress: Progress,
    seed: int = 0,
    clock: Callable[[], float] = time.perf_counter,
    open_layout: LayoutOpener = open_subject_interpreters,
    stop: Callable[[], bool] = lambda: False,
) -> tuple[list[ThroughputRow], list[ProblemEntry]]:
    """Measure how many tiles a second each layout of the machine scores.

    The layouts of a subject are measured side by side, in a new order each round; the subjects one
    after the other, as the processes of all would not fit a small machine's memory. For the same
    reason TensorFlow's own backends are left out.

    Args:
        subjects: files with backends.
        cores: to spread over.
        max_seconds: for all subjects; starting the processes comes on top. Three rounds are
            measured in any case.
        progress: gets the steps.
        seed: of the order.
        clock: returns seconds.
        open_layout: starts processes.
        stop: asked before each round whether to end.

    Returns:
        Rows of ``throughput`` and of ``problems``.
    """
    measured = [one for one in subjects if one.backend not in TENSORFLOW_BACKENDS]
    rng = np.random.default_rng(seed)
    rows: list[ThroughputRow] = []
    problems: list[ProblemEntry] = []
    for done, subject in enumerate(measured):
        if stop():
            break
        progress.step("throughput", done, len(measured), note=subject.file.name)
        share, layouts = max_seconds / len(measured), list_layouts(cores)
        try:
            rows += _measure_subject(subject, layouts, rng, share, clock, open_layout, stop)
        except CrackEdgeError as error:
            progress.say(f"left out: {error}")
            problems.append(describe_problem(subject, error))
    if measured:
        progress.step("throughput", len(measured), len(measured))
    return rows, problems


def _measure_subject(
    subject: Subject,
    layouts: Sequence[ProcessLayout],
    rng: np.random.Generator,
    max_seconds: float,
    clock: Callable[[], float],
    open_layout: LayoutOpener,
    stop: Callable[[], bool],
) -> list[ThroughputRow]:
    """Return a row for each layout; none where it was stopped before the first round."""
    with ExitStack() as stack:
        opened = [stack.enter_context(open_layout(subject, layout)) for layout in layouts]

        def time_run(invoker: Invoker, each: int) -> float:
            begun = clock()
            invoker.run(each)
            return clock() - begun

        begun = clock()
        call_s = min(_CALL_S, max_seconds / (_LEAST_ROUNDS * len(layouts)))
        each = [max(1, int(call_s / max(1e-6, time_run(invoker, 1)))) for invoker in opened]
        found: list[list[float]] = [[] for _ in layouts]
        for done in range(_MOST_ROUNDS):
            if stop() or (done >= _LEAST_ROUNDS and clock() - begun >= max_seconds):
                break
            for place in rng.permutation(len(layouts)):
                tiles = each[place] * layouts[place].workers
                found[place].append(tiles / time_run(opened[place], each[place]))
    return [
        {
            "file": subject.file.name,
            "backend": subject.backend,
            "processes": layout.processes,
            "threads": layout.threads,
            "tiles_per_s": estimate_median(figures).to_dict(),
        }
        for layout, figures in zip(layouts, found, strict=True)
        if figures
    ]
