"""What all plots share: size, colours, names that any font can draw, bytes that do not change."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import findfont, get_font
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from benchmarks.output.formatting import plain, shorten
from benchmarks.result_types import Results, accuracy_rows

WIDTH_INCHES = 8.6
ROW_INCHES = 0.27
# A picture of more is no help, and a third-party file may hold any number.
MAX_ROWS = 60
DPI = 120
_NAME = 34
# The font comes with matplotlib. Names may hold $, which would begin a formula.
_STYLE: dict[Any, Any] = {
    "font.family": "DejaVu Sans",
    "font.size": 9,
    "text.parse_math": False,
    "text.usetex": False,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "axes.titlesize": 10,
    "axes.titlelocation": "left",
    "legend.frameon": False,
}
# Okabe and Ito: distinct with any kind of colour vision.
_COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#444444")
_MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*")
GREY = "#888888"

Pair = tuple[str, str]


def draw(plot: Callable[[Figure], None], *, height_inches: float) -> bytes:
    """Draw a figure as PNG; the same data gives the same bytes."""
    file = io.BytesIO()
    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=(WIDTH_INCHES, height_inches), layout="constrained", dpi=DPI)
        FigureCanvasAgg(figure)
        plot(figure)
        figure.savefig(file, format="png", metadata={"Software": None})
    return file.getvalue()


def list_pairs(results: Results) -> list[Pair]:
    """Return all files with their backends in a fixed order: each has one colour in all plots."""
    accuracy = accuracy_rows(results)
    parts = (results["latency"]["rows"], results["throughput"], results["stages"], accuracy)
    found = dict.fromkeys((row["file"], row["backend"]) for rows in parts for row in rows)
    places = {file["name"]: place for place, file in enumerate(results["files"])}
    return sorted(found, key=lambda pair: places[pair[0]])


def colours_of(pairs: Sequence[Pair]) -> dict[Pair, str]:
    """Return a colour for each file; they come again after the seventh."""
    files = list(dict.fromkeys(file for file, _ in pairs))
    return {pair: _COLOURS[files.index(pair[0]) % len(_COLOURS)] for pair in pairs}


def markers_of(pairs: Sequence[Pair]) -> dict[Pair, str]:
    """Return a marker for each backend."""
    backends = list(dict.fromkeys(backend for _, backend in pairs))
    return {pair: _MARKERS[backends.index(pair[1]) % len(_MARKERS)] for pair in pairs}


def labels_of(pairs: Sequence[Pair]) -> dict[Pair, str]:
    """Return a name for each pair that can be drawn and is not too long."""
    files = file_labels_of(pairs)
    return {pair: f"{files[pair[0]]}, {shorten(drawable(pair[1]), 20)}" for pair in pairs}


def file_labels_of(pairs: Sequence[Pair]) -> dict[str, str]:
    """Return a name for each file that can be drawn and is not too long; equal ones differ."""
    labels: dict[str, str] = {}
    seen: Counter[str] = Counter()
    for file in dict.fromkeys(file for file, _ in pairs):
        name = shorten(drawable(file), _NAME)
        seen[name] += 1
        labels[file] = f"{name} #{seen[name]}" if seen[name] > 1 else name
    return labels


def use_log_scale(axes: Axes, *, axis: str) -> None:
    """Use a log scale with plain figures at 1, 2 and 5: powers would be formulas."""
    (axes.set_xscale if axis == "x" else axes.set_yscale)("log")
    chosen = axes.xaxis if axis == "x" else axes.yaxis
    chosen.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
    chosen.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    chosen.set_minor_formatter(NullFormatter())


def explain_rows(shown: int, total: int) -> str:
    """Say in a title that rows were left out; empty if none were."""
    return f" ({shown} of {total} rows)" if shown < total else ""


def drawable(text: str) -> str:
    """Return a text in one line, with U+FFFD for what the font lacks: matplotlib would warn."""
    return "".join(sign if _has_glyph(sign) else "\ufffd" for sign in plain(text))


@cache
def _has_glyph(sign: str) -> bool:
    return bool(get_font(findfont(_STYLE["font.family"])).get_char_index(ord(sign)))
