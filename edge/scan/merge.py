"""Join the results of several scans, made by several machines, into one folder."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from edge.files.atomic_write import UNFINISHED, refuse_to_overwrite, replace_atomically
from edge.files.errors import DataError, InputError, OutputError
from edge.files.progress import Progress
from edge.geo.site import Site, SiteUpdate
from edge.photo.listing import number_name
from edge.report.result_files import remove_results
from edge.report.results import write_results
from edge.report.summary import ScanSummary
from edge.store.folder_lock import FolderLock
from edge.store.photo_result import PhotoResult, PhotoTask
from edge.store.result_paths import (
    heat_map_path,
    heat_raster_path,
    overlay_path,
    thumbnail_path,
)
from edge.store.scan_store import Store


@dataclass(frozen=True)
class MergeRun:
    """What a merge did.

    Attributes:
        summary: of the joined scan.
        stores: that were joined.
        repeated: photos left out because they are there already.
        renamed: photos whose name belonged to another.
        missing_pictures: that were not there.
    """

    summary: ScanSummary
    stores: int
    repeated: int
    renamed: int
    missing_pictures: int

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON can hold it."""
        run = vars(self).copy()
        del run["summary"]
        return self.summary.to_dict() | run


def merge_scans(
    folders: Sequence[Path],
    out: Path,
    *,
    progress: Progress,
    force: bool = False,
    link: Callable[[Path, Path], None] = os.link,
) -> MergeRun:
    """Join folders of results into a new one, with the pictures; one photo in memory at a time.

    A photo that several folders have, by name and content, is taken once, and one that was
    scanned wins over one that failed. Another photo of a name that is taken gets a name of its own.

    Args:
        folders: each with the store of a scan; all of the same settings and models.
        out: folder of the result; new or empty.
        progress: notified of each photo, and of what is renamed or missing.
        force: replace results that are in ``out``.
        link: gives a file a second name; where it cannot, pictures are copied.

    Raises:
        InputError: a folder holds no scan, a scan is running in it, or it was given twice.
        DataError: a store is damaged.
        OutputError: the scans differ, or out cannot be written.
    """
    _require_apart(folders, out)
    refuse_to_overwrite(out, force=force)
    with ExitStack() as opened:
        stores = [_open_source(folder, opened) for folder in folders]
        _require_one_kind(folders, stores)
        if force and Store.exists(out):
            remove_results(out)
        joined = opened.enter_context(Store.open(out, identity=stores[0].identity))
        joined.update_site(_join_sites([store.site for store in stores]))
        for shard in sorted({shard for store in stores for shard in store.shards}):
            joined.add_shard(shard)
        # What one scan did not get to is not missing if another has it.
        left = {name for store in stores for name in set(store.listed) - store.names()}
        joined.keep_listed(sorted(left))
        work = _Merge(joined, out, progress, link)
        total = sum(count.done + count.failed for count in (store.count() for store in stores))
        done = 0
        for folder, store in zip(folders, stores, strict=True):
            for outcome in store.photos():
                work.take(folder, store, outcome)
                done += 1
                progress.step("photos", done, total)
    return MergeRun(
        summary=write_results(out, progress=progress),
        stores=len(folders),
        repeated=work.repeated,
        renamed=work.renamed,
        missing_pictures=work.missing,
    )


def _join_sites(sites: Sequence[Site]) -> SiteUpdate:
    """Take the positions of all, and what else the first says that says anything."""
    plain = (replace(site, positions={}) for site in sites)
    first = next((site for site in plain if site != Site()), Site())
    positions = {name: place for site in reversed(sites) for name, place in site.positions.items()}
    return SiteUpdate(first.gsd_mm, first.distance_m, first.crack_width_mm, positions)


def _require_apart(folders: Sequence[Path], out: Path) -> None:
    seen: set[Path] = set()
    for folder in folders:
        place = folder.resolve()
        if place in seen:
            raise InputError(f"{folder}: was given twice; give each folder once")
        if place == out.resolve():
            raise InputError(f"{folder}: cannot be merged into itself; choose another --out")
        seen.add(place)


