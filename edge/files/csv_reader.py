"""Read CSV files that people write, with errors that name the line."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path

from edge.files.errors import DataError


def read_csv_rows(
    path: Path, *, required: Sequence[str], columns: Sequence[str]
) -> list[tuple[str, Mapping[str, str]]]:
    """Read a CSV with a header; missing cells are empty, spaces around values are dropped.

    Args:
        path: of the file.
        required: columns that must be there.
        columns: all that are known, for messages.

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
    except (OSError, csv.Error) as error:
        raise DataError(f"{path}: cannot be read as CSV ({error})") from error
    if not set(required) <= head:
        raise DataError(f"{path}: its first line must be {','.join(columns)}")
    if not found:
        raise DataError(f"{path}: holds no lines below its header")
    return [(where, {key: (row.get(key) or "").strip() for key in columns}) for where, row in found]
