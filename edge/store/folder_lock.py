"""The right to write a scan into a folder: of one process at a time.

The lock is that of an empty SQLite file: it works on every system and goes with its process, also
by a kill. The store cannot hold it itself: nobody could read the store meanwhile.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from contextlib import ExitStack, closing, suppress
from pathlib import Path
from types import TracebackType

from edge.files.errors import OutputError, first_line

LOCK_NAME = ".scan.lock"

# How often a lock file may be removed by its owner while we reach for it.
_TRIES = 100
# Folders locked by this process, by device and inode. It must not open a lock file that it holds:
# on POSIX the first handle that a process closes takes all its locks of that file with it.
_ours: set[tuple[int, int]] = set()
_guard = threading.Lock()


class FolderLock:
    """Holds the right from its making to its release.

    Args:
        folder: must exist.

    Raises:
        OutputError: another scan writes into the folder, or no lock can be had there.
    """

    def __init__(self, folder: Path) -> None:
        with ExitStack() as held:
            _claim(folder, held)
            _take(folder / LOCK_NAME, held)
            self._held = held.pop_all()

    def __enter__(self) -> FolderLock:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.release()

    def release(self) -> None:
        """Give the right back and remove the lock file."""
        self._held.close()


def _claim(folder: Path, held: ExitStack) -> None:
    """Take the lock against others in this process."""
    try:
        facts = folder.stat()
    except OSError as error:
        raise OutputError(f"{folder}: cannot be locked ({error.strerror})") from error
    key = facts.st_dev, facts.st_ino
    with _guard:
        if key in _ours:
            raise _is_running(folder)
        _ours.add(key)
    held.callback(_ours.discard, key)


def _take(path: Path, held: ExitStack) -> None:
    """Take the lock against other processes."""
    for _ in range(_TRIES):
        with ExitStack() as attempt:
            if os.name == "nt":  # which removes no open file
                attempt.callback(_remove, path)
            try:
                file = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
            except OSError as error:
                raise OutputError(f"{path}: cannot be written ({error.strerror})") from error
            attempt.callback(os.close, file)
            _lock(path, attempt)
            # An owner removes its file before it lets go: then we hold a lock that nobody sees.
            # Our handle keeps the inode's number from being given to a new file.
            if _is_named(path, file):
                attempt.callback(_remove, path)
                held.push(attempt.pop_all())
                return
    raise OutputError(
        f"{path}: cannot be locked, because other processes keep locking it; try again"
    )


def _lock(path: Path, attempt: ExitStack) -> None:
    try:
        connection = sqlite3.connect(path, timeout=0, isolation_level=None)
        attempt.enter_context(closing(connection))
        connection.execute("PRAGMA journal_mode=OFF")
        connection.execute("BEGIN EXCLUSIVE")
    except sqlite3.DatabaseError as error:
        if "is locked" in str(error):
            raise _is_running(path.parent) from error
        raise OutputError(f"{path}: cannot be locked ({first_line(error)})") from error


def _is_named(path: Path, file: int) -> bool:
    """Tell whether an open file is the one that others find under the name."""
    try:
        return os.path.samestat(path.stat(), os.fstat(file))
    except OSError:
        return False


def _remove(path: Path) -> None:
    with suppress(OSError):
        path.unlink()


def _is_running(folder: Path) -> OutputError:
    return OutputError(
        f"{folder}: another scan or recording is writing here; wait until it ends, or choose "
        "another folder"
    )
