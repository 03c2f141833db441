"""How latencies are spread: in ms, and each against its own median."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from benchmarks.output.plot_style import (
    GREY,
    MAX_ROWS,
    ROW_INCHES,
    Pair,
    draw,
    explain_rows,
    use_log_scale,
)
from benchmarks.result_types import LatencyRow, Results

_LOG_RATIO = 10
# Shares of the latencies between which box and line reach.
_BOX, _LINE = (25, 75), (1, 99)
# Of its own median: what lies beyond is drawn at the edge.
_MOST_TIMES = 3.0


def draw_latency(
    results: Results, *, labels: Mapping[Pair, str], colours: Mapping[Pair, str]
) -> bytes | None:
    """Draw a line for each row of latencies, tiles above pieces; None where there are none.

    Args:
        results: as in ``results.schema.json``.
        labels: names of the pairs.
        colours: of the pairs.
    """
    rows = [row for row in results["latency"]["rows"] if any(turn["ms"] for turn in row["turns"])]
    if not rows:
        return None
    rows.sort(key=lambda row: (row["view"] != "tile", row["p50_ms"]["value"]))
    shown = rows[:MAX_ROWS]
    paint = partial(_plot, rows=shown, total=len(rows), labels=labels, colours=colours)
    return draw(paint, height_inches=ROW_INCHES * len(shown) + 1.5)


def _plot(
    figure: Figure,
    *,
    rows: Sequence[LatencyRow],
    total: int,
    labels: Mapping[Pair, str],
    colours: Mapping[Pair, str],
) -> None:
    times, spread = figure.subplots(1, 2, sharey=True, width_ratios=(1, 1))
    names = []
    for place, row in enumerate(rows):
        pair = (row["file"], row["backend"])
        names.append(f"{labels[pair]}, {row['view']}, {row['threads']} thr.")
        ms = np.concatenate([np.asarray(turn["ms"], np.float64) for turn in row["turns"]])
        _mark(times, place, ms, colours[pair])
        _mark(spread, place, ms / np.median(ms), colours[pair], points=True)
    times.set_yticks(range(len(rows)), names, fontsize=8)
    times.set_ylim(len(rows) - 0.4, -0.6)
    times.set_title(f"Latency{explain_rows(len(rows), total)}")
    times.set_xlabel("ms")
    medians = [row["p50_ms"]["value"] for row in rows]
    if max(medians) / min(medians) > _LOG_RATIO:
        use_log_scale(times, axis="x")
    else:
        times.set_xlim(0)
    spread.set_title("The same, by its own median")
    spread.set_xlabel("times the median")
    figure.supxlabel("box: 25-75 %, line: 1-99 %, ◆: p90", fontsize=8)
    spread.set_xlim(*_limits(spread))
    spread.axvline(1, color=GREY, linewidth=0.8)
    for axes in (times, spread):
        axes.grid(axis="x", alpha=0.25)
        axes.tick_params(axis="y", length=0)


def _mark(
    axes: Axes, place: int, values: NDArray[np.float64], colour: str, *, points: bool = False
) -> None:
    """Draw box, line, median and p90 of values, and those beyond the line as dots."""
    (left, right), (low, high) = (np.percentile(values, ends) for ends in (_BOX, _LINE))
    axes.plot([low, high], [place, place], color=colour, linewidth=1.2)
    axes.barh(place, right - left, left=left, height=0.5, color=f"{colour}55", edgecolor=colour)
    axes.plot(np.median(values), place, "|", color=colour, markersize=10, markeredgewidth=2)
    axes.plot(np.percentile(values, 90), place, "d", color=colour, markersize=4)
    if points:
        beyond = values[(values < low) | (values > high)]
        clipped = np.minimum(beyond, _MOST_TIMES)
        axes.plot(clipped, np.full(len(clipped), place), ".", color=colour, ms=3, alpha=0.5)


def _limits(axes: Axes) -> tuple[float, float]:
    low, high = axes.get_xlim()
    return max(0.0, min(low, 0.95)), min(max(high, 1.1), 1.02 * _MOST_TIMES)
