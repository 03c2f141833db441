"""Draw the learning curves of a training."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

MEASURES = ("loss", "accuracy", "auc")


def draw_learning_curves(history: Sequence[Mapping[str, Any]], path: Path) -> None:
    """Draw loss, accuracy and AUC of all stages over the epochs, as a PNG."""
    figure = Figure(figsize=(12, 4), layout="constrained")
    FigureCanvasAgg(figure)
    for axes, measure in zip(figure.subplots(1, 3), MEASURES, strict=True):
        plot_learning_curve(axes, history, measure)
        axes.set_title(measure)
    figure.savefig(path, dpi=120)


def plot_learning_curve(axes: Axes, history: Sequence[Mapping[str, Any]], measure: str) -> None:
    """Plot one measure on train and val over the epochs, and where a stage starts.

    Args:
        axes: drawn into.
        history: a row for each epoch; values that a row lacks leave a gap.
        measure: loss, accuracy or auc.
    """
    epochs = range(1, len(history) + 1)
    for key, name in ((measure, "train"), (f"val_{measure}", "val")):
        values = [row.get(key) for row in history]
        axes.plot(epochs, [float("nan") if v is None else v for v in values], ".-", label=name)
    for epoch in epochs[1:]:
        stage = history[epoch - 1].get("stage")
        if stage != history[epoch - 2].get("stage"):
            axes.axvline(epoch - 0.5, color="grey", linestyle=":", label=f"{stage} starts")
    axes.set_xlabel("epoch")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.grid(alpha=0.3)
    axes.legend()
