"""Scan folders of photos: each is scored, drawn and kept in the store, whatever happens between."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path
from typing import Any

from edge.detect.photo_scan import require_fitting
from edge.detect.settings import ScanSettings, Scorers
from edge.files.atomic_write import UNFINISHED, refuse_to_overwrite
from edge.files.errors import OutputError
from edge.files.progress import Progress
from edge.geo.site import Site
from edge.model.scorer import Scorer
from edge.photo.listing import find_photos
from edge.report.results import remove_results, write_results
from edge.scan.plan import Parallelism, default_parallelism
from edge.scan.scanners import run_scanners
from edge.store.identity import ScanIdentity
from edge.store.photo_result import PhotoResult, PhotoTask
from edge.store.result_paths import PICTURES
from edge.store.scan_store import Store


def scan_folders(
    sources: Sequence[Path],
    out: Path,
    *,
    scorer: Scorer,
    settings: ScanSettings,
    progress: Progress,
    small: Scorer | None = None,
    plan: Parallelism | None = None,
    shard: tuple[int, int] | None = None,
    say: Callable[[Site], Site] | None = None,
    force: bool = False,
    stop: Callable[[], bool] = lambda: False,
    clock: Callable[[], float] = time.monotonic,
) -> dict[str, Any]:
    """Scan photos and folders of photos; one that cannot be read is reported, the rest goes on.

    Every photo is kept in ``scan.sqlite`` of ``out`` as soon as it is done, with its pictures in
    ``heatmaps/`` and ``overlays/``. The same call goes on where an earlier one ended, however that
    ended; photos that failed are tried again. At the end the files of ``edge.report.results.RESULTS`` are
    made from the store.

    Args:
        sources: photos and folders.
        out: folder of the results; new, empty, or that of an earlier scan.
        scorer: the model that decides.
        settings: of the scan.
        progress: told of each photo.
        small: the model that looks first in a cascade.
        plan: processes, threads, photos at a time; one process with the scorer's threads if None.
            More than one process is for models opened from a file.
        shard: (i, n): only the i-th of n parts of the photos, counted from 1.
        say: given what the store knows of the site, returns what it should know.
        force: start again in a folder in use; results of an earlier scan there are removed.
        stop: asked between photos; once true, those at work are finished and no more begun.
        clock: returns seconds.

    Returns:
        The summary: that of ``write_results``, and of this call scanned, resumed (done before),
        left (not begun) and seconds.

    Raises:
        InputError: a source does not exist or holds no photos.
        ModelError: models and settings do not go together.
        OutputError: out is in use for something else, or cannot be written.
    """
    plan = plan or default_parallelism(scorer.workers)
    eyes = Scorers(scorer, small)
    require_fitting(eyes, settings)
    tasks = _list_tasks(sources, out, shard)
    begun = clock()
    with _open_store(out, identify(scorer, small, settings), force=force) as store:
        if say:
            store.keep_site(say(store.site))
        todo = [task for task in tasks if not store.is_done(task)]
        ledger = _Ledger(store, progress, len(tasks), len(tasks) - len(todo), clock)
        ledger.take_all(run_scanners(todo, out, eyes=eyes, settings=settings, plan=plan, stop=stop))
        if shard:
            store.add_shard(f"{shard[0]}/{shard[1]}")
    summary = write_results(out, progress=progress) | {
        "scanned": ledger.done - ledger.resumed,
        "resumed": ledger.resumed,
        "left": len(tasks) - ledger.done,
        "seconds": round(clock() - begun, 3),
    }
    if ledger.unrecorded:
        summary["failed"] += len(ledger.unrecorded)
    return summary


def identify(scorer: Scorer, small: Scorer | None, settings: ScanSettings) -> ScanIdentity:
    """Say what decides the results of a scan: another of it does not go on in the same store."""
    cards = [one.card for one in (scorer, small) if one is not None]
    return ScanIdentity(
        settings=asdict(settings) | {"scales": list(settings.scales)},
        models=[{"name": card.name, "sha256": card.model_sha256} for card in cards],
        card=json.loads(scorer.card.to_json()),
    )


def _list_tasks(
    sources: Sequence[Path], out: Path, shard: tuple[int, int] | None
) -> list[PhotoTask]:
    """List the photos of a shard; those of the results themselves are not photos to scan."""
    results = out.resolve()
    tasks = [
        PhotoTask(path, name.as_posix())
        for path, name in find_photos(sources)
        if not path.resolve().is_relative_to(results)
    ]
    if shard is None:
        return tasks
    number, count = shard
    # By name, so that every machine divides alike, also when photos are added later.
    return [task for task in tasks if _hash_name(task.name) % count == number - 1]


def _hash_name(name: str) -> int:
    digest = sha256(name.encode("utf-8", "surrogateescape")).digest()
    return int.from_bytes(digest[:8], "big")


@contextmanager
def _open_store(out: Path, identity: ScanIdentity, *, force: bool) -> Iterator[Store]:
    if force and Store.exists(out):
        remove_results(out)
    elif not Store.exists(out):
        refuse_to_overwrite(out, force=force)
    with Store.open(out, identity=identity) as store:
        for folder in PICTURES:
            # What a scan that was killed had not yet given its name.
            for path in (out / folder).rglob(f"{UNFINISHED}*"):
                path.unlink(missing_ok=True)
        yield store


class _Ledger:
    """Puts outcomes into the store, and tells of them."""

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
            progress.say(f"{resumed} of {total} photos were done before")

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
