"""A folder of recorded events: lines and pictures, within bounds of size and age.

``events.jsonl`` takes the lines; when it is full it becomes ``events-000001.jsonl`` and so on.
A file is a recorder's if a line names its event, or if its name is one that only a recorder gives;
nothing else is ever removed, and no link is followed.
"""

from __future__ import annotations

import os
import shutil
import stat
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from edge.files.atomic_write import replace_atomically
from edge.files.errors import OutputError
from edge.live.record.event_index import EventIndex
from edge.live.record.json_lines import (
    DRAWN,
    LINES_NAME,
    PLAIN,
    append_line,
    is_left_over,
    is_own_id,
    mend_lines,
    old_lines_name,
    old_lines_number,
    picture_id,
    read_events,
)
from edge.live.record.trusted_clock import TrustedClock
from edge.live.timing.clock import Clock
from edge.store.folder_lock import LOCK_NAME, FolderLock

MB = 1_000_000
_DAY_S = 86_400.0
# A full file of lines goes as a whole: small beside what a folder may take.
_LINES_BYTES = MB
_LINES_SHARE = 8


@dataclass(frozen=True)
class RecordSettings:
    """The bounds of a folder of recorded events.

    Attributes:
        max_mb: what lines and pictures may take; the oldest go first. 1 MB is 1,000,000 bytes.
        max_days: how long they are kept.
        min_free_mb: of the disk, below which nothing is recorded.
    """

    max_mb: float = 1000.0
    max_days: float = 30.0
    min_free_mb: float = 500.0

    def __post_init__(self) -> None:
        """Refuse what cannot be meant."""
        if self.max_mb <= 0 or self.max_days <= 0 or self.min_free_mb < 0:
            raise ValueError(f"{self}: expected positive bounds")


class NoRoomError(OutputError):
    """Report a disk with less free than what is to be left to others."""


def measure_free_mb(folder: Path) -> float:
    """Return how much of a folder's disk is free for such as us, MB of 1,000,000 bytes."""
    return shutil.disk_usage(folder).free / MB


