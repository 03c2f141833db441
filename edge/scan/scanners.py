"""The workers of a scan: threads here, or processes that a broken photo cannot take along."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from edge.detect.settings import ScanSettings, Scorers
from edge.model.classifier import Classifier
from edge.model.scorer import Scorer
from edge.photo.source import default_decoded_mb
from edge.scan.photo_task import WorkerConfig, make_worker, scan_photo_file
from edge.scan.plan import Parallelism
from edge.scan.worker_pool import run_tasks
from edge.store.photo_result import PhotoResult, PhotoTask


def run_scanners(
    tasks: Sequence[PhotoTask],
    out: Path,
    *,
    eyes: Scorers,
    settings: ScanSettings,
    plan: Parallelism,
    stop: Callable[[], bool],
) -> Iterator[PhotoResult]:
    """Scan photos side by side and yield what came of each, as it comes.

    When a process dies, all its photos in flight are lost: each is scanned once more, alone.

    Args:
        tasks: the photos.
        out: folder of the results.
        eyes: the model or models; with several processes each opens the same files anew.
        settings: of the scan.
        plan: processes, threads and photos at a time, which share the memory for decoded photos.
        stop: once true no further photo is begun.

    Raises:
        CrackEdgeError: a process cannot open the models.
    """
    max_decoded_mb = default_decoded_mb() / (plan.processes * plan.photos)
    if plan.processes == 1:
        worker = partial(
            scan_photo_file, eyes=eyes, settings=settings, out=out, max_decoded_mb=max_decoded_mb
        )
        yield from run_tasks(lambda: worker, tasks, plan=plan, lost=_lose, stop=stop)
        return
    spec = WorkerConfig(
        model=_file_of(eyes.scorer),
        cascade=None if eyes.small is None else _file_of(eyes.small),
        settings=settings,
        out=out,
        threads=plan.threads,
        max_decoded_mb=max_decoded_mb,
    )
    make = partial(make_worker, spec)
    lost: list[PhotoTask] = []

    def note_lost(task: PhotoTask, reason: str) -> PhotoResult:
        lost.append(task)
        return _lose(task, reason)

    for outcome in run_tasks(make, tasks, plan=plan, lost=note_lost, stop=stop):
        if outcome.task not in lost:
            yield outcome
    if lost:
        alone = replace(plan, photos=1)
        yield from run_tasks(make, lost, plan=alone, lost=_lose, stop=stop)


def _file_of(scorer: Scorer) -> str:
    if not isinstance(scorer, Classifier):
        raise ValueError("several processes need a model that was opened from a file")
    return str(scorer.path)


def _lose(task: PhotoTask, reason: str) -> PhotoResult:
    return PhotoResult(task, error=f"{task.path}: {reason}")
