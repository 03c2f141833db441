"""One page that shows what a benchmark found; it needs no network and no script."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from benchmarks.output.conclusions import (
    explain_disturbance,
    explain_stop,
    explain_unsteady,
    list_conclusions,
)
from benchmarks.output.figures import summarise
from benchmarks.output.spelling import UNKNOWN, Cell, plain, spell
from benchmarks.output.table import Column, Table
from benchmarks.output.tables import list_tables
from benchmarks.output.terminal import describe_machine_line
from edge.files.formatting import format_value
from edge.files.html import (
    Html,
    facts_of,
    image_of,
    list_of,
    page_of,
    row_of,
    text_of,
    wide,
)
from edge.files.text_encoding import replace_undecodable

INSTALL_PLOTS = "pip install 'crack-edge[plots]'"
_STYLE = """
body { max-width: 76rem } h2 { border-top: 1px solid #ddd; padding-top: 1rem }
.text { text-align: left } .wide td { white-space: nowrap } .ends { color: #555; font-size: .85em }
.wide tr.all td { text-align: left; padding-top: .6rem }
.wide tr.all td { white-space: normal; overflow-wrap: anywhere }
.facts td:first-child { overflow-wrap: anywhere }
.wide tr:not(.all) td:first-child, .wide th:first-child { padding-left: .6rem }
.wide td.text { white-space: normal; overflow-wrap: anywhere; min-width: 4.6rem; max-width: 18rem }
.found td { text-align: left; vertical-align: top; overflow-wrap: anywhere }
.found td:first-child { font-weight: 600; min-width: 8.5rem; overflow-wrap: normal }
figure { margin: .8rem 0; max-width: 56rem } figcaption { margin-bottom: .4rem; font-size: .9rem }
@media (max-width: 40rem) {
  .ends, .found td { display: block } .found td:first-child { border: 0; padding-bottom: 0 }
  .found td { padding-left: 0 } figure .wide img { width: 40rem; max-width: none }
}
"""
# Where each plot stands, and what is seen there.
_PLOTS = {
    "accuracy": (
        "accuracy",
        "Accuracy of the tile view against latency: up and to the left is better. What is on the "
        "dashed line is beaten by no other in both; bars are 95 % intervals. Of many files only "
        "those on the line are named.",
    ),
    "accuracy-dense": (
        "accuracy",
        "The same of the dense view, by time for a megapixel.",
    ),
    "latency": (
        "latency",
        "How the latencies are spread. Left in ms; right each divided by its own median, so that "
        "spikes can be seen. The box holds the middle half, the line 98 %, the diamond is p90, "
        "dots lie beyond (those above 3 times the median are drawn there).",
    ),
    "scaling": (
        "throughput",
        "What more threads of one interpreter give. Right against one thread: the dotted line "
        "would be twice as fast on two.",
    ),
    "throughput": (
        "throughput",
        "Tiles per second of processes side by side, each with so many threads.",
    ),
    "stages": ("stages", "Where the time of one photo goes, on one thread."),
}
PLOT_NAMES = tuple(_PLOTS)
_ALTS = {
    "accuracy": "accuracy against latency of a tile",
    "accuracy-dense": "accuracy against latency of the dense view",
    "latency": "spread of the latencies",
    "scaling": "speed over threads",
    "throughput": "throughput of processes and threads",
    "stages": "stages of a photo",
}
_ORDER = (
    "summary", "accuracy", "scores", "sources", "latency", "throughput", "start", "stages",
    "energy", "files",
)  # fmt: skip
_METHOD = (
    "All files took turns in one run, in a new random order each round, so that heat and other "
    "work met all of them alike.",
    "Each sitting started all processes anew, because where a program lies in memory changes its "
    "speed.",
    "After each start all ran until their times were steady; those runs, and the first of each "
    "turn, do not count.",
    "In each round a fixed piece of work, the yardstick, was timed too: two runs are compared by "
    "their lowest latencies over those of the yardstick.",
    "Intervals hold 95 %; for latencies whole sittings and rounds are what varies, for accuracy "
    "whole photos are drawn where they are known.",
)


def render_page(results: Mapping[str, Any], plots: Mapping[str, bytes]) -> str:
    """Return the page as HTML; names come from outside and are escaped.

    Args:
        results: as in ``results.schema.json``.
        plots: PNG files by name, see ``benchmarks.output.plots.draw_plots``; none where
            matplotlib is missing.
    """
    parts = [
        *_summary(results),
        *_tables(results, plots),
        *_problems(results),
        *_method(results),
        *_conditions(results),
        *_origin(results),
    ]
    return replace_undecodable(page_of("Benchmark", parts, style=_STYLE))


def _summary(results: Mapping[str, Any]) -> Iterable[str]:
    """Say what was found, and how far it can be trusted."""
    count = len(results["files"])
    yield f"<h1>Benchmark of {count} file{'s' * (count > 1)}</h1>"
    made = plain(results["made"])
    yield f"<p>{text_of(describe_machine_line(results))}; {text_of(made)}.</p>"
    if disturbance := explain_disturbance(results):
        yield f"<p class=warn>{text_of(disturbance)}.</p>"
    if conclusions := list_conclusions(summarise(results)):
        rows = "".join(
            f"<tr><td>{text_of(title)}<td>{text_of(text)}</tr>" for title, text in conclusions
        )
        yield f"<table class=found>{rows}</table>"
    yield f"<p class=note>{text_of(explain_stop(results))}.</p>"
    if unsteady := explain_unsteady(results):
        yield f"<p class=note>{text_of(unsteady)}.</p>"


def _tables(results: Mapping[str, Any], plots: Mapping[str, bytes]) -> Iterable[str]:
    """Show each table below its plots; those that tell most come first."""
    if not plots:
        yield f"<p class=note>For plots: {text_of(INSTALL_PLOTS)}, then make the report anew.</p>"
    tables = {table.key: table for table in list_tables(results)}
    for key in _ORDER:
        shown = [name for name, (where, _) in _PLOTS.items() if where == key and name in plots]
        if key not in tables and not shown:
            continue
        table = tables.get(key)
        yield f"<h2>{text_of(table.title if table else _ALTS[shown[0]].capitalize())}</h2>"
        for name in shown:
            picture = image_of(plots[name], "image/png", alt=_ALTS[name])
            yield (
                f"<figure><figcaption>{_PLOTS[name][1]}</figcaption>"
                f"<div class=wide>{picture}</div></figure>"
            )
        if table:
            yield _draw_table(table)
            yield f"<p class=note>{text_of(table.note)}</p>" if table.note else ""


def _draw_table(table: Table) -> str:
    """Draw a table; names of files that repeat become lines of their own, for narrow screens."""
    first = 1 if table.repeats_files else 0
    columns = table.columns[first:]
    lines = [_row("th", columns, [Html(text_of(column.title)) for column in columns])]
    name = None
    for row in table.rows:
        if first and row[0].text != name:
            name = row[0].text
            lines.append(f"<tr class=all><td colspan={len(columns)}>{text_of(name)}</tr>")
        lines.append(_row("td", columns, [_draw_cell(cell) for cell in row[first:]]))
    return wide("".join(lines))


def _row(kind: str, columns: Sequence[Column], cells: Sequence[Html]) -> str:
    inside = "".join(
        f"<{kind}{' class=text' * column.is_text}>{cell}"
        for column, cell in zip(columns, cells, strict=True)
    )
    return f"<tr>{inside}</tr>"


def _draw_cell(cell: Cell) -> Html:
    ends = f" <span class=ends>({text_of(cell.ends)})</span>" if cell.ends else ""
    return Html(f"{text_of(cell.text)}{ends}")


def _problems(results: Mapping[str, Any]) -> Iterable[str]:
    if results["problems"]:
        yield "<h2>Not measured</h2>"
        yield list_of(
            plain(
                f"{', '.join(problem[key] for key in ('file', 'backend') if problem[key])}: "
                f"{problem['text']}"
            )
            for problem in results["problems"]
        )


def _method(results: Mapping[str, Any]) -> Iterable[str]:
    yield "<h2>How it was measured</h2>"
    yield list_of(_METHOD)
    if yardstick := results["yardstick"]:
        yield (
            f"<p class=note>The yardstick: {text_of(plain(yardstick['what']))}, "
            f"version {text_of(plain(yardstick['version']))}, "
            f"median {spell(yardstick['median_ms'])} ms.</p>"
        )


def _conditions(results: Mapping[str, Any]) -> Iterable[str]:
    """Show what else could have changed the times."""
    found = results["conditions"]
    readings = [found["before"], found["after"]]
    rows = [
        ("busy cores", [_figure(one["load_cores"], 2) for one in readings]),
        ("temperature °C", [_figure(one["temperature_c"], 1) for one in readings]),
        ("frequency MHz", [_figure(one["frequency_mhz"], 0) for one in readings]),
        ("memory free MB", [_figure(one["memory_free_mb"], 0) for one in readings]),
        ("held back by", [plain("; ".join(one["limits"])) or "nothing known" for one in readings]),
    ]
    yield "<h2>Conditions</h2>"
    body = "".join(row_of([name, *texts]) for name, texts in rows)
    yield wide(row_of(["", "before", "after"], cell="th") + body)
    others, stolen = found["others_cores"], found["stolen_share"]
    yield (
        f"<p>While latencies were measured, other work kept {_figure(others, 2)} cores busy, and "
        f"a hypervisor took {_figure(None if stolen is None else 100 * stolen, 1)} % of the time "
        f"({UNKNOWN} is not known).</p>"
    )


def _figure(value: float | None, decimals: int) -> str:
    return spell(value, decimals=decimals).text


def _origin(results: Mapping[str, Any]) -> Iterable[str]:
    """Say on what and by what it was measured, so that it can be measured again."""
    sections: dict[str, Mapping[str, Any]] = {
        "Machine": results["machine"],
        "Settings": {"crack-edge": results["crack_edge"], **results["settings"]},
    }
    if results["accuracy"]:
        sections["Pictures"] = results["accuracy"]["data"]
    for title, values in sections.items():
        if values:
            spelled = {plain(key): _word(value) for key, value in values.items()}
            yield f"<h2>{title}</h2>{facts_of(spelled)}"


def _word(value: Any) -> str:
    if value is None:
        return "not known"
    return (
        {True: "yes", False: "no"}[value] if isinstance(value, bool) else plain(format_value(value))
    )
