"""Scan folders of photos: each is scored, drawn and kept in the store, whatever happens between."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

from edge.detect.photo_scan import require_fitting
from edge.files.atomic_write import UNFINISHED, refuse_to_overwrite
from edge.files.errors import OutputError
from edge.files.formatting import count_of
from edge.files.progress import Progress
from edge.photo.source import default_decoded_mb
from edge.report.result_files import remove_results
from edge.report.results import write_results
from edge.report.summary import ScanSummary
from edge.scan.photo_task import scan_photo_file
from edge.scan.scan_job import ScanJob
from edge.scan.worker_pool import run_tasks
from edge.store.photo_result import PhotoResult
from edge.store.result_paths import PICTURES
from edge.store.scan_store import Store


@dataclass(frozen=True)
class ScanRun:
    """What one call of a scan did.

    Attributes:
        summary: of all that is in the store now.
        scanned: photos of this call.
        resumed: photos that were done before.
        left: photos that were not begun.
        unrecorded: photos that the store could not keep.
        seconds: that the call took.
    """

    summary: ScanSummary
    scanned: int
    resumed: int
    left: int
    unrecorded: int
    seconds: float

    @property
    def failed(self) -> int:
        """Return how many photos have no result."""
        return self.summary.failed + self.unrecorded

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON can hold it."""
        run = vars(self).copy()
        del run["summary"], run["unrecorded"]
        return self.summary.to_dict() | run | {"failed": self.failed}


def scan_folders(
    job: ScanJob,
    *,
    progress: Progress,
    stop: Callable[[], bool] = lambda: False,
    clock: Callable[[], float] = time.monotonic,
) -> ScanRun:
    """Scan photos; one that cannot be read is reported, the rest goes on.

    Every photo is kept in ``scan.sqlite`` of the job's folder as soon as it is done, with its
    pictures in ``heatmaps/`` and ``overlays/``. The same call goes on where an earlier one ended,
    however that ended; photos that failed are tried again. At the end the files of
    ``edge.report.result_files.RESULTS`` are made from the store.

    Args:
        job: photos, models, settings, folder.
        progress: notified of each photo.
        stop: asked between photos; once true, those at work are finished and no more begun.
        clock: returns seconds.

    Raises:
        ModelError: models and settings do not go together.
        OutputError: the folder is in use for something else, or cannot be written.
    """
    require_fitting(job.scorers, job.settings)
    begun = clock()
    with _open_store(job) as store:
        store.update_site(job.site)
        _announce(job, store, progress)
        todo = [task for task in job.tasks if not store.is_done(task)]
        total = len(job.tasks)
        ledger = _Ledger(store, progress, total, total - len(todo), clock)
        photos = job.parallelism.photos
        work = partial(scan_photo_file, job=job, max_decoded_mb=default_decoded_mb() / photos)
        ledger.take_all(run_tasks(work, todo, threads=photos, stop=stop))
        if job.shard:
            store.add_shard(f"{job.shard[0]}/{job.shard[1]}")
    return ScanRun(
        summary=write_results(job.out, progress=progress),
        scanned=ledger.done - ledger.resumed,
        resumed=ledger.resumed,
        left=total - ledger.done,
        unrecorded=len(ledger.unrecorded),
        seconds=round(clock() - begun, 3),
    )


def _announce(job: ScanJob, store: Store, progress: Progress) -> None:
    """Keep what is to be scanned, and say whose photos the folder holds besides."""
    names = [task.name for task in job.tasks]
    store.keep_listed(names)
    others = len(store.names().difference(names))
    if others and not job.shard:
        progress.say(f"{job.out} also holds {count_of(others, 'photo')} of an earlier scan")


@contextmanager
def _open_store(job: ScanJob) -> Iterator[Store]:
    out = job.out
    if job.force and Store.exists(out):
        remove_results(out)
    elif not Store.exists(out):
        refuse_to_overwrite(out, force=job.force)
    with Store.open(out, identity=job.identity) as store:
        for folder in PICTURES:
            # What a scan that was killed had not yet given its name.
            for path in (out / folder).rglob(f"{UNFINISHED}*"):
                path.unlink(missing_ok=True)
        yield store


class _Ledger:
    """Puts outcomes into the store and reports them."""

    def __init__(
        self, store: Store, progress: Progress, total: int, resumed: int, clock: Callable[[], float]
    ) -> None:
        self.done = self.resumed = resumed
        self.unrecorded: list[PhotoResult] = []
        self._store = store
        self._progress = progress
        self._total = total
        self._clock = clock
        self._begun = clock()
        self._megapixels = 0.0
        if resumed:
            are = "is" if resumed == 1 else "are"
            progress.say(
                f"continuing: {resumed:,} of {count_of(total, 'photo')} {are} already done"
            )

    def take_all(self, outcomes: Iterable[PhotoResult]) -> None:
        """Keep outcomes as they come, and in the end once more what could not be kept."""
        for outcome in outcomes:
            self._take(outcome)
        self._retry()

    def _take(self, outcome: PhotoResult) -> None:
        """Keep an outcome; where the store cannot, remember that and go on."""
        self.done += 1
        if outcome.error:
            self._progress.say(f"failed: {outcome.error}")
        try:
            self._store.record(outcome)
        except OutputError as error:
            self._progress.say(f"failed: {outcome.task.path}: {error}")
            self.unrecorded.append(PhotoResult(outcome.task, error=str(error)))
        self._megapixels += outcome.size_wh[0] * outcome.size_wh[1] / 1e6
        seconds = self._clock() - self._begun
        pace = f"{self._megapixels / seconds:.1f} MP/s" if seconds else ""
        self._progress.step("photos", self.done, self._total, note=pace)

    def _retry(self) -> None:
        """Record once more what could not be recorded: the disk may have room again."""
        waiting, self.unrecorded = self.unrecorded, []
        for outcome in waiting:
            try:
                self._store.record(outcome)
            except OutputError:
                self.unrecorded.append(outcome)
