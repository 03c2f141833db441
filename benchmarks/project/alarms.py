"""Does a comparison catch a slower and a worse file, and is it quiet where nothing changed?"""

from __future__ import annotations

import dataclasses
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from benchmarks.machine import describe_machine
from benchmarks.output.compare import compare_results
from benchmarks.output.compare_change import NO_DIFFERENCE, Part
from benchmarks.output.gates import (
    ACCURACY_TOLERANCE,
    TOLERANCE,
    Gates,
    check_against,
    check_gates,
)
from benchmarks.project.alarm_files import AlarmFiles, make_alarm_files
from benchmarks.project.event_match import wilson_interval
from benchmarks.run.apart import run_apart
from benchmarks.run.benchmark import BenchmarkSettings, benchmark
from edge.files.errors import DataError
from edge.files.progress import Progress, Silent
from edge.model.backends import LITERT
from edge.model.tflite_file import find_model

Results = Mapping[str, Any]

# Pairs of runs in which a file is slower, and files that are worse.
_CAUGHT = 10
# For accuracy, pictures, of all sources and labels alike.
_LIMIT = 1000
_PARTS = ("throughput", "cold-start", "stages", "energy")


class Measure(Protocol):
    """Runs the benchmark on one file."""

    def __call__(
        self, file: Path, *, seconds: float, seed: int, data: Sequence[Path] = ()
    ) -> Results:
        """Return the results."""


@dataclass(frozen=True)
class Verdict:
    """What one comparison said of latency or of accuracy.

    Attributes:
        words: "faster", "slower", "better", "worse", as far as they were said.
        misses: what ``--against`` would stop for.
        change: of each figure, a ratio or a difference.
        is_judged: whether there was enough to say anything.
        disturbed: whether other work disturbed one of the runs.
    """

    words: frozenset[str]
    misses: tuple[str, ...]
    change: Mapping[str, float]
    is_judged: bool
    disturbed: bool


def measure_alarms(
    *,
    repeats: int = 50,
    seconds: float = 8.0,
    data: Sequence[Path] = (),
    progress: Progress,
    measure: Measure | None = None,
    make_files: Callable[[Path, int], AlarmFiles] | None = None,
) -> dict[str, Any]:
    """Run the benchmark again and again, of equal files, a slower one and worse ones.

    Takes two to three times ``seconds`` for each run, for processes have to start. Nothing else
    may run meanwhile. Needs TensorFlow, which makes the slower and the worse files.

    Args:
        repeats: comparisons of a file with itself, each with the run before.
        seconds: for the latencies of a run.
        data: labelled pictures, for the worse files; these are left out without any.
        progress: told of each run.
        measure: runs the benchmark on a file; the real one if None.
        make_files: makes the slower and so many worse files in a folder; in a process of its own
            if None.

    Returns:
        ``equal``, ``slowed`` and ``worse``: how often there was an alarm, of how many, with an
        interval of the share; and the changes that were seen.

    Raises:
        CrackEdgeError: a file cannot be made or measured.
        DataError: the pictures are all of one label.
    """
    run = _Runs(measure or measure_file, seconds, progress)
    with tempfile.TemporaryDirectory() as name:
        files = (make_files or _make_apart(progress))(Path(name), _CAUGHT if data else 0)
        default = find_model("default")
        found = {
            "what": "crack-edge benchmark of one file, one tile, one thread, run after run; each "
            "compared with the run before of the same file, or of the file it was made from",
            "seconds_per_run": seconds,
            "equal": _count_false(run, default, repeats),
            "slowed": _count_slowed(run, default, files.slowed),
            "worse": _count_worse(run, files, data) if data else None,
        }
    return found | {"machine": describe_machine()}


def _make_apart(progress: Progress) -> Callable[[Path, int], AlarmFiles]:
    # What TensorFlow leaves running would disturb the runs.
    return lambda folder, count: run_apart(make_alarm_files, folder, count, progress=progress)


def measure_file(
    file: Path, *, seconds: float, seed: int, data: Sequence[Path] = ()
) -> dict[str, Any]:
    """Run the benchmark on one file: tiles, one thread, LiteRT; accuracy on data if given."""
    settings = BenchmarkSettings(
        data=tuple(data),
        limit=_LIMIT,
        threads=(1,),
        views=("tile",),
        backends=(LITERT,),
        max_seconds=seconds,
        skip=frozenset(_PARTS),
        seed=seed,
    )
    return benchmark([file], settings, progress=Silent())