def _open_source(folder: Path, opened: ExitStack) -> Store:
    # Where nobody can write no scan can run.
    if folder.is_dir() and os.access(folder, os.W_OK):
        opened.enter_context(FolderLock(folder))
    return opened.enter_context(Store.read(folder))


def _require_one_kind(folders: Sequence[Path], stores: Sequence[Store]) -> None:
    first = stores[0].identity
    for folder, store in zip(folders, stores, strict=True):
        if differences := first.list_differences(store.identity):
            raise OutputError(
                f"{folders[0]} and {folder} hold scans with different settings ("
                + "; ".join(f"{what} {here} and {there}" for what, here, there in differences)
                + "); only scans with the same settings and models can be merged"
            )


@dataclass
class _Merge:
    """Puts photos into the joined store, and counts what was special.

    Attributes:
        joined: the store.
        out: its folder.
        progress: notified of what is special.
        link: gives a picture a second name.
        repeated: photos left out because they are there already.
        renamed: photos whose name belongs to another.
        missing: pictures that were not there.
    """

    joined: Store
    out: Path
    progress: Progress
    link: Callable[[Path, Path], None]
    repeated: int = 0
    renamed: int = 0
    missing: int = 0

    def take(self, folder: Path, store: Store, outcome: PhotoResult) -> None:
        """Take over a photo of a folder, unless it is there already."""
        name = outcome.task.name
        _require_inside(folder, name)
        place, standing = self._find_place(outcome)
        if standing is not None:
            self.repeated += 1
            if standing.error is None or outcome.error is not None:
                return
        elif place != name:
            self.renamed += 1
            self.progress.say(
                f"{folder}: another photo is already called {name}; this one becomes {place}"
            )
        if outcome.error is None:
            paths: list[Callable[[Path, str], Path]] = [heat_map_path, overlay_path, thumbnail_path]
            if outcome.map_frame:
                paths.append(heat_raster_path)
            for path_of in paths:
                picture = path_of(folder, name)
                if not _place(picture, path_of(self.out, place), self.link):
                    self.missing += 1
                    self.progress.say(f"{picture}: is missing; the result goes without it")
        whole = replace(outcome, task=PhotoTask(outcome.task.path, place), grids=store.grids(name))
        self.joined.record(whole, finished=store.finished(name))

    def _find_place(self, outcome: PhotoResult) -> tuple[str, PhotoResult | None]:
        """Return a name, and the same photo if that is what has the name already."""
        for path in number_name(Path(outcome.task.name)):
            place = path.as_posix()
            standing = self.joined.find(place)
            if standing is None or _is_same(standing, outcome):
                return place, standing
        raise AssertionError("names do not end")


def _is_same(one: PhotoResult, other: PhotoResult) -> bool:
    """Tell whether two outcomes are of the same bytes; of unknown ones nobody knows."""
    return one.file is not None and other.file is not None and one.file.sha256 == other.file.sha256


def _require_inside(folder: Path, name: str) -> None:
    """Stop at a name that leads out of the folder: no scan gives one, a forged store may."""
    path = Path(name)
    if not path.name or "\0" in name or path.is_absolute() or path.drive or ".." in path.parts:
        raise DataError(f"{folder}: its store names a photo {name!r}, which is not a valid name")


def _place(source: Path, target: Path, link: Callable[[Path, Path], None]) -> bool:
    """Give a picture a second name, or copy it to another disk; tell whether it was there."""
    temporary = target.with_name(f"{UNFINISHED}link")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        temporary.unlink(missing_ok=True)
        link(source, temporary)
        os.replace(temporary, target)
    except OSError:
        return _copy(source, target)
    return True


def _copy(source: Path, target: Path) -> bool:
    try:
        data = source.read_bytes()
    except OSError:
        return False
    replace_atomically(target, data)
    return True
