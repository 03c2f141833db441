"""Measure model files side by side: all that results hold, part by part."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timezone
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.machine_facts import describe_machine
from benchmarks.output.results_file import KIND, VERSION
from benchmarks.result_types import VIEWS, AccuracyPart, FileEntry, ProblemEntry, Results
from benchmarks.run.accuracy import measure_accuracy
from benchmarks.run.backends import TF_LITE, find_backend_version, list_subject_backends
from benchmarks.run.cold_start import measure_cold_start
from benchmarks.run.conditions import ConditionsWatch
from benchmarks.run.files import read_model_files
from benchmarks.run.labelled import Labelled, read_labelled
from benchmarks.run.latency import measure_latency
from benchmarks.run.stages import measure_stages
from benchmarks.run.subject import ModelFile, Subject
from benchmarks.run.throughput import measure_throughput
from edge import __version__
from edge.detect.settings import View
from edge.evaluation.bootstrap import Bootstrap
from edge.files.errors import EnvironmentLacksError
from edge.files.progress import Progress
from edge.machine.resources import count_cores
from edge.tune.plan_search import list_doublings

ALL_BACKENDS = "all"

# Of the time for latencies: how much throughput may take beside it.
_THROUGHPUT_SHARE = 0.25


@dataclass(frozen=True)
class BenchmarkSettings:
    """What is measured.

    Attributes:
        data: labelled pictures, or a folder of whole photos with labelled squares; none for no
            accuracy.
        split: only this one of a manifest.
        limit: pictures to score at most.
        threads: that a runtime may use for one piece; doublings up to the cores if None.
        views: tile, dense or both.
        backends: only these; if empty all at hand but tf.lite, which is LiteRT inside TensorFlow;
            ``all`` for that too.
        max_seconds: for latencies.
        skip: parts to leave out: throughput, cold-start, stages.
        seed: of orders and resamples.
    """

    data: tuple[Path, ...] = ()
    split: str | None = None
    limit: int | None = None
    threads: tuple[int, ...] | None = None
    views: tuple[View, ...] = VIEWS
    backends: tuple[str, ...] = ()
    max_seconds: float = 120.0
    skip: frozenset[str] = frozenset()
    seed: int = 0

    def to_dict(self) -> dict[str, Any]:
        """Return the settings, ready for JSON; of the data only names, no folders."""
        return asdict(self) | {
            "data": [path.name for path in self.data],
            "skip": sorted(self.skip),
        }


def benchmark(
    models: Sequence[str | Path],
    settings: BenchmarkSettings,
    *,
    parent: str | Path | None = None,
    progress: Progress,
    stop: Callable[[], bool] = lambda: False,
) -> Results:
    """Measure model files by every backend at hand.

    Args:
        models: files, or names of shipped models.
        settings: what is measured.
        parent: float model whose verdicts those of others are compared with.
        progress: gets the steps of the work.
        stop: asked whether to end; then latencies are kept, and what comes after is left out.

    Returns:
        The results, as ``benchmarks/output/results.schema.json`` describes them.

    Raises:
        ModelError: a file that cannot be read, or has no card.
        DataError: no such data, or malformed.
        EnvironmentLacksError: no backend opens any of the files.
    """
    files = read_model_files([str(model) for model in models])
    subjects = _list_subjects(files, settings.backends)
    # What is missing is told before anything is measured.
    pictures = _read_pictures(settings, parent, progress) if settings.data else None
    threads = settings.threads or tuple(list_doublings(count_cores()))
    watch = ConditionsWatch()
    run = measure_latency(
        subjects,
        views=settings.views,
        threads=threads,
        max_seconds=settings.max_seconds,
        progress=progress,
        seed=settings.seed,
        on_session=lambda _: watch.look(),
        stop=stop,
    )
    conditions = watch.end(own_cpu_s=run.own_cpu_s, reference_ms=run.reference_ms)
    problems = list(run.problems)
    failed = {(problem["file"], problem["backend"]) for problem in problems}
    live = [one for one in subjects if (one.file.name, one.backend) not in failed]
    was_interrupted = run.latency["stopped"] == "interrupted"
    parts: dict[str, Any] = {}
    measures = _list_parts(live, settings, pictures, stop=stop)
    for name, measure in measures.items():
        is_left_out = name.replace("_", "-") in settings.skip or was_interrupted or stop()
        parts[name], found = (None, []) if is_left_out else measure(progress)
        problems += found
    return {
        "kind": KIND,
        "version": VERSION,
        "crack_edge": __version__,
        "made": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        "settings": settings.to_dict() | {"threads": list(threads)},
        "machine": describe_machine(),
        "conditions": conditions,
        "files": [_describe_file(file) for file in files],
        "problems": problems,
        "reference_workload": run.reference_workload,
        "latency": run.latency,
        "throughput": parts["throughput"] or [],
        "cold_start": parts["cold_start"] or [],
        "stages": parts["stages"] or [],
        "accuracy": parts["accuracy"],
    }


def _list_subjects(files: Sequence[ModelFile], backends: Sequence[str]) -> list[Subject]:
    """Pair files with the backends at hand.

    Raises:
        EnvironmentLacksError: a file has none, or none of those asked for.
    """
    subjects = []
    for file in files:
        known = list_subject_backends(file.path)
        wanted = choose_backends(known, backends)
        if not wanted:
            asked = f" of {', '.join(backends)}" if backends else ""
            raise EnvironmentLacksError(
                f"{file.path}: no backend{asked} opens it here; at hand: "
                f"{', '.join(known) or 'none'}; crack-edge doctor says what to install"
            )
        subjects += [Subject(file, name, find_backend_version(file.path, name)) for name in wanted]
    return subjects


def choose_backends(known: Sequence[str], asked: Sequence[str]) -> list[str]:
    """Return which of the backends at hand are measured, given those asked for."""
    if ALL_BACKENDS in asked:
        return list(known)
    if asked:
        return [name for name in known if name in asked]
    # LiteRT under its former name, with TensorFlow's start and memory.
    return [name for name in known if name != TF_LITE] or list(known)


def _list_parts(
    live: Sequence[Subject],
    settings: BenchmarkSettings,
    pictures: _Pictures | None,
    *,
    stop: Callable[[], bool],
) -> dict[str, Callable[[Progress], tuple[Any, list[ProblemEntry]]]]:
    """Return what measures each part after the latencies, rows and problems, by its name."""
    return {
        "throughput": lambda progress: measure_throughput(
            live,
            cores=count_cores(),
            max_seconds=_THROUGHPUT_SHARE * settings.max_seconds,
            progress=progress,
            seed=settings.seed,
            stop=stop,
        ),
        "cold_start": lambda progress: measure_cold_start(
            live, progress=progress, seed=settings.seed
        ),
        "stages": lambda progress: measure_stages(live, progress=progress),
        "accuracy": partial(_measure_accuracy, live, settings, pictures),
    }


@dataclass(frozen=True)
class _Pictures:
    """What accuracy is measured on, and the parent that verdicts are compared with."""

    labelled: Labelled
    parent: Subject | None


def _read_pictures(
    settings: BenchmarkSettings, parent: str | Path | None, progress: Progress
) -> _Pictures:
    labelled = read_labelled(
        settings.data,
        split=settings.split,
        limit=settings.limit,
        seed=settings.seed,
        progress=progress,
    )
    if parent is None:
        return _Pictures(labelled, None)
    return _Pictures(labelled, _list_subjects(read_model_files([str(parent)]), ())[0])


def _measure_accuracy(
    subjects: Sequence[Subject],
    settings: BenchmarkSettings,
    pictures: _Pictures | None,
    progress: Progress,
) -> tuple[AccuracyPart | None, list[ProblemEntry]]:
    if pictures is None or not subjects:
        return None, []
    return measure_accuracy(
        subjects,
        pictures.labelled,
        split=settings.split,
        views=settings.views,
        parent=pictures.parent,
        bootstrap=Bootstrap(seed=settings.seed),
        progress=progress,
    )


def _describe_file(file: ModelFile) -> FileEntry:
    card = file.card
    return {
        "name": file.name,
        "sha256": file.sha256,
        "bytes": file.bytes,
        "model": card.name,
        "kind": file.path.suffix.removeprefix("."),
        "quantization": card.quantization,
        "input_px": card.input_px,
        "window_px": card.window_px,
        "threshold": card.threshold,
        "has_dense_view": card.has_dense_view,
        "parent_sha256": card.parent_sha256,
    }