class RecordFolder:
    """The files on the disk and their account. One thread opens, uses and closes it."""

    def __init__(
        self,
        path: Path,
        *,
        settings: RecordSettings,
        clock: Clock,
        free_mb: Callable[[Path], float],
    ) -> None:
        self._path = path
        self._settings = settings
        self._clock = clock
        self._free_mb = free_mb
        self._trusted_clock = TrustedClock(clock)
        self._index = EventIndex()
        self._lock: FolderLock | None = None
        self._identity: tuple[int, int] | None = None
        self._is_read = False

    def lock(self) -> None:
        """Make the folder and keep others from recording into it.

        Raises:
            OSError, OutputError: it cannot be made or written, or another process has it.
        """
        self.close()
        # Later only the folder itself: what was above it may be a disk that was taken out.
        self._path.mkdir(parents=self._identity is None, exist_ok=True)
        try:
            self._lock = FolderLock(self._path)
        except OutputError as error:
            raise OutputError(
                f"{self._path}: cannot record here; give each crack-edge a folder of its own "
                f"({error})"
            ) from error
        self._identity = self._identify()

    def close(self) -> None:
        """Let others in."""
        self.distrust()
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    def distrust(self) -> None:
        """Read anew what is there before anything else is done."""
        self._is_read = False

    def sweep(self, *, spared: Iterable[str] = ()) -> None:
        """Remove what is too old or too much, and see whether there is room to record.

        Raises:
            NoRoomError: the disk has too little free.
            OSError, OutputError: the folder cannot be used.
        """
        self._make_sure()
        self._remove_old(set(spared))
        self._make_room(0, set(spared))
        self._check_free()

    def write(
        self,
        event_id: str,
        line: bytes,
        pictures: Mapping[str, bytes],
        *,
        at_s: float,
        spared: Iterable[str] = (),
    ) -> None:
        """Add an event's line, then put its pictures there, each wholly or not at all.

        Args:
            event_id: of the event.
            line: JSON with a line break at its end.
            pictures: by the end of their names; they replace what is there.
            at_s: when it was, seconds since 1970 UTC.
            spared: events whose pictures stay.

        Raises:
            NoRoomError: the disk has too little free.
            OSError, OutputError: it cannot be written.
        """
        self._make_sure()
        self._check_free()
        self._remove_old({*spared, event_id})
        size = sum(len(data) for data in pictures.values())
        self._make_room(len(line) + size, {*spared, event_id})
        self._begin_file_if_full(len(line))
        append_line(self._path / LINES_NAME, line)
        index = self._index
        index.add_bytes(len(line))
        index.add_event(event_id, at_s=at_s, seen_s=self._clock.monotonic())
        for end, data in pictures.items():
            replace_atomically(self._path / f"{event_id}{end}", data)
        if pictures:
            index.set_pictures(event_id, size)

    def _identify(self) -> tuple[int, int]:
        facts = self._path.stat()
        return facts.st_dev, facts.st_ino

    def _make_sure(self) -> None:
        """Lock and read the folder where it is new, or not the one that it was."""
        if self._lock is None or not self._is_same():
            self.lock()
        if not self._is_read:
            self._read()
            self._is_read = True

    def _is_same(self) -> bool:
        try:
            return self._identify() == self._identity and (self._path / LOCK_NAME).exists()
        except FileNotFoundError:
            return False

    def _check_free(self) -> None:
        free_mb = self._free_mb(self._path)
        wanted_mb = self._settings.min_free_mb
        if free_mb < wanted_mb:
            raise NoRoomError(
                f"{free_mb:.0f} MB free on the disk; recording needs {wanted_mb:.0f} MB free"
            )

    def _read(self) -> None:
        """Take account of what is there; clean up what a kill or a power cut left."""
        self._index = index = EventIndex()
        picture_bytes: dict[str, int] = defaultdict(int)
        lines: dict[int, Path] = {}
        with os.scandir(self._path) as entries:
            files = [entry for entry in entries if entry.is_file(follow_symlinks=False)]
        for entry in files:
            number, event_id = old_lines_number(entry.name), picture_id(entry.name)
            if is_left_over(entry.name):
                _remove_file(self._path / entry.name)
            elif number is not None:
                lines[number] = self._path / entry.name
                index.add_bytes(entry.stat(follow_symlinks=False).st_size, file=number)
            elif event_id is not None:
                picture_bytes[event_id] += entry.stat(follow_symlinks=False).st_size
        index.current = max(lines, default=0) + 1
        if any(entry.name == LINES_NAME for entry in files):
            lines[index.current] = self._path / LINES_NAME
            index.add_bytes(mend_lines(self._path / LINES_NAME))
        # Without lines they are the oldest; their names sort by time.
        for event_id in sorted(filter(is_own_id, picture_bytes)):
            index.add_event(event_id, at_s=None, seen_s=None, file=0)
        for number in sorted(lines):
            for event_id, at_s in read_events(lines[number]):
                index.add_event(event_id, at_s=at_s, seen_s=None, file=number)
        for event_id, count in picture_bytes.items():
            if event_id in index:
                index.set_pictures(event_id, count)

    def _remove_old(self, spared: set[str]) -> None:
        wall_s = self._trusted_clock.now_s()
        if wall_s is None:
            return
        max_age_s = self._settings.max_days * _DAY_S
        monotonic_s = self._clock.monotonic()
        for event_id in self._index.list_old(
            wall_s=wall_s, monotonic_s=monotonic_s, max_age_s=max_age_s, spared=spared
        ):
            self._remove_event(event_id)
        self._remove_idle_files()

    def _make_room(self, needed_bytes: int, spared: set[str]) -> None:
        max_bytes = self._settings.max_mb * MB
        while self._index.total_bytes + needed_bytes > max_bytes:
            event_id = self._index.oldest(spared=spared)
            if event_id is None:
                return
            self._remove_event(event_id)
            self._remove_idle_files()

    def _remove_event(self, event_id: str) -> None:
        for end in (DRAWN, PLAIN):
            _remove_file(self._path / f"{event_id}{end}")
        self._index.forget(event_id)

    def _remove_idle_files(self) -> None:
        for number in self._index.list_idle_files():
            _remove_file(self._path / old_lines_name(number))
            self._index.forget_file(number)

    def _begin_file_if_full(self, needed_bytes: int) -> None:
        index = self._index
        full = min(_LINES_BYTES, self._settings.max_mb * MB / _LINES_SHARE)
        if index.current_bytes and index.current_bytes + needed_bytes > full:
            os.replace(self._path / LINES_NAME, self._path / old_lines_name(index.current))
            index.begin_file()


def _remove_file(path: Path) -> None:
    """Remove a file, if there is one; a link or folder stays."""
    try:
        is_file = stat.S_ISREG(path.lstat().st_mode)
    except FileNotFoundError:
        return
    if is_file:
        path.unlink(missing_ok=True)
