"""What a benchmark prints: plain tables, what they say, and how far to trust them."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence

from benchmarks.output.figures import summarise
from benchmarks.output.formatting import MAX_NAME, plain, shorten
from benchmarks.output.summary import (
    explain_disturbance,
    explain_stop,
    explain_unsteady,
    list_headlines,
    list_problems,
)
from benchmarks.output.table import Column, Table
from benchmarks.output.tables import list_tables
from benchmarks.result_types import Results
from edge.files.formatting import format_value

WIDTH = 110
_GAP = "  "
# Of the page only: a terminal shows what decides.
_LEFT_OUT = {"files", "sources"}


def describe_results(results: Results) -> list[str]:
    """Return results as lines of text, tables about ``WIDTH`` wide.

    Args:
        results: as in ``results.schema.json``; names in them are third-party.
    """
    disturbance = explain_disturbance(results)
    lines = [disturbance] if disturbance else []
    lines += [describe_machine_line(results), f"{explain_stop(results)}"]
    for table in list_tables(results):
        if table.key not in _LEFT_OUT:
            lines += ["", table.title, *_draw_table(table)]
            lines += [table.note] if table.note else []
    lines += _list_headlines(results)
    if disturbance:
        # Long tables push the first line off the screen.
        lines += ["", disturbance]
    return lines


def describe_machine_line(results: Results) -> str:
    """Return the machine in one line: what distinguishes it, not all that is known."""
    facts = results["machine"]
    known = [facts[key] for key in ("board", "processor", "system") if facts.get(key)]
    texts = [shorten(plain(format_value(fact)), MAX_NAME) for fact in known]
    if facts.get("cores"):
        texts.insert(
            -1 if facts.get("system") else len(texts), f"{format_value(facts['cores'])} cores"
        )
    return ", ".join(texts) or "machine unknown"


def _list_headlines(results: Results) -> Iterable[str]:
    headlines = list_headlines(summarise(results))
    if headlines:
        yield ""
        yield from (f"{title}: {text}" for title, text in headlines)
    if unsteady := explain_unsteady(results):
        yield unsteady
    if problems := list_problems(results):
        yield ""
        yield "Not measured:"
        yield from (f"  {problem}" for problem in problems)


def _draw_table(table: Table) -> Iterable[str]:
    """Draw a table; names of files become lines of their own if it is too wide or they repeat."""
    head = [column.title for column in table.columns]
    rows = [[str(cell) for cell in row] for row in table.rows]
    if not table.repeats_files and _width_of_rows([head, *rows]) <= WIDTH:
        yield from _align(table.columns, [head, *rows])
        return
    inner = [head[1:], *(row[1:] for row in rows)]
    drawn = list(_align(table.columns[1:], inner))
    yield f"  {drawn[0]}"
    name = None
    for row, line in zip(rows, drawn[1:], strict=True):
        if row[0] != name:
            name = row[0]
            yield name
        yield f"  {line}"


def _align(columns: Sequence[Column], rows: Sequence[Sequence[str]]) -> Iterable[str]:
    widths = _widths_of(rows)
    for row in rows:
        cells = [
            text + " " * (width - cells_of(text))
            if column.is_text
            else " " * (width - cells_of(text)) + text
            for column, text, width in zip(columns, row, widths, strict=True)
        ]
        yield _GAP.join(cells).rstrip()


def _widths_of(rows: Sequence[Sequence[str]]) -> list[int]:
    return [max(map(cells_of, column)) for column in zip(*rows, strict=True)]


def _width_of_rows(rows: Sequence[Sequence[str]]) -> int:
    widths = _widths_of(rows)
    return sum(widths) + len(_GAP) * (len(widths) - 1)


def cells_of(text: str) -> int:
    """Return how many places of a terminal a text takes: two for wide signs, none for marks."""
    wide = sum(unicodedata.east_asian_width(sign) in ("W", "F") for sign in text)
    return len(text) + wide - sum(unicodedata.combining(sign) > 0 for sign in text)
