"""The workers of a scan: threads here, or processes that a broken photo cannot take along."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from edge.classifier import Classifier
from edge.outcome import Outcome, Task
from edge.photo_scan import Eyes, ScanSettings, Scorer
from edge.profile import Plan
from edge.source import default_decoded_mb
from edge.team import run_team
from edge.work import WorkSpec, make_worker, scan_file


def run_scanners(
    tasks: Sequence[Task],
    out: Path,
    *,
    eyes: Eyes,
    settings: ScanSettings,
    plan: Plan,
    stop: Callable[[], bool],
) -> Iterator[Outcome]:
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
            scan_file, eyes=eyes, settings=settings, out=out, max_decoded_mb=max_decoded_mb
        )
        yield from run_team(lambda: worker, tasks, plan=plan, lost=_lose, stop=stop)
        return
    spec = WorkSpec(
        model=_file_of(eyes.scorer),
        cascade=None if eyes.small is None else _file_of(eyes.small),
        settings=settings,
        out=out,
        threads=plan.threads,
        max_decoded_mb=max_decoded_mb,
    )
    make = partial(make_worker, spec)
    lost: list[Task] = []

    def note_lost(task: Task, reason: str) -> Outcome:
        lost.append(task)
        return _lose(task, reason)

    for outcome in run_team(make, tasks, plan=plan, lost=note_lost, stop=stop):
        if outcome.task not in lost:
            yield outcome
    if lost:
        alone = replace(plan, photos=1)
        yield from run_team(make, lost, plan=alone, lost=_lose, stop=stop)


def _file_of(scorer: Scorer) -> str:
    if not isinstance(scorer, Classifier):
        raise ValueError("several processes need a model that was opened from a file")
    return str(scorer.path)


def _lose(task: Task, reason: str) -> Outcome:
    return Outcome(task, error=f"{task.path}: {reason}")
