"""How long a device waits for its first score, and the memory that it takes: fresh processes."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

import benchmarks
from benchmarks.result_types import ColdStartRow, ProblemEntry
from benchmarks.run.backends import KERAS, TF_LITE
from benchmarks.run.isolated_process import describe_end
from benchmarks.run.pieces import find_shape
from benchmarks.run.subject import Subject, describe_problem
from benchmarks.stats.estimates import estimate_median
from edge.files.errors import CrackEdgeError, EnvironmentLacksError, ModelError
from edge.files.progress import Progress
from edge.model.backends import LITERT, ONNX_RUNTIME, TFLITE_RUNTIME
from edge.model.card import Card

# The least of which a median has an interval.
ROUNDS = 6

# What a process imports to open a model. OpenCV is imported anyhow.
_MODULES = {
    LITERT: "ai_edge_litert.interpreter",
    TFLITE_RUNTIME: "tflite_runtime.interpreter",
    ONNX_RUNTIME: "onnxruntime",
    TF_LITE: "tensorflow",
    KERAS: "keras",
}
# The working folder is left out: it may hold modules of names like ours. Where our packages are not
# installed but lie in a checkout, they come first: another version of them may be installed.
_PROGRAM = (
    "import time; begun = time.monotonic_ns()\n"
    "import sys; ours = sys.argv.pop(1); sys.path[:] = filter(None, sys.path)\n"
    "ours in sys.path or sys.path.insert(0, ours)\n"
    "from benchmarks.run.cold_start_child import main; main(begun)"
)
_PACKAGES = str(Path(benchmarks.__file__).resolve().parents[1])
# TensorFlow takes half a minute on a small board.
_TIMEOUT_S = 300.0


@dataclass(frozen=True)
class ColdStart:
    """One start of a process, until its first score.

    Attributes:
        python_ms: until the first line ran.
        import_ms: of our modules and the runtime.
        open_ms: reading the file, checking it, its self-test.
        first_score_ms: one tile.
        rss_tile_mb: the process's peak of memory after tiles; None where the system does not say.
        rss_dense_mb: after a piece of the dense view too; None likewise, or without that view.
    """

    python_ms: float
    import_ms: float
    open_ms: float
    first_score_ms: float
    rss_tile_mb: float | None
    rss_dense_mb: float | None

    @property
    def total_ms(self) -> float:
        """Return the time from the start of the process to the first score."""
        return self.python_ms + self.import_ms + self.open_ms + self.first_score_ms


# Starts a file on a backend, given by its name; the card says what is scored.
Starter = Callable[[Path, str, Card], ColdStart]


def measure_cold_start(
    subjects: Sequence[Subject],
    *,
    rounds: int = ROUNDS,
    progress: Progress,
    seed: int = 0,
    starter: Starter | None = None,
) -> tuple[list[ColdStartRow], list[ProblemEntry]]:
    """Start every subject once per round, each round in a new order, after one that warms up disks.

    Args:
        subjects: files and backends.
        rounds: how many starts of each count.
        progress: gets a step for each start.
        seed: of the order.
        starter: starts one; ``start_cold`` if None.

    Returns:
        Rows of ``cold_start`` and of ``problems`` as in results.json; a subject that fails has no
        row and is not started again.
    """
    starter = starter or start_cold
    starts: dict[int, list[ColdStart]] = {place: [] for place in range(len(subjects))}
    problems = []
    rng = np.random.default_rng(seed)
    done, total = 0, len(subjects) * (rounds + 1)
    for number in range(rounds + 1):
        for place in rng.permutation(list(starts)).tolist():
            subject = subjects[place]
            done += 1
            try:
                start = starter(subject.file.path, subject.backend, subject.file.card)
            except CrackEdgeError as error:
                problems.append(describe_problem(subject, error))
                done += rounds - number
                del starts[place]
            else:
                if number:
                    starts[place].append(start)
            progress.step("cold starts", done, total)
    return [_make_row(subjects[place], found) for place, found in starts.items()], problems


def start_cold(path: Path, backend: str, card: Card) -> ColdStart:
    """Start a model in a fresh process, as a device would, and score with it.

    Args:
        path: of the file.
        backend: name of the runtime that opens it.
        card: its card.

    Raises:
        ModelError: the process said so of the file, or an exception ended it.
        EnvironmentLacksError: a crash ended it, it hung, or it said that this machine lacks
            something.
    """
    words = {
        "path": str(path.resolve()),
        "backend": backend,
        "module": _MODULES.get(backend),
        "dense_hw": find_shape(card, "dense") if card.has_dense_view else None,
    }
    begun_ns = time.monotonic_ns()
    answer = _run_child(json.dumps(words), where=f"{path}: a fresh process with {backend}")
    if "error" in answer:
        kind = EnvironmentLacksError if answer["lacks"] else ModelError
        raise kind(answer["error"])
    python_ms = (answer.pop("begun_ns") - begun_ns) / 1e6
    return ColdStart(python_ms=python_ms, **answer)


def _run_child(words: str, *, where: str) -> dict[str, Any]:
    try:
        done = subprocess.run(
            [sys.executable, "-c", _PROGRAM, _PACKAGES, words],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=_TIMEOUT_S,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise EnvironmentLacksError(f"{where} gave no score in {_TIMEOUT_S:.0f} s") from error
    if done.returncode < 0:
        raise EnvironmentLacksError(f"{where} {describe_end(done.returncode)}")
    if done.returncode:
        last = "".join(done.stderr.strip().splitlines()[-1:])
        raise ModelError(f"{where} {describe_end(done.returncode)}: {last}")
    answer: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return answer


def _make_row(subject: Subject, starts: Sequence[ColdStart]) -> ColdStartRow:
    def median(values: Sequence[float]) -> float:
        return float(np.median(values))

    def median_if_known(values: Sequence[float | None]) -> float | None:
        known = [value for value in values if value is not None]
        return median(known) if len(known) == len(values) else None

    return {
        "file": subject.file.name,
        "backend": subject.backend,
        "n": len(starts),
        "python_ms": median([start.python_ms for start in starts]),
        "import_ms": median([start.import_ms for start in starts]),
        "open_ms": median([start.open_ms for start in starts]),
        "first_score_ms": median([start.first_score_ms for start in starts]),
        "total_ms": estimate_median([start.total_ms for start in starts]).to_dict(),
        "rss_tile_mb": median_if_known([start.rss_tile_mb for start in starts]),
        "rss_dense_mb": median_if_known([start.rss_dense_mb for start in starts]),
    }
