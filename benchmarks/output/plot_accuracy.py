"""Accuracy against latency, with the Pareto front: what no other beats in both."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise, product

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.text import Annotation, Text
from matplotlib.ticker import MaxNLocator
from matplotlib.transforms import Bbox

from benchmarks.output.figures import AccuracyName, SummaryRow, find_front, find_point
from benchmarks.output.plot_style import DPI, GREY, Pair, draw, drawable, use_log_scale
from benchmarks.output.summary import SHOWN_AS
from benchmarks.stats.estimates import Estimate
from edge.detect.settings import View

# Of more files only those on the front are named.
_MAX_NAMED = 20
_LOG_RATIO = 10
_PANEL_INCHES = 3.5
# How near a name may stand to others, in px of the picture.
_GAP_PX = 3.0
# Where a name may stand from its point, in points: the nearest first.
_OFFSETS = [
    (dx, dy)
    for dy, dx in product((0, 11, -11, 22, -22, 34, -34, 48, -48, 64, -64), (9, -9, 0, 40, -40))
    if dx or dy
]


_Place = tuple[float, float]


@dataclass(frozen=True)
class _Point:
    row: SummaryRow
    x: float
    x_reach: list[list[float]] | None
    y: float
    y_reach: list[list[float]] | None
    is_on_front: bool


def draw_accuracy(
    rows: Sequence[SummaryRow],
    view: View,
    *,
    files: Mapping[str, str],
    colours: Mapping[Pair, str],
    markers: Mapping[Pair, str],
) -> bytes | None:
    """Draw a panel for AUC and one for recall; None where no row has latency and accuracy.

    Args:
        rows: of all files and backends.
        view: whose figures are drawn, each at its fastest thread count.
        files: their names as they can be drawn.
        colours: of the pairs.
        markers: of the pairs.
    """
    measures: tuple[AccuracyName, ...] = ("auc", "recall")
    panels = {name: points for name in measures if (points := _find_points(rows, view, name))}
    if not panels:
        return None
    paint = partial(
        _plot, panels=panels, view=view, files=files, colours=colours, markers=markers
    )  # fmt: skip
    return draw(paint, height_inches=_PANEL_INCHES * len(panels) + 0.9)


def _plot(
    figure: Figure,
    *,
    panels: Mapping[AccuracyName, Sequence[_Point]],
    view: View,
    files: Mapping[str, str],
    colours: Mapping[Pair, str],
    markers: Mapping[Pair, str],
) -> None:
    all_axes = figure.subplots(len(panels), 1, sharex=True, squeeze=False)[:, 0]
    for axes, (name, points) in zip(all_axes, panels.items(), strict=True):
        _plot_front(axes, points)
        for point in points:
            pair = (point.row.file, point.row.backend)
            axes.errorbar(
                point.x, point.y, xerr=point.x_reach, yerr=point.y_reach, fmt=markers[pair], ms=7,
                color=colours[pair], ecolor=f"{colours[pair]}55", elinewidth=1.2, capsize=2,
            )  # fmt: skip
        _frame(axes, [point.x for point in points], SHOWN_AS[name])
    all_axes[-1].set_xlabel(
        "ms a tile, median at the fastest thread count"
        if view == "tile"
        else "ms a megapixel of the dense view, median at the fastest thread count"
    )
    shown = {(one.row.file, one.row.backend) for points in panels.values() for one in points}
    seen = {pair: marker for pair, marker in markers.items() if pair in shown}
    _explain_markers(figure, all_axes[0], seen)
    # Names go where room is left, which is known once all else has its place.
    figure.draw_without_rendering()
    for axes, points in zip(all_axes, panels.values(), strict=True):
        _write_names(axes, points, colours, files)


def _explain_markers(figure: Figure, axes: Axes, markers: Mapping[Pair, str]) -> None:
    backends = {drawable(backend): marker for (_, backend), marker in markers.items()}
    handles, names = axes.get_legend_handles_labels()
    handles += [
        Line2D([], [], color=GREY, marker=marker, linestyle="") for marker in backends.values()
    ]
    figure.legend(handles, [*names, *backends], loc="outside lower center", ncols=4)


def _find_points(rows: Sequence[SummaryRow], view: View, name: AccuracyName) -> list[_Point]:
    front = find_front(rows, view, name)
    found = []
    for row in rows:
        if point := find_point(row, view, name):
            timing, figure = point
            dense = view == "dense"
            found.append(
                _Point(
                    row,
                    1000 / timing.mpx_per_s if dense else timing.p50_ms.value,
                    None if dense else _reach(timing.p50_ms),
                    figure.value,
                    _reach(figure),
                    any(row is one for one in front),
                )
            )
    return found


def _reach(estimate: Estimate) -> list[list[float]] | None:
    """Return how far an interval goes to both sides, None where it is not known."""
    if estimate.low is None or estimate.high is None:
        return None
    return [[max(0.0, estimate.value - estimate.low)], [max(0.0, estimate.high - estimate.value)]]


def _plot_front(axes: Axes, points: Sequence[_Point]) -> None:
    """Draw the front as steps: what can be had at most in so many ms."""
    front = sorted((point.x, point.y) for point in points if point.is_on_front)
    xs, ys = zip(*front, strict=True)
    axes.plot(
        xs, ys, drawstyle="steps-post", color=GREY, linestyle="--", linewidth=1,
        label="Pareto front",
    )  # fmt: skip


def _frame(axes: Axes, xs: Sequence[float], name: str) -> None:
    axes.set_ylabel(name)
    axes.grid(alpha=0.25)
    if max(xs) / min(xs) > _LOG_RATIO:
        use_log_scale(axes, axis="x")
        axes.margins(x=0.1)
    else:
        axes.set_xlim(0, 1.25 * max(xs))
    axes.yaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 5, 10]))
    low, high = axes.get_ylim()
    # Nothing is better than 1; a little room keeps markers whole.
    top = min(high, 1 + 0.04 * (1 - low)) if low < 1 else high
    axes.set_ylim(low, top)


def _write_names(
    axes: Axes, points: Sequence[_Point], colours: Mapping[Pair, str], names: Mapping[str, str]
) -> None:
    """Write each file's name once, where it covers no point and no other name."""
    centres = [axes.transData.transform((point.x, point.y)) for point in points]
    taken = [Bbox.from_bounds(x - 6, y - 6, 12, 12) for x, y in centres]
    lines = _list_lines(axes, points)
    best: dict[str, _Point] = {}
    for point in sorted(points, key=lambda point: (-point.y, point.x)):
        best.setdefault(point.row.file, point)
    few = len(best) <= _MAX_NAMED
    for file, point in best.items():
        if not (few or point.is_on_front):
            continue
        colour = colours[file, point.row.backend]
        text = axes.annotate(
            names[file], (point.x, point.y), xytext=(9, 0), textcoords="offset points",
            va="center", fontsize=8, color=colour,
            bbox={"facecolor": "white", "alpha": 0.85, "edgecolor": "none", "pad": 1},
            arrowprops={"arrowstyle": "-", "color": f"{colour}88", "lw": 0.6,
                        "shrinkA": 1, "shrinkB": 4},
        )  # fmt: skip
        text.set_in_layout(False)
        x, y = axes.transData.transform((point.x, point.y))
        taken.append(_settle(text, (x, y), taken, lines, axes.bbox))


