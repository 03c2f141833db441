"""What a scan keeps: one SQLite file, in which each photo is whole or absent, whatever happens."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from types import TracebackType
from typing import Any

from edge import __version__
from edge.detect.grid import Grid
from edge.files.errors import InputError, OutputError
from edge.files.hashing import sha256_of_file
from edge.files.paths import STORE_NAME
from edge.geo.site import Site, SiteUpdate, parse_site
from edge.photo.listing import holds_results
from edge.store.folder_lock import FolderLock
from edge.store.identity import IDENTITY_KEYS, ScanIdentity, parse_identity
from edge.store.photo_result import PhotoResult, PhotoTask
from edge.store.rows import (
    GRID_COLUMNS,
    PHOTO_COLUMNS,
    REGION_COLUMNS,
    pack_grid,
    pack_photo,
    pack_region,
    pack_text,
    unpack_grid,
    unpack_photo,
    unpack_region,
    unpack_text,
)
from edge.store.sqlite_file import StoreFile

# What SQLite keeps beside the file while it is open, or after a kill.
_SUFFIXES = ("", "-wal", "-shm", "-journal")


@dataclass(frozen=True)
class Counts:
    """How much a store holds."""

    done: int
    failed: int
    regions: int
    megapixels: float


def utc_now() -> datetime:
    """Return the time, with its zone."""
    return datetime.now(timezone.utc)


class Store:
    """The results of a scan, in ``scan.sqlite`` of a folder. For one thread.

    ``open`` gives one that writes, ``read`` one that only reads; several may read while one
    writes. Every method raises OutputError where the disk fails it (DataError when reading).
    """

    def __init__(
        self, file: StoreFile, resources: ExitStack, *, clock: Callable[[], datetime]
    ) -> None:
        self._file = file
        self._resources = resources
        self._clock = clock

    @classmethod
    def open(
        cls,
        folder: Path,
        *,
        identity: ScanIdentity | None,
        clock: Callable[[], datetime] = utc_now,
    ) -> Store:
        """Open the store of a folder to write.

        Args:
            folder: its folder.
            identity: of the scan that writes, which makes a store where there is none; None for
                whichever scan is there.
            clock: returns the time, with its zone.

        Raises:
            InputError: there is none and no identity either.
            OutputError: a scan is running there; what is there is of another scan, of a newer
                version or no store; it cannot be written.
        """
        if identity is None:
            _require_store(folder)
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OutputError(f"{folder}: cannot be made ({error.strerror})") from error
        with ExitStack() as resources:
            resources.enter_context(FolderLock(folder))
            file = StoreFile(folder / STORE_NAME, writes=True)
            resources.callback(file.close)
            store = cls(file, resources, clock=clock)
            holds_scan = file.holds_scan()
            if holds_scan and identity is not None:
                store._require_same(folder, identity)
            file.begin_writing()
            if not holds_scan:
                if identity is None:
                    raise InputError(f"{folder}: holds no scan yet; run crack-edge scan again")
                store._create(identity)
            store._resources = resources.pop_all()
        return store

    @classmethod
    def read(cls, folder: Path) -> Store:
        """Open the store of a folder to read, also while a scan writes it.

        Raises:
            InputError: there is none.
            DataError: it is damaged, of a newer version or no store.
        """
        _require_store(folder)
        with ExitStack() as resources:
            file = StoreFile(folder / STORE_NAME, writes=False)
            resources.callback(file.close)
            if not file.holds_scan():
                raise InputError(f"{folder}: holds no scan yet; run crack-edge scan again")
            file.begin_reading()
            return cls(file, resources.pop_all(), clock=utc_now)

    @staticmethod
    def exists(folder: Path) -> bool:
        """Tell whether a folder has a store."""
        return (folder / STORE_NAME).exists()

    @staticmethod
    def erase(folder: Path) -> None:
        """Remove the store of a folder, if it has one.

        Raises:
            OutputError: a scan is running there, or it cannot be removed.
        """
        if not folder.is_dir():
            return
        with FolderLock(folder):
            for suffix in _SUFFIXES:
                path = folder / (STORE_NAME + suffix)
                try:
                    path.unlink(missing_ok=True)
                except OSError as error:
                    raise OutputError(f"{path}: cannot be removed ({error.strerror})") from error

    def __enter__(self) -> Store:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Leave ``scan.sqlite`` alone: no journal, no lock."""
        self._resources.close()

    def _create(self, identity: ScanIdentity) -> None:
        facts = identity.to_dict() | {
            "made_by": f"crack-edge {__version__}",
            "created": self._now(),
            "shards": [],
            "site": Site().to_dict(),
        }
        with self._file.transaction():
            self._file.make_tables()
            for key, value in facts.items():
                self._file.put_meta(key, value)

    def _require_same(self, folder: Path, identity: ScanIdentity) -> None:
        if differences := self.identity.list_differences(identity):
            raise OutputError(
                f"{folder}: holds a scan with other settings ("
                + "; ".join(f"{what} {there}, now {now}" for what, there, now in differences)
                + "); choose another --out, or add --force to replace it"
            )

    def _now(self) -> str:
        return self._clock().astimezone(timezone.utc).isoformat()

    @property
    def identity(self) -> ScanIdentity:
        """Return what decides the results."""
        try:
            return parse_identity({key: self._file.meta(key) for key in IDENTITY_KEYS})
        except ValueError as error:
            raise self._file.damaged(str(error)) from error

    @property
    def made(self) -> dict[str, str]:
        """Return by which version and when the scan was begun."""
        return {key: str(self._file.meta(key)) for key in ("made_by", "created")}

    @property
    def shards(self) -> list[str]:
        """Return which parts of a folder were scanned into it, such as ``1/4``."""
        shards = self._file.meta("shards")
        if not isinstance(shards, list) or not all(isinstance(one, str) for one in shards):
            raise self._file.damaged("its shards")
        return shards

    def add_shard(self, shard: str) -> None:
        """Note that a part of a folder was scanned into it."""
        shards = self.shards
        if shard not in shards:
            with self._file.transaction():
                self._file.put_meta("shards", [*shards, shard])

    @property
    def listed(self) -> list[str]:
        """Return the names of the photos that the last run was to scan, done or not."""
        names = self._file.meta("listed")
        if names is None:  # in stores of earlier versions
            return []
        if not isinstance(names, list) or not all(isinstance(one, str) for one in names):
            raise self._file.damaged("its list of photos")
        return names

    def keep_listed(self, names: Sequence[str]) -> None:
        """Keep the names of the photos that a run is to scan."""
        with self._file.transaction():
            self._file.put_meta("listed", list(names))

    def names(self) -> set[str]:
        """Return the names of all photos that were recorded."""
        return {unpack_text(name) for (name,) in self._file.rows("SELECT name FROM photos")}

    @property
    def site(self) -> Site:
        """Return what was said about the site, nothing where it was not."""
        try:
            return parse_site(self._file.meta("site"))
        except ValueError as error:
            raise self._file.damaged(str(error)) from error

    def update_site(self, update: SiteUpdate) -> None:
        """Keep what is said anew about the site."""
        known = self.site
        site = update.apply_to(known)
        if site != known:
            with self._file.transaction():
                self._file.put_meta("site", site.to_dict())

    def record(self, outcome: PhotoResult, *, finished: str | None = None) -> None:
        """Keep a photo, in place of what was known of that name; on the disk when this returns.

        Args:
            outcome: the photo.
            finished: when, ISO 8601 in UTC; now if None.

        Raises:
            OutputError: it cannot be written; the store is as it was and can be tried again.
        """
        photo = (*pack_photo(outcome), finished or self._now())
        regions = [pack_region(region) for region in outcome.regions]
        grids = [pack_grid(grid) for grid in outcome.grids]
        with self._file.transaction():
            self._file.execute("DELETE FROM photos WHERE name = ?", photo[0])
            photo_id = self._file.insert("photos", f"{PHOTO_COLUMNS}, finished", photo)
            for table, columns, rows in (
                ("regions", REGION_COLUMNS, regions),
                ("grids", GRID_COLUMNS, grids),
            ):
                for n, row in enumerate(rows, start=1):
                    self._file.insert(table, f"photo_id, number, {columns}", (photo_id, n, *row))

    def is_done(self, task: PhotoTask) -> bool:
        """Tell whether a photo was scanned and its file is still the same.

        A file that has another path or time now is read: the same bytes are the same photo.
        Photos that failed are not done.
        """
        name, path = pack_text(task.name), pack_text(str(task.path))
        question = "SELECT path, size_bytes, mtime_ns, sha256, state FROM photos WHERE name = ?"
        row = self._file.fetch(question, name)
        if row is None or row[4] != "done":
            return False
        try:
            now = task.path.stat()
            if now.st_size != row[1]:
                return False
            if (path, now.st_mtime_ns) == (row[0], row[2]):
                return True
            if sha256_of_file(task.path) != row[3]:
                return False
        except OSError:
            return False
        # Where this cannot be noted, the file is read again next time.
        with suppress(OutputError), self._file.transaction():
            self._file.execute(
                "UPDATE photos SET path = ?, mtime_ns = ? WHERE name = ?",
                *(path, now.st_mtime_ns, name),
            )
        return True

    def photos(self) -> Iterator[PhotoResult]:
        """Yield all photos without their grids, by name; names that are not UTF-8 come last."""
        for row in self._file.rows(f"SELECT id, {PHOTO_COLUMNS} FROM photos ORDER BY name"):
            yield self._unpack(row)

    def find(self, name: str) -> PhotoResult | None:
        """Return a photo without its grids; None if it is not in the store."""
        question = f"SELECT id, {PHOTO_COLUMNS} FROM photos WHERE name = ?"
        row = self._file.fetch(question, pack_text(name))
        return None if row is None else self._unpack(row)

    def finished(self, name: str) -> str | None:
        """Return when a photo was recorded, ISO 8601 in UTC; None if it is not in the store."""
        row = self._file.fetch("SELECT finished FROM photos WHERE name = ?", pack_text(name))
        return None if row is None else str(row[0])

    def grids(self, name: str) -> list[Grid]:
        """Return the grids of a photo, the finest first."""
        rows = self._file.rows(
            f"SELECT {GRID_COLUMNS} FROM grids JOIN photos ON photos.id = photo_id "
            "WHERE name = ? ORDER BY number",
            pack_text(name),
        )
        try:
            return [unpack_grid(row) for row in rows]
        except ValueError as error:
            raise self._file.damaged(f"{name}: {error}") from error

    def count(self) -> Counts:
        """Count photos and regions."""
        (row,) = self._file.rows(
            "SELECT COALESCE(SUM(state = 'done'), 0), COALESCE(SUM(state = 'failed'), 0), "
            "(SELECT COUNT(*) FROM regions), TOTAL(width * height) / 1e6 FROM photos"
        )
        return Counts(*row)

    def _unpack(self, row: Sequence[Any]) -> PhotoResult:
        question = f"SELECT {REGION_COLUMNS} FROM regions WHERE photo_id = ? ORDER BY number"
        try:
            regions = [unpack_region(region) for region in self._file.rows(question, row[0])]
            return unpack_photo(row[1:], regions)
        except ValueError as error:
            raise self._file.damaged(f"{row[1]!r}: {error}") from error


def _require_store(folder: Path) -> None:
    if not holds_results(folder):
        raise InputError(
            f"{folder}: holds no scan ({STORE_NAME} is missing); give the folder of results that "
            "crack-edge scan made"
        )