class _Runs:
    """Runs the benchmark, latencies each time with another seed."""

    def __init__(self, measure: Measure, seconds: float, progress: Progress) -> None:
        self._measure = measure
        self._seconds = seconds
        self._progress = progress
        self._count = 0

    def __call__(
        self, file: Path, what: str, done: int, total: int, *, data: Sequence[Path] = ()
    ) -> Results:
        self._count += 1
        # The seed chooses pictures too, and all worse files must see the same. Of their latency
        # nothing is asked.
        seconds, seed = (1.0, 0) if data else (self._seconds, self._count)
        results = self._measure(file, seconds=seconds, seed=seed, data=data)
        self._progress.step(what, done, total)
        return results


def judge(base: Results, new: Results, part: Part) -> Verdict:
    """Compare two runs and keep what is said of one part of them.

    A disturbed run, or a file that became larger, is no verdict on it.
    """
    comparison = compare_results(base, new)
    changes = tuple(change for change in comparison.changes if change.part == part)
    verdicts = {change.verdict for change in changes if change.verdict is not None}
    own = dataclasses.replace(comparison, changes=changes, obstacles=(), alone=())
    return Verdict(
        words=frozenset(verdicts - {NO_DIFFERENCE}),
        misses=tuple(check_against(own)),
        change={change.figure: change.change for change in changes},
        is_judged=bool(verdicts),
        disturbed=any(results["conditions"]["disturbed"] for results in (base, new)),
    )


def _count_false(run: _Runs, file: Path, repeats: int) -> dict[str, Any]:
    """Compare each run of a file with the one before: whatever is said is false."""
    before = run(file, "equal files", 1, repeats + 1)
    verdicts = []
    for number in range(repeats):
        after = run(file, "equal files", number + 2, repeats + 1)
        verdicts.append(judge(before, after, "latency"))
        before = after
    return _tell(verdicts, {"by_compare": [bool(one.words) for one in verdicts]})


def _count_slowed(run: _Runs, file: Path, slowed: Path) -> dict[str, Any]:
    verdicts, by_bar = [], []
    for number in range(_CAUGHT):
        base = run(file, "a slowed file", 2 * number + 1, 2 * _CAUGHT)
        new = run(slowed, "a slowed file", 2 * number + 2, 2 * _CAUGHT)
        verdicts.append(judge(base, new, "latency"))
        (row,) = base["latency"]["rows"]
        bar = Gates(max_p90_ms=row["p90_ms"]["value"] * (1 + TOLERANCE))
        by_bar.append(_misses(new, bar))
    by_compare = ["slower" in one.words for one in verdicts]
    return _tell(verdicts, {"by_compare": by_compare, "by_max_p90_ms": by_bar})


def _count_worse(run: _Runs, files: AlarmFiles, data: Sequence[Path]) -> dict[str, Any]:
    """Hold worse files against the sound one; their accuracy does not vary from run to run."""
    total = 1 + len(files.worse)
    base = run(files.sound, "worse files", 1, total, data=data)
    (row,) = base["accuracy"]["rows"]
    if row["auc"] is None:
        raise DataError(f"{data[0]}: expected cracks and pictures without, got only one of them")
    verdicts, by_bar = [], []
    for number, file in enumerate(files.worse):
        new = run(file, "worse files", number + 2, total, data=data)
        verdicts.append(judge(base, new, "accuracy"))
        by_bar.append(_misses(new, Gates(min_auc=row["auc"] - ACCURACY_TOLERANCE)))
    by_compare = ["worse" in one.words for one in verdicts]
    found = _tell(verdicts, {"by_compare": by_compare, "by_min_auc": by_bar})
    return found | {"pictures": len(base["accuracy"]["samples"]["id"])}


def _misses(results: Results, gates: Gates) -> bool:
    conditions = {**results["conditions"], "disturbed": []}
    return bool(check_gates({**results, "conditions": conditions}, gates))


def _tell(verdicts: Sequence[Verdict], alarms: Mapping[str, Sequence[bool]]) -> dict[str, Any]:
    """Return how many alarms each way gave, and what was seen."""
    counts = {**alarms, "by_against": [bool(one.misses) for one in verdicts]}
    figures = sorted({figure for one in verdicts for figure in one.change})
    seen = {
        figure: [v.change[figure] for v in verdicts if figure in v.change] for figure in figures
    }
    return {
        "comparisons": len(verdicts),
        "judged": sum(one.is_judged for one in verdicts),
        "disturbed": sum(one.disturbed for one in verdicts),
        "alarms": {
            way: {"count": sum(said), "interval": wilson_interval(sum(said), len(said))}
            for way, said in counts.items()
        },
        "changes": {
            figure: dict(zip(("p10", "median", "p90"), _deciles(values), strict=True))
            for figure, values in seen.items()
        },
    }


def _deciles(values: Sequence[float]) -> list[float]:
    return [round(value, 4) for value in np.quantile(values, (0.1, 0.5, 0.9)).tolist()]
