"""Read CSV files that people write, with errors that name the line."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path

from edge.files.errors import DataError


def read_csv_rows(
    path: Path, *, required: Sequence[str], columns: Sequence[str], more: str = ""
) -> list[tuple[str, Mapping[str, str]]]:
    """Read a CSV with a header; missing cells are empty, spaces around values are dropped.

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
    try:
        # File names that are not UTF-8 survive, as in Python's own paths.
        text = path.read_text(encoding="utf-8-sig", errors="surrogateescape")
        rows = csv.DictReader(io.StringIO(text), restkey="")
        head = set(rows.fieldnames or ())
        found = [(f"{path}, line {rows.line_num}", row) for row in rows]
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror})") from error
    except csv.Error as error:
        raise DataError(f"{path}: cannot be read as CSV ({error})") from error
    if missing := [column for column in required if column not in head]:
        raise DataError(
            f"{path}: expected a first line {','.join(required)}; it lacks {', '.join(missing)}"
            + (f" (other columns: {more})" if more else "")
        )
    if not found:
        raise DataError(f"{path}: has no lines below its header")
    return [(where, {key: (row.get(key) or "").strip() for key in columns}) for where, row in found]
