"""A scan's SQLite file: how it is opened and closed, its transactions, its errors in words."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from edge.files.errors import DataError, InputError, OutputError, first_line
from edge.store.rows import SCHEMA

SCHEMA_VERSION = 2
# In the file's header: it is a store of ours and no database of another program.
APPLICATION_ID = int.from_bytes(b"crck", "big")

_BUSY_S = 30
_ANEW = "scan into another folder, or scan again with --force"
_REMEDIES = {
    "full": "make room on the disk and run the same command again",
    "is locked": "another program uses the file; close it and run the same command again",
    "readonly": "copy the folder to a place where it can be written",
    "unable to open": "copy the folder to a place where it can be written",
    "not a database": _ANEW,
    "malformed": f"the file is damaged; {_ANEW}",
}


class StoreFile:
    """A connection to the file; what goes wrong on it is told as an error that names the file.

    Args:
        path: of the file.
        writes: OutputError tells what goes wrong; DataError where it is only read.
    """

    def __init__(self, path: Path, *, writes: bool) -> None:
        self.path = path
        self.error: type[InputError] = OutputError if writes else DataError
        self._is_writing = False
        self._cursors: set[sqlite3.Cursor] = set()
        # Opened to write even by a reader: after a kill SQLite has something to bring in order.
        with self.explained("cannot be opened"):
            self._connection = sqlite3.connect(path, timeout=_BUSY_S, isolation_level=None)

    def close(self) -> None:
        """Leave one plain file, which can be read from a medium that nobody can write to."""
        for cursor in self._cursors:  # of those who did not read to the end
            cursor.close()
        # All is committed: where a reader is in the way, whoever closes last tidies up.
        if self._is_writing:
            with suppress(sqlite3.Error):
                self._connection.execute("PRAGMA busy_timeout=0")
                self._connection.execute("PRAGMA journal_mode=DELETE")
        self._connection.close()

    @contextmanager
    def explained(self, what: str) -> Iterator[None]:
        """Turn what SQLite says inside into the file's error."""
        try:
            yield
        except sqlite3.ProgrammingError:
            raise
        # SQLite quotes damaged schemas byte for byte, and Python fails to read its message.
        except (sqlite3.DatabaseError, UnicodeDecodeError) as error:
            reason = first_line(error)
            remedy = next((words for sign, words in _REMEDIES.items() if sign in reason), None)
            raise self.error(
                f"{self.path}: {what} ({reason})" + (f"; {remedy}" if remedy else "")
            ) from error

    def holds_scan(self) -> bool:
        """Tell whether the tables are there; an empty file was ended before they were made.

        Raises:
            InputError: the file is of a newer version, of another program, or no database.
        """
        with self.explained("cannot be read as a scan"):
            (application,), (version,), (objects,) = (
                self._connection.execute(question).fetchone()
                for question in (
                    "PRAGMA application_id",
                    "PRAGMA user_version",
                    "SELECT COUNT(*) FROM sqlite_master",
                )
            )
        if application == version == objects == 0:
            return False
        if application != APPLICATION_ID:
            raise self.error(
                f"{self.path}: is not a scan but the database of another program; choose another "
                "folder"
            )
        if version < SCHEMA_VERSION:
            raise self.error(
                f"{self.path}: was made by an older crack-edge (version {version} of the file, "
                f"expected {SCHEMA_VERSION}); {_ANEW}"
            )
        if version > SCHEMA_VERSION:
            raise self.error(
                f"{self.path}: was made by a newer crack-edge (version {version} of the file, "
                f"expected {SCHEMA_VERSION}); update: pip install -U crack-edge"
            )
        return True

    def begin_reading(self) -> None:
        """Rule out that anything is changed."""
        with self.explained("cannot be read"):
            self._connection.execute("PRAGMA query_only=ON")

    def begin_writing(self) -> None:
        """Make each commit survive a power cut, and let others read meanwhile."""
        with self.explained("cannot be written"):
            # Where a file system has no shared memory SQLite keeps its older journal: as safe,
            # but readers and the writer wait for one another.
            self._connection.execute("PRAGMA journal_mode=WAL")
            self._connection.execute("PRAGMA synchronous=FULL")
            self._connection.execute("PRAGMA fullfsync=ON")
            self._connection.execute("PRAGMA foreign_keys=ON")
        self._is_writing = True

    def make_tables(self) -> None:
        """Make the tables, inside a transaction."""
        for statement in SCHEMA:
            self._connection.execute(statement)
        self._connection.execute(f"PRAGMA application_id={APPLICATION_ID}")
        self._connection.execute(f"PRAGMA user_version={SCHEMA_VERSION}")

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Write all that happens inside, or nothing."""
        with self.explained("cannot be written"):
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._connection.execute("COMMIT")
            finally:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")

    def execute(self, statement: str, *values: Any) -> int | None:
        """Run a statement, inside a transaction; returns the number of the row it made."""
        return self._connection.execute(statement, values).lastrowid

    def insert(self, table: str, columns: str, values: Sequence[Any]) -> int | None:
        """Put a row into a table, inside a transaction; returns its number."""
        places = ", ".join("?" * len(values))
        return self.execute(f"INSERT INTO {table} ({columns}) VALUES ({places})", *values)

    def fetch(self, question: str, *values: Any) -> tuple[Any, ...] | None:
        """Return the one row that answers a question, if there is one."""
        with self.explained("cannot be read"):
            row: tuple[Any, ...] | None = self._connection.execute(question, values).fetchone()
        return row

    def rows(self, question: str, *values: Any) -> Iterator[tuple[Any, ...]]:
        """Yield the rows that answer a question."""
        with self.explained("cannot be read"):
            cursor = self._connection.execute(question, values)
            self._cursors.add(cursor)
            try:
                for row in cursor:  # noqa: UP028 (it would close the cursor, maybe too late)
                    yield row
            finally:
                self._cursors.discard(cursor)

    def meta(self, key: str) -> Any:
        """Return a fact about the scan; None if it is not there."""
        row = self.fetch("SELECT value FROM meta WHERE key = ?", key)
        try:
            return None if row is None else json.loads(row[0])
        except (TypeError, ValueError, RecursionError) as error:
            raise self.damaged(f"{key}: {error}") from error

    def put_meta(self, key: str, value: Any) -> None:
        """Keep a fact about the scan, inside a transaction."""
        self.execute(
            "INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)", key, json.dumps(value)
        )

    def damaged(self, where: str) -> InputError:
        """Return the error for content that makes no sense."""
        return self.error(f"{self.path}: is damaged ({where}); {_ANEW}")
