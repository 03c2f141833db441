"""The plots of a benchmark as PNG. Needs matplotlib: import this inside functions only."""

from __future__ import annotations

from typing import Any

from benchmarks.output.figures import summarise
from benchmarks.output.plot_accuracy import draw_accuracy
from benchmarks.output.plot_latency import draw_latency
from benchmarks.output.plot_speed import draw_scaling, draw_stages, draw_throughput
from benchmarks.output.plot_style import (
    colours_of,
    file_labels_of,
    labels_of,
    list_pairs,
    markers_of,
)
from benchmarks.result_types import Results


def draw_plots(results: Results) -> dict[str, bytes]:
    """Draw each plot for which something was measured; the same results give the same bytes.

    Args:
        results: as in ``results.schema.json``; names in them are third-party.

    Returns:
        PNG files by name: ``accuracy``, ``accuracy-dense``, ``latency``, ``stages``, ``scaling``
        and ``throughput``.
    """
    pairs = list_pairs(results)
    labels, colours, markers = labels_of(pairs), colours_of(pairs), markers_of(pairs)
    rows = summarise(results)
    looks: dict[str, Any] = {"files": file_labels_of(pairs), "colours": colours, "markers": markers}
    found = {
        "accuracy": draw_accuracy(rows, "tile", **looks),
        "accuracy-dense": draw_accuracy(rows, "dense", **looks),
        "latency": draw_latency(results, labels=labels, colours=colours),
        "stages": draw_stages(results, labels=labels),
        "scaling": draw_scaling(results, labels=labels, colours=colours, markers=markers),
        "throughput": draw_throughput(results, labels=labels, colours=colours),
    }
    return {name: data for name, data in found.items() if data is not None}
