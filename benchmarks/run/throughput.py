"""Tiles per second with the whole machine at work: processes, each with threads."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, ExitStack
from typing import Any, Protocol

import numpy as np

from benchmarks.run.backends import TENSORFLOW_BACKENDS
from benchmarks.run.invokes import Split, list_splits, open_crews
from benchmarks.run.pieces import find_shape
from benchmarks.run.problems import describe_problem
from benchmarks.run.subject import Subject
from benchmarks.stats.estimates import estimate_median
from edge.files.errors import CrackEdgeError
from edge.files.progress import Progress

# A call of this length is timed; intervals need six of them, more than so many tell no more.
_CALL_S = 0.3
_LEAST_ROUNDS, _MOST_ROUNDS = 3, 30


class Crew(Protocol):
    """Open interpreters that can be let work."""

    def run(self, each: int) -> None:
        """Run so many invokes on each interpreter, and wait for all."""


# Starts the processes of a split for a subject.
SplitOpener = Callable[[Subject, Split], AbstractContextManager[Crew]]


def open_subject_crews(subject: Subject, split: Split) -> AbstractContextManager[Crew]:
    """Start the processes of a split for the tiles of a subject."""
    file = subject.file
    return open_crews(file.path, find_shape(file.card, "tile"), split, backend=subject.backend)


def measure_throughput(
    subjects: Sequence[Subject],
    *,
    cores: int,
    max_seconds: float,
    progress: Progress,
    seed: int = 0,
    clock: Callable[[], float] = time.perf_counter,
    open_split: SplitOpener = open_subject_crews,
    stop: Callable[[], bool] = lambda: False,
) -> tuple[list[dict[str, Any]], list[dict[str, str]]]:
    """Measure how many tiles a second each split of the machine scores.

    The splits of a subject are measured side by side, in a new order each round; the subjects one
    after the other, as the processes of all would not fit a small machine's memory. For the same
    reason TensorFlow's own backends are left out.

    Args:
        subjects: files with backends.
        cores: to spread over.
        max_seconds: for all subjects; starting the processes comes on top. Three rounds are
            measured in any case.
        progress: is told how far it is.
        seed: of the order.
        clock: returns seconds.
        open_split: starts processes.
        stop: asked before each round whether to end.

    Returns:
        Rows of ``throughput`` and of ``problems``.
    """
    measured = [one for one in subjects if one.backend not in TENSORFLOW_BACKENDS]
    rng = np.random.default_rng(seed)
    rows: list[dict[str, Any]] = []
    problems: list[dict[str, str]] = []
    for done, subject in enumerate(measured):
        if stop():
            break
        progress.step("throughput", done, len(measured), note=subject.file.name)
        share, splits = max_seconds / len(measured), list_splits(cores)
        try:
            rows += _measure_subject(subject, splits, rng, share, clock, open_split, stop)
        except CrackEdgeError as error:
            progress.say(f"left out: {error}")
            problems.append(describe_problem(subject, error))
    if measured:
        progress.step("throughput", len(measured), len(measured))
    return rows, problems


def _measure_subject(
    subject: Subject,
    splits: Sequence[Split],
    rng: np.random.Generator,
    max_seconds: float,
    clock: Callable[[], float],
    open_split: SplitOpener,
    stop: Callable[[], bool],
) -> list[dict[str, Any]]:
    """Return a row for each split; none where it was stopped before the first round."""
    with ExitStack() as stack:
        crews = [stack.enter_context(open_split(subject, split)) for split in splits]

        def time_run(crew: Crew, each: int) -> float:
            begun = clock()
            crew.run(each)
            return clock() - begun

        begun = clock()
        call_s = min(_CALL_S, max_seconds / (_LEAST_ROUNDS * len(splits)))
        each = [max(1, int(call_s / max(1e-6, time_run(crew, 1)))) for crew in crews]
        found: list[list[float]] = [[] for _ in splits]
        for done in range(_MOST_ROUNDS):
            if stop() or (done >= _LEAST_ROUNDS and clock() - begun >= max_seconds):
                break
            for place in rng.permutation(len(splits)):
                tiles = each[place] * splits[place].workers
                found[place].append(tiles / time_run(crews[place], each[place]))
    return [
        {
            "file": subject.file.name,
            "backend": subject.backend,
            "processes": split.processes,
            "threads": split.threads,
            "tiles_per_s": estimate_median(figures).to_dict(),
        }
        for split, figures in zip(splits, found, strict=True)
        if figures
    ]