def _list_lines(axes: Axes, points: Sequence[_Point]) -> list[Bbox]:
    """Return where the front and the intervals run, px."""
    front = sorted((point.x, point.y) for point in points if point.is_on_front)
    ends = []
    for (x, y), (next_x, next_y) in pairwise(front):
        ends += [((x, y), (next_x, y)), ((next_x, y), (next_x, next_y))]
    for point in points:
        (down,), (up,) = point.y_reach or ((0.0,), (0.0,))
        ends.append(((point.x, point.y - down), (point.x, point.y + up)))
    return [Bbox(axes.transData.transform(pair)) for pair in ends]


def _settle(
    text: Annotation, at: _Place, taken: Sequence[Bbox], lines: Sequence[Bbox], room: Bbox
) -> Bbox:
    """Move a name to the first offset that is free, else to that which covers least.

    Args:
        text: the name.
        at: px of its point.
        taken: where points and other names are.
        lines: where it should not be either.
        room: where names may stand.
    """
    # Of the name alone: an annotation's own extent holds its line too.
    size = Text.get_window_extent(text)
    boxes = [_box_at(at, size, offset) for offset in _OFFSETS]
    costs = [sum(map(box.overlaps, lines)) + 10 * _count_misses(box, taken, room) for box in boxes]
    place = costs.index(min(costs))
    dx, _ = _OFFSETS[place]
    text.set_position(_OFFSETS[place])
    text.set_horizontalalignment("left" if dx > 0 else "right" if dx < 0 else "center")
    return boxes[place]


def _box_at(at: _Place, size: Bbox, offset: _Place) -> Bbox:
    dx, dy = (points * DPI / 72 for points in offset)
    left = at[0] + dx - size.width * (0 if dx > 0 else 1 if dx < 0 else 0.5)
    bottom = at[1] + dy - size.height / 2
    return Bbox.from_extents(
        left - _GAP_PX, bottom, left + size.width + _GAP_PX, bottom + size.height
    )


def _count_misses(box: Bbox, taken: Sequence[Bbox], room: Bbox) -> int:
    inside = room.x0 <= box.x0 and box.x1 <= room.x1 and room.y0 <= box.y0 and box.y1 <= room.y1
    return sum(map(box.overlaps, taken)) + 3 * (not inside)
