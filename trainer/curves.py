"""Draw the learning curves of a training."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure


def draw_curves(history: Sequence[Mapping[str, Any]], path: Path) -> None:
    """Draw loss, accuracy and AUC of both stages over the epochs, as a PNG."""
    figure = Figure(figsize=(12, 4), layout="constrained")
    FigureCanvasAgg(figure)
    epochs = range(1, len(history) + 1)
    head_epochs = sum(row["stage"] == "head" for row in history)
    for axes, key in zip(figure.subplots(1, 3), ("loss", "accuracy", "auc"), strict=True):
        axes.plot(epochs, [row.get(key) for row in history], marker=".", label="train")
        axes.plot(epochs, [row.get(f"val_{key}") for row in history], marker=".", label="val")
        if 0 < head_epochs < len(history):
            axes.axvline(head_epochs + 0.5, color="grey", linestyle=":", label="fine-tuning starts")
        axes.set_xlabel("epoch")
        axes.set_title(key)
        axes.grid(alpha=0.3)
        axes.legend()
    figure.savefig(path, dpi=120)
