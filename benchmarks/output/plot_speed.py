"""Where the time of a photo goes, and what more threads and processes give."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from benchmarks.output.formatting import spell
from benchmarks.output.plot_style import MAX_ROWS, ROW_INCHES, Pair, draw, explain_rows
from benchmarks.result_types import LatencyRow, Results, StageKey, StagesRow, ThroughputRow

_STAGES: Mapping[StageKey, tuple[str, str]] = {
    "decode_ms": ("decode", "#999999"),
    "resize_ms": ("cut and resize", "#e69f00"),
    "invoke_ms": ("invoke", "#0072b2"),
    "rest_ms": ("heat map and regions", "#009e73"),
}
_MOST_LINES = 12


def draw_stages(results: Results, *, labels: Mapping[Pair, str]) -> bytes | None:
    """Draw a bar for each photo's stages; None where there are none.

    Args:
        results: as in ``results.schema.json``.
        labels: names of the pairs.
    """
    rows = sorted(results["stages"], key=lambda row: row["total_ms"])
    if not rows:
        return None
    shown = rows[:MAX_ROWS]
    paint = partial(_plot_stages, rows=shown, total=len(rows), labels=labels)
    return draw(paint, height_inches=ROW_INCHES * len(shown) + 1.5)


def _plot_stages(
    figure: Figure,
    *,
    rows: Sequence[StagesRow],
    total: int,
    labels: Mapping[Pair, str],
) -> None:
    axes = figure.subplots()
    lefts = [0.0] * len(rows)
    for key, (name, colour) in _STAGES.items():
        widths = [row[key] for row in rows]
        axes.barh(range(len(rows)), widths, 0.65, left=lefts, color=colour, label=name)
        lefts = [left + width for left, width in zip(lefts, widths, strict=True)]
    for place, (row, end) in enumerate(zip(rows, lefts, strict=True)):
        text = f" {spell(row['total_ms'])}"
        axes.annotate(text, (end, place), va="center", fontsize=8)
    names = [f"{labels[row['file'], row['backend']]}, {row['view']}" for row in rows]
    _frame_bars(axes, names, max(lefts))
    axes.set_xlabel("ms")
    sizes = sorted({f"{row['photo_mpx']:.3g}" for row in rows})
    photo = f"a photo of {' or '.join(sizes[:3])} Mpx"
    axes.set_title(f"Stages of {photo} on one thread{explain_rows(len(rows), total)}")
    figure.legend(*axes.get_legend_handles_labels(), loc="outside lower center", ncols=4)


def draw_scaling(
    results: Results,
    *,
    labels: Mapping[Pair, str],
    colours: Mapping[Pair, str],
    markers: Mapping[Pair, str],
) -> bytes | None:
    """Draw tiles per second by threads; None unless two thread counts were measured.

    Args:
        results: as in ``results.schema.json``.
        labels: names of the pairs.
        colours: of the pairs.
        markers: of the pairs.
    """
    lines: dict[Pair, list[tuple[int, LatencyRow]]] = {}
    for row in results["latency"]["rows"]:
        if row["view"] == "tile":
            lines.setdefault((row["file"], row["backend"]), []).append((row["threads"], row))
    for points in lines.values():
        points.sort(key=lambda point: point[0])
    lines = {pair: points for pair, points in lines.items() if len(points) > 1}
    if not lines:
        return None
    shown = dict(list(lines.items())[:_MOST_LINES])
    paint = partial(
        _plot_scaling, lines=shown, total=len(lines), labels=labels, colours=colours,
        markers=markers,
    )  # fmt: skip
    return draw(paint, height_inches=4.0 + 0.2 * len(shown))


def _plot_scaling(
    figure: Figure,
    *,
    lines: Mapping[Pair, Sequence[tuple[int, LatencyRow]]],
    total: int,
    labels: Mapping[Pair, str],
    colours: Mapping[Pair, str],
    markers: Mapping[Pair, str],
) -> None:
    speeds, gains = figure.subplots(1, 2)
    most = max(points[-1][0] for points in lines.values())
    for pair, points in lines.items():
        threads = [count for count, _ in points]
        medians = [row["p50_ms"]["value"] for _, row in points]
        form = {"color": colours[pair], "marker": markers[pair], "ms": 5, "lw": 1.3}
        speeds.plot(threads, [1000 / ms for ms in medians], label=labels[pair], **form)
        # Against the fewest threads that were measured, one as a rule.
        gain = [threads[0] * medians[0] / ms for ms in medians]
        gains.plot(threads, gain, **form)
    gains.plot([1, most], [1, most], color="#888888", linestyle=":", label="ideal")
    gains.legend(loc="upper left")
    speeds.set_title(f"Tiles of one interpreter{explain_rows(len(lines), total)}")
    speeds.set_ylabel("tiles/s (1 / median)")
    gains.set_title("Against one thread")
    gains.set_ylabel("times as fast")
    for axes in (speeds, gains):
        axes.set_ylim(0, 1.05 * axes.get_ylim()[1])
        axes.set_xlabel("threads")
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.grid(alpha=0.25)
    figure.legend(*speeds.get_legend_handles_labels(), loc="outside lower center", ncols=2)


def draw_throughput(
    results: Results, *, labels: Mapping[Pair, str], colours: Mapping[Pair, str]
) -> bytes | None:
    """Draw tiles per second by processes and threads; None where there are none.

    Args:
        results: as in ``results.schema.json``.
        labels: names of the pairs.
        colours: of the pairs.
    """
    places = {pair: place for place, pair in enumerate(labels)}
    rows = sorted(
        results["throughput"],
        key=lambda row: (places[row["file"], row["backend"]], row["processes"], row["threads"]),
    )
    if not rows:
        return None
    shown = rows[:MAX_ROWS]
    paint = partial(
        _plot_throughput, rows=shown, total=len(rows), labels=labels, colours=colours
    )  # fmt: skip
    return draw(paint, height_inches=ROW_INCHES * len(shown) + 1.2)


def _plot_throughput(
    figure: Figure,
    *,
    rows: Sequence[ThroughputRow],
    total: int,
    labels: Mapping[Pair, str],
    colours: Mapping[Pair, str],
) -> None:
    axes = figure.subplots()
    ends = []
    for place, row in enumerate(rows):
        speed = row["tiles_per_s"]
        low, high = (
            speed["value"] if end is None else end for end in (speed["low"], speed["high"])
        )
        ends.append(max(high, speed["value"]))
        colour = colours[row["file"], row["backend"]]
        axes.barh(place, speed["value"], 0.65, color=f"{colour}99")
        axes.plot([low, high], [place, place], color=colour, linewidth=1.5)
        axes.annotate(f"  {spell(speed['value'])}", (ends[-1], place), va="center", fontsize=8)
    names = [
        f"{labels[row['file'], row['backend']]}, {row['processes']} × {row['threads']}"
        for row in rows
    ]
    _frame_bars(axes, names, max(ends))
    axes.set_xlabel("tiles/s; the line is the 95 % interval")
    axes.set_title(f"Throughput by processes × threads of each{explain_rows(len(rows), total)}")


def _frame_bars(axes: Axes, names: Sequence[str], longest: float) -> None:
    axes.set_yticks(range(len(names)), names, fontsize=8)
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.set_xlim(0, 1.12 * longest)
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="x", alpha=0.25)
