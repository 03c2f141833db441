"""Draw what a training's report shows in curves, as SVG pictures that stand alone."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any, Literal

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from trainer.report.calibration import CalibrationBin
from trainer.report.facts import ReportFacts
from trainer.report.learning_curves import MEASURES, plot_learning_curve

_Corner = Literal["lower left", "lower right", "upper left"]

# A phone shows one chart across, so the letters must be large against it.
_SIZE_INCHES = (4.2, 3.6)
# The same report gives the same bytes: no date, no random ids.
_STYLE: dict[Any, Any] = {"svg.hashsalt": "crack-edge", "svg.fonttype": "path", "font.size": 10}
_BLUE, _RED, _GREY = "#1f5f9e", "#b00020", "#888888"


def draw_charts(facts: ReportFacts, history: Sequence[Mapping[str, Any]]) -> dict[str, bytes]:
    """Draw the charts of a report.

    Args:
        facts: what ``report.json`` holds.
        history: a row for each epoch; none leaves the learning curves out.

    Returns:
        SVG files by name: ``precision_recall``, ``roc``, ``calibration`` and, with a history,
        ``loss``, ``accuracy`` and ``auc``.
    """
    charts = {
        "precision_recall": _draw(partial(_plot_precision_recall, facts=facts)),
        "roc": _draw(partial(_plot_roc, facts=facts)),
        "calibration": _draw(partial(_plot_calibration, bins=facts.calibration.bins)),
    }
    for measure in MEASURES if history else ():
        charts[measure] = _draw(partial(_plot_learning, history=history, measure=measure))
    return charts


def _draw(plot: Callable[[Axes], None]) -> bytes:
    file = io.BytesIO()
    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=_SIZE_INCHES, layout="constrained")
        FigureCanvasAgg(figure)
        plot(figure.subplots())
        figure.savefig(file, format="svg", metadata={"Date": None})
    return file.getvalue()


def _plot_precision_recall(axes: Axes, facts: ReportFacts) -> None:
    curve, figures = facts.precision_recall_points, facts.figures
    counts = figures["confusion"]
    share = (counts["tp"] + counts["fn"]) / figures["n"]
    recall, precision = _numbers(curve["recall"]), _numbers(curve["precision"])
    axes.plot(recall, precision, color=_BLUE, drawstyle="steps-pre")
    axes.axhline(share, color=_GREY, linestyle=":", label="by chance")
    if figures["precision"] is not None:
        _mark(axes, figures["recall"], figures["precision"], figures["threshold"])
    _frame(axes, "recall (cracks found)", "precision (alarms that are right)", legend="lower left")


def _plot_roc(axes: Axes, facts: ReportFacts) -> None:
    curve, figures = facts.roc_points, facts.figures
    counts = figures["confusion"]
    axes.plot(_numbers(curve["false_alarm_rate"]), _numbers(curve["recall"]), color=_BLUE)
    axes.plot([0, 1], [0, 1], color=_GREY, linestyle=":", label="by chance")
    false_alarms = counts["fp"] / (counts["fp"] + counts["tn"])
    _mark(axes, false_alarms, figures["recall"], figures["threshold"])
    _frame(
        axes,
        "false alarms (share of pictures without a crack)",
        "recall (cracks found)",
        legend="lower right",
    )


def _plot_calibration(axes: Axes, bins: Sequence[CalibrationBin]) -> None:
    filled = [part for part in bins if part.n]
    middles = [(part.low + part.high) / 2 for part in bins]
    total = sum(part.n for part in bins)
    width = 0.9 / len(bins)
    shares = [part.n / total for part in bins]
    axes.bar(middles, shares, width, color="#d8dee6", label="share of the pictures")
    axes.plot([0, 1], [0, 1], color=_GREY, linestyle=":", label="perfect scores")
    scores = _numbers([part.mean_score for part in filled])
    cracks = _numbers([part.share_of_cracks for part in filled])
    axes.plot(scores, cracks, "o-", color=_BLUE, label="share of cracks")
    _frame(axes, "mean score", "share", legend="upper left")


def _plot_learning(axes: Axes, history: Sequence[Mapping[str, Any]], measure: str) -> None:
    plot_learning_curve(axes, history, measure)
    axes.set_ylabel("AUC" if measure == "auc" else measure)


def _numbers(values: Iterable[float | None]) -> list[float]:
    return [float("nan") if value is None else value for value in values]


def _mark(axes: Axes, x: float, y: float, threshold: float) -> None:
    axes.plot([x], [y], "o", color=_RED, label=f"threshold {threshold:.3f}")


def _frame(axes: Axes, x_label: str, y_label: str, *, legend: _Corner) -> None:
    axes.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.02), xlabel=x_label, ylabel=y_label)
    axes.grid(alpha=0.3)
    axes.legend(loc=legend)
