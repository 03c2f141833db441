"""What a benchmark prints: plain tables, what they say, and how far to trust them."""

from __future__ import annotations

import textwrap
import unicodedata
from collections.abc import Iterable, Sequence

from benchmarks.output.figures import summarise
from benchmarks.output.formatting import MAX_NAME, plain, shorten
from benchmarks.output.summary import (
    conclude,
    explain_disturbance,
    explain_stop,
    explain_unsteady,
    list_problems,
)
from benchmarks.output.table import Column, Table
from benchmarks.output.tables import list_tables
from benchmarks.result_types import Results
from edge.files.formatting import format_value

WIDTH = 100
_GAP = "  "
# Only on the page and in the Markdown file: a terminal shows what decides.
_LEFT_OUT = {"files", "sources", "throughput", "start", "stages"}
_LEFT_OUT_COLUMNS = {"remark", "accuracy"}


def describe_results(results: Results) -> list[str]:
    """Return results as lines of text, tables about ``WIDTH`` wide.

    Args:
        results: as in ``results.schema.json``; names in them are third-party.
    """
    disturbance = explain_disturbance(results)
    lines = [disturbance] if disturbance else []
    lines += [describe_machine_line(results), *_wrap(explain_stop(results))]
    for table in list_tables(results):
        if table.key not in _LEFT_OUT:
            lines += ["", table.title, *_draw_table(table)]
            lines += _wrap(table.note)
    lines += _list_conclusions(results)
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


def _wrap(text: str) -> list[str]:
    return textwrap.wrap(text, WIDTH, break_long_words=False, break_on_hyphens=False)


def _list_conclusions(results: Results) -> Iterable[str]:
    if unsteady := explain_unsteady(results):
        yield ""
        yield from _wrap(unsteady)
    if conclusion := conclude(summarise(results)):
        yield ""
        yield from _wrap(conclusion.text)
    if problems := list_problems(results):
        yield ""
        yield "Not measured:"
        yield from (f"  {problem}" for problem in problems)


def _draw_table(table: Table) -> Iterable[str]:
    """Draw a table; names of files become lines of their own if it is too wide or they repeat."""
    kept = [
        place for place, column in enumerate(table.columns) if column.title not in _LEFT_OUT_COLUMNS
    ]
    columns = [table.columns[place] for place in kept]
    head = [column.title for column in columns]
    rows = [[str(row[place]) for place in kept] for row in table.rows]
    if not table.repeats_files and _width_of_rows([head, *rows]) <= WIDTH:
        yield from _align(columns, [head, *rows])
        return
    inner = [head[1:], *(row[1:] for row in rows)]
    drawn = list(_align(columns[1:], inner))
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
