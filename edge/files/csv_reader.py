"""Read CSV files that people write, with errors that name the line."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from edge.files.errors import DataError


@dataclass(frozen=True)
class CsvTable:
    """A CSV as it was written.

    Attributes:
        separator: what stands between its cells.
        head: the names of its columns.
        rows: for each line where it stands (file and line, for messages) and its cells by column;
            those that are missing are None.
    """

    separator: str
    head: Sequence[str]
    rows: Sequence[tuple[str, Mapping[str, str | None]]]


def read_csv_table(path: Path, *, separators: str = ",") -> CsvTable:
    """Read a CSV with a header.

    Args:
        path: of the file.
        separators: that may stand between its cells; the header decides which one does.

    Raises:
        DataError: the file cannot be read or is not a CSV.
    """
    try:
        # File names that are not UTF-8 survive, as in Python's own paths.
        text = path.read_text(encoding="utf-8-sig", errors="surrogateescape")
        separator = max(separators, key=text.partition("\n")[0].count)
        rows = csv.DictReader(io.StringIO(text), restkey="", delimiter=separator)
        head = tuple(rows.fieldnames or ())
        found = [(f"{path}, line {rows.line_num}", row) for row in rows]
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror})") from error
    except csv.Error as error:
        raise DataError(f"{path}: cannot be read as CSV ({error})") from error
    return CsvTable(separator, head, found)


def read_csv_rows(
    path: Path, *, required: Sequence[str], columns: Sequence[str], more: str = ""
) -> list[tuple[str, Mapping[str, str]]]:
    """Read known columns of a CSV with a header.

    Missing cells are empty, spaces around values are dropped.

    Args:
        path: of the file.
        required: columns that must be there.
        columns: all that are known.
        more: where the other columns are described, for messages.

    Returns:
        For each line where it stands (file and line, for messages) and its values by column.

    Raises:
        DataError: the file cannot be read, is not a CSV, lacks a column or holds no lines.
    """
    table = read_csv_table(path)
    if missing := [column for column in required if column not in table.head]:
        raise DataError(
            f"{path}: expected a first line {','.join(required)}; it lacks {', '.join(missing)}"
            + (f" (other columns: {more})" if more else "")
        )
    if not table.rows:
        raise DataError(f"{path}: has no lines below its header")
    return [
        (where, {key: (row.get(key) or "").strip() for key in columns}) for where, row in table.rows
    ]
