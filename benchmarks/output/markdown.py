"""Results as Markdown, for an issue or a README."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from html import escape

from benchmarks.output.figures import summarise
from benchmarks.output.formatting import plain
from benchmarks.output.summary import (
    conclude,
    explain_disturbance,
    explain_stop,
    list_headlines,
    list_problems,
)
from benchmarks.output.table import Table
from benchmarks.output.tables import list_tables
from benchmarks.output.terminal import describe_machine_line
from benchmarks.result_types import Results

# What Markdown, its tables, GitHub's formulas and its links by themselves make something of.
_SIGNS = re.compile(r"([\\`*_\[\]|~$]|:(?=//))")
_WWW = re.compile(r"(?i)\b(www)\.")


def render_markdown(results: Results, plots: Sequence[str] = ()) -> str:
    """Return what results say, and their tables.

    Args:
        results: as in ``results.schema.json``; names in them are third-party and are escaped.
        plots: names of those that lie beside the file in the folder ``plots``.
    """
    return "\n".join([*_begin(results), *_tables(results), *_end(results, plots)]) + "\n"


def escape_markdown(text: str) -> str:
    """Return a third-party text that Markdown shows as it is, in one line."""
    escaped = escape(_SIGNS.sub(r"\\\1", plain(text)), quote=False)
    return _WWW.sub(r"\1\\.", escaped)


def _begin(results: Results) -> Iterable[str]:
    yield "# Benchmark"
    yield ""
    if disturbance := explain_disturbance(results):
        yield f"**{escape_markdown(disturbance)}**"
        yield ""
    version, made = (escape_markdown(results[key]) for key in ("crack_edge", "made"))
    yield f"{escape_markdown(describe_machine_line(results))}; crack-edge {version}, {made}."
    yield f"{escape_markdown(explain_stop(results))}."
    rows = summarise(results)
    if conclusion := conclude(rows):
        yield ""
        yield escape_markdown(conclusion.text)
    if headlines := list_headlines(rows):
        yield ""
        yield from (f"- **{title}**: {escape_markdown(text)}" for title, text in headlines)


def _tables(results: Results) -> Iterable[str]:
    for table in list_tables(results):
        yield ""
        yield f"## {table.title}"
        yield ""
        yield from draw_markdown_table(table)
        if table.note:
            yield ""
            yield escape_markdown(table.note)


def draw_markdown_table(table: Table) -> Iterable[str]:
    """Draw a table; figures stand on the right."""
    yield _line(escape_markdown(column.title) for column in table.columns)
    yield "|" + "|".join("---" if column.is_text else "--:" for column in table.columns) + "|"
    for row in table.rows:
        yield _line(escape_markdown(str(cell)) for cell in row)


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _end(results: Results, plots: Sequence[str]) -> Iterable[str]:
    if plots:
        yield ""
        yield "## Plots"
        yield ""
        yield from (f"![{name}](plots/{name}.png)" for name in plots)
    if problems := list_problems(results):
        yield ""
        yield "## Not measured"
        yield ""
        yield from (f"- {escape_markdown(problem)}" for problem in problems)
