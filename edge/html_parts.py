"""Pieces of HTML; all text is escaped here, because names come from outside."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from html import escape


def text_of(value: object) -> str:
    """Return a value as text that is safe in HTML, also in a quoted attribute."""
    return escape(str(value))


def table_of(
    head: Sequence[str], rows: Sequence[Sequence[str]], *, mark_first: bool = False
) -> str:
    """Return a table that scrolls by itself where the screen is too narrow."""
    body = "".join(row_of(row, mark=mark_first and i == 0) for i, row in enumerate(rows))
    return wide(row_of(head, cell="th") + body)


def wide(rows: str) -> str:
    """Wrap rows of HTML into a table that scrolls by itself."""
    return f"<div class=wide><table>{rows}</table></div>"


def row_of(cells: Sequence[str], *, cell: str = "td", mark: bool = False) -> str:
    """Return one row of a table; a marked one stands out."""
    inside = "".join(f"<{cell}>{text_of(text)}" for text in cells)
    return f"<tr{' class=all' if mark else ''}>{inside}</tr>"


def image_of(data: bytes, kind: str, *, alt: str) -> str:
    """Return a picture that lies in the page itself; kind is its media type."""
    link = f"data:{kind};base64,{b64encode(data).decode()}"
    return f"<img alt='{text_of(alt)}' src='{link}'>"
