"""Measure this machine: scans of drawn photos by several plans; the best one is kept."""

from __future__ import annotations

import math
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from edge.detect.settings import Scorers, choose_settings
from edge.evaluation.synthetic import draw_concrete
from edge.files.errors import OutputError
from edge.files.formatting import count_of
from edge.files.progress import Progress
from edge.live.scoring.frame_scorer import FrameScorer
from edge.machine.resources import find_load, find_memory_mb
from edge.model.backends import Backend, open_backend
from edge.model.classifier import Classifier, open_classifier
from edge.model.tflite_file import find_model
from edge.photo.codec import write_photo
from edge.scan.parallelism import Parallelism
from edge.scan.photo_task import scan_photo_file
from edge.scan.scan_job import ScanJob
from edge.scan.worker_pool import run_tasks
from edge.store.photo_result import PhotoResult, PhotoTask
from edge.tune.plan_search import (
    FLOAT_THREAD_MB,
    INTEGER_THREAD_MB,
    SearchReport,
    search_frame_threads,
    search_plan,
)

# 12 Mpx, what most drones take.
PHOTO_WH = (4000, 3000)

# Scanned in each measurement for each core, so that none idles for long at the end.
_PHOTOS_A_CORE = 3
_DRAWN_PHOTOS = 2
# What most cameras give, and so many that the first one, which opens interpreters, weighs little.
_FRAME_WH = (1280, 720)
_FRAMES = 12
# Share of the free memory that a scan may take.
_MEMORY_SHARE = 0.75
# Share of the cores that other work may keep busy before figures mean little.
_BUSY_SHARE = 0.5

# From a plan and the folder for the results: what scans a photo.
WorkerFactory = Callable[[Parallelism, Path], Callable[[PhotoTask], PhotoResult]]


def tune_machine(
    model: str | Path,
    *,
    cores: int,
    progress: Progress,
    rounds: int = 3,
    seed: int = 0,
    photo_wh: tuple[int, int] = PHOTO_WH,
    make_worker: WorkerFactory | None = None,
    measure_look: Callable[[Parallelism], float] | None = None,
    load: float | None = None,
) -> SearchReport:
    """Scan drawn photos by several plans, score frames by several threads, and choose.

    Args:
        model: file, or name of a shipped model.
        cores: to share out.
        progress: notified of every measurement.
        rounds: how many times each plan is measured.
        seed: of the order of the measurements.
        photo_wh: width and height of the photos, px.
        make_worker: from a plan to what scans a photo; as a scan does if None.
        measure_look: seconds of frames by the threads of a plan; ``measure_frames`` if None.
        load: cores that other work keeps busy; measured if None.

    Raises:
        ModelError: the model cannot be used.
        EnvironmentLacksError: no scan works on this machine.
        OutputError: there is no room for temporary files.
    """
    backend = open_backend(find_model(model))
    card = backend.card
    memory_mb = find_memory_mb()
    load = find_load() if load is None else load
    if load > _BUSY_SHARE * cores:
        progress.say(
            f"warning: other programs are busy here (a load of {load:.1f} on "
            f"{count_of(cores, 'core')}), so the figures mean little: run crack-edge tune again "
            "when the machine is idle"
        )
    try:
        temporary = tempfile.TemporaryDirectory(
            prefix="crack-edge-tune-", ignore_cleanup_errors=True
        )
    except OSError as error:
        raise OutputError(f"no place for temporary files ({error.strerror})") from error
    with temporary as folder:
        progress.say("drawing photos to measure with")
        measure = partial(
            measure_scan,
            tasks=draw_tasks(Path(folder), _PHOTOS_A_CORE * cores, photo_wh),
            out=Path(folder, "out"),
            make_worker=make_worker or partial(_make_scanner, str(model)),
            progress=progress,
        )
        report = search_plan(
            measure,
            cores=cores,
            memory_mb=None if memory_mb is None else _MEMORY_SHARE * memory_mb,
            progress=progress,
            rounds=rounds,
            seed=seed,
            thread_mb=INTEGER_THREAD_MB if card.quantization == "int8" else FLOAT_THREAD_MB,
        )
    threads, trials = search_frame_threads(
        measure_look or partial(measure_frames, backend),
        cores=cores,
        progress=progress,
        rounds=rounds,
        seed=seed,
    )
    plan = replace(report.plan, frame_threads=threads)
    return SearchReport(plan, report.trials + trials)


def measure_frames(
    backend: Backend, plan: Parallelism, *, clock: Callable[[], float] = time.perf_counter
) -> float:
    """Score drawn frames of a camera one after the other; return the seconds."""
    classifier = Classifier(backend, threads=plan.threads)
    frame_scorer = FrameScorer(classifier, view="dense" if backend.card.has_dense_view else "tile")
    frame = draw_concrete(_FRAME_WH, seed=0).photo
    frame_scorer.score(frame)
    begun = clock()
    for _ in range(_FRAMES):
        frame_scorer.score(frame)
    return clock() - begun


def draw_tasks(folder: Path, count: int, photo_wh: tuple[int, int]) -> list[PhotoTask]:
    """Draw two photos of concrete, and return as many tasks, each with a name of its own."""
    paths = [folder / f"concrete-{seed}.jpg" for seed in range(_DRAWN_PHOTOS)]
    for seed, path in enumerate(paths):
        write_photo(path, draw_concrete(photo_wh, seed=seed).photo)
    return [PhotoTask(paths[number % len(paths)], f"{number}.jpg") for number in range(count)]


def measure_scan(
    plan: Parallelism,
    *,
    tasks: Sequence[PhotoTask],
    out: Path,
    make_worker: WorkerFactory,
    progress: Progress,
    clock: Callable[[], float] = time.perf_counter,
) -> float:
    """Scan by a plan. Opening the model does not count: it is done once.

    Returns:
        The seconds; infinite if a photo was not scanned.

    Raises:
        EnvironmentLacksError: the model does not work here.
    """
    out.mkdir(exist_ok=True)
    work = make_worker(plan, out)
    problems: list[str] = []
    begun = clock()
    for result in run_tasks(work, tasks, threads=plan.photos, stop=lambda: bool(problems)):
        if result.error:
            problems.append(result.error)
    seconds = clock() - begun
    if not problems:
        return seconds
    progress.say(f"does not work here: {plan}: {problems[0]}")
    return math.inf


def _make_scanner(model: str, plan: Parallelism, out: Path) -> Callable[[PhotoTask], PhotoResult]:
    classifier = open_classifier(model, threads=plan.threads)
    card = classifier.card
    job = ScanJob(
        tasks=(),
        out=out,
        scorers=Scorers(classifier),
        settings=choose_settings(card, view="dense" if card.has_dense_view else "tile"),
        parallelism=plan,
    )
    return partial(scan_photo_file, job=job, max_decoded_mb=None)
