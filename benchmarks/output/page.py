"""One page that shows what a benchmark found; it needs no network and no script."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from benchmarks.output.figures import summarise
from benchmarks.output.formatting import UNKNOWN, plain, spell
from benchmarks.output.summary import (
    conclude,
    explain_disturbance,
    explain_stop,
    explain_unsteady,
    list_headlines,
    list_problems,
)
from benchmarks.output.table import Table
from benchmarks.output.tables import list_tables
from benchmarks.output.terminal import describe_machine_line
from benchmarks.result_types import ReadingKey, Results
from edge.files.formatting import format_value
from edge.files.html_template import render_template
from edge.files.text_encoding import replace_undecodable

INSTALL_PLOTS = "pip install 'crack-edge[plots]'"


@dataclass(frozen=True)
class Plot:
    """A plot of the page.

    Attributes:
        section: key of the table that it stands above.
        alt: what it shows, in a few words.
        caption: how to read it.
    """

    section: str
    alt: str
    caption: str


_PLOTS = {
    "accuracy": Plot(
        "accuracy",
        "accuracy against latency of a tile",
        "Accuracy of the tile view against latency: up and to the left is better. No file is both "
        "faster and more accurate than those on the dashed line. Bars are 95 % intervals. Where "
        "there are many files, only those on the line are named.",
    ),
    "accuracy-dense": Plot(
        "accuracy",
        "accuracy against latency of the dense view",
        "The same for the dense view, by the time for a megapixel.",
    ),
    "latency": Plot(
        "latency",
        "spread of the latencies",
        "How the latencies are spread: on the left in ms, on the right divided by their own "
        "median, which shows spikes. The box holds the middle half and the line 98 %; the diamond "
        "is p90, and dots lie beyond (those above 3 times the median are drawn at 3).",
    ),
    "scaling": Plot(
        "throughput",
        "speed over threads",
        "What more threads of one interpreter gain. On the right compared with one thread: on the "
        "dotted line two threads would be twice as fast.",
    ),
    "throughput": Plot(
        "throughput",
        "throughput of processes and threads",
        "Tiles per second of several processes side by side, and the threads of each.",
    ),
    "stages": Plot(
        "stages", "stages of a photo", "Where the time of one photo goes, on one thread."
    ),
}
PLOT_NAMES = tuple(_PLOTS)
# The most informative come first.
_ORDER = (
    "summary", "accuracy", "scores", "sources", "latency", "throughput", "start", "stages", "files"
)  # fmt: skip


@dataclass(frozen=True)
class _ShownPlot:
    caption: str
    alt: str
    png: bytes


@dataclass(frozen=True)
class _Section:
    title: str
    plots: list[_ShownPlot]
    table: Table | None


def render_page(results: Results, plots: Mapping[str, bytes]) -> str:
    """Return the page as HTML; names are third-party and are escaped.

    Args:
        results: as in ``results.schema.json``.
        plots: PNG files by name, see ``benchmarks.output.plots.draw_plots``; none where
            matplotlib is missing.

    Raises:
        ImportError: Jinja2 is not installed.
    """
    rows = summarise(results)
    page = render_template(
        "benchmarks.output",
        "report.html",
        title="Benchmark",
        file_count=len(results["files"]),
        machine=describe_machine_line(results),
        made=plain(results["made"]),
        disturbance=explain_disturbance(results),
        conclusion=conclude(rows),
        headlines=list_headlines(rows),
        stop=explain_stop(results),
        unsteady=explain_unsteady(results),
        has_plots=bool(plots),
        install_plots=INSTALL_PLOTS,
        sections=_list_sections(results, plots),
        problems=list_problems(results),
        reference=_describe_reference(results),
        conditions=_list_conditions(results),
        others=_describe_others(results),
        origin=_describe_origin(results),
    )
    return replace_undecodable(page)


def _list_sections(results: Results, plots: Mapping[str, bytes]) -> list[_Section]:
    """Return each table with its plots."""
    tables = {table.key: table for table in list_tables(results)}
    sections = []
    for key in _ORDER:
        shown = [
            _ShownPlot(plot.caption, plot.alt, plots[name])
            for name, plot in _PLOTS.items()
            if plot.section == key and name in plots
        ]
        table = tables.get(key)
        if table or shown:
            title = table.title if table else shown[0].alt.capitalize()
            sections.append(_Section(title, shown, table))
    return sections


def _describe_reference(results: Results) -> str:
    reference = results["reference_workload"]
    if not reference:
        return ""
    return (
        f"The reference workload: {plain(reference['what'])}, version "
        f"{plain(reference['version'])}, median {spell(reference['median_ms'])} ms."
    )


def _list_conditions(results: Results) -> list[list[str]]:
    """Return rows on what else could have changed the times, before and after."""
    readings = [results["conditions"]["before"], results["conditions"]["after"]]
    figures: dict[str, tuple[ReadingKey, int]] = {
        "load average": ("load_cores", 2),
        "temperature °C": ("temperature_c", 1),
        "frequency MHz": ("frequency_mhz", 0),
        "memory free MB": ("memory_free_mb", 0),
    }
    limits = [plain("; ".join(one["limits"])) or "nothing known" for one in readings]
    return [
        [name, *(_figure(one[key], decimals) for one in readings)]
        for name, (key, decimals) in figures.items()
    ] + [["held back by", *limits]]


def _describe_others(results: Results) -> str:
    found = results["conditions"]
    stolen = found["stolen_share"]
    return (
        f"During the latencies, other work kept {_figure(found['others_cores'], 2)} cores "
        f"busy, and a hypervisor took {_figure(None if stolen is None else 100 * stolen, 1)} % of "
        f"the time ({UNKNOWN} is not known)."
    )


def _figure(value: float | None, decimals: int) -> str:
    return spell(value, decimals=decimals).text


def _describe_origin(results: Results) -> dict[str, dict[str, str]]:
    """Return what it takes to measure again: machine, settings and pictures."""
    parts: dict[str, Mapping[str, Any]] = {
        "Machine": results["machine"],
        "Settings": {"crack-edge": results["crack_edge"], **results["settings"]},
    }
    if results["accuracy"]:
        parts["Pictures"] = results["accuracy"]["data"]
    return {
        title: {plain(key): _word(value) for key, value in values.items()}
        for title, values in parts.items()
        if values
    }


def _word(value: Any) -> str:
    if value is None:
        return "not known"
    return (
        {True: "yes", False: "no"}[value] if isinstance(value, bool) else plain(format_value(value))
    )
