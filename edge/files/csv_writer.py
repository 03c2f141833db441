"""Write lines of CSV (RFC 4180) that programs and spreadsheets read."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from edge.files.text_encoding import encode_filename

_QUOTED = re.compile('[,"\r\n]')
# What makes a spreadsheet take a text for a formula (OWASP, "CSV Injection").
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\0")


def make_csv(
    columns: Sequence[str], rows: Iterable[Mapping[str, str]], *, prose: Iterable[str] = ()
) -> bytes:
    """Return a table: a header, then a line for each row, UTF-8, names as their own bytes.

    Spreadsheets run a text as a formula if it begins with one of ``= + - @``, and quotes do not
    hinder them. Text for people (``prose``) gets an apostrophe before it. A name is what programs
    join on and open files by, so it stays as it is: import the names of strangers' files as text.

    Args:
        columns: in their order.
        rows: the text of each cell, by column.
        prose: columns of text that comes from outside and that nobody joins on.
    """
    guarded = frozenset(prose)
    lines = [",".join(columns)]
    for row in rows:
        lines.append(",".join(_quote(row[key], guard=key in guarded) for key in columns))
    return encode_filename("\n".join(lines) + "\n")


def _quote(text: str, *, guard: bool) -> str:
    if guard and text.startswith(_FORMULA):
        text = f"'{text}"
    # Python's csv.writer leaves a lone \r unquoted before 3.11.9: its own reader then stops there.
    return '"{}"'.format(text.replace('"', '""')) if _QUOTED.search(text) else text
