"""What quantizing each layer alone does to the scores: where an int8 file loses decisions."""

from __future__ import annotations

import copy
import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from converters.quantization.int8_weights import quantize, range_of
from converters.quantization.network import Network, Node
from converters.quantization.rounding import MAX_INTEGER
from edge.files.progress import Progress


@dataclass(frozen=True)
class LayerError:
    """Root mean square of what quantizing one layer, and nothing else, changes in window logits.

    Attributes:
        layer: name of the Keras layer.
        kind: convolution, depthwise, add or other.
        weights: its weights rounded to the nearest step of their channel; 0 where it has none.
        activations: its output rounded to the 256 values of its range.
    """

    layer: str
    kind: str
    weights: float
    activations: float


def measure_layers(
    network: Network, scaled: NDArray[np.float32], progress: Progress
) -> list[LayerError]:
    """Quantize one layer after another, each alone, and compare with the float network.

    Args:
        network: folded, float.
        scaled: float32 (N, P, P, 3), RGB, pictures scaled as the network takes them.
        progress: where progress is reported.

    Returns:
        A row for each layer that an int8 file quantizes, in order.
    """
    pictures = tf.constant(scaled)
    ranges = [range_of([output]) for output in network.outputs(pictures)]
    exact = _window_logits(network, pictures)

    def error_of(changed: Network, change: Callable[[int, Any], Any] | None = None) -> float:
        difference = _window_logits(changed, pictures, change) - exact
        return float(np.sqrt(np.mean(difference**2)))

    rows = []
    for place, node in enumerate(network.nodes):
        progress.step("measuring layers", place + 1, len(network.nodes))
        if node.kind == "padding":
            continue
        weights = 0.0
        if node.kernel is not None:
            weights = error_of(_replace(network, place, _round_to_nearest(node)))
        low, high = ranges[place]

        def round_output(at: int, output: Any, place: int = place, r: Any = (low, high)) -> Any:
            return quantize(output, *r) if at == place else output

        rows.append(LayerError(node.name, node.kind, weights, error_of(network, round_output)))
    return rows


def render_layers(rows: Sequence[LayerError]) -> str:
    """Return the rows as CSV."""
    text = io.StringIO()
    table = csv.DictWriter(text, [field.name for field in fields(LayerError)], lineterminator="\n")
    table.writeheader()
    table.writerows(
        {key: f"{value:.5f}" if isinstance(value, float) else value for key, value in row.items()}
        for row in map(asdict, rows)
    )
    return text.getvalue()


def _window_logits(
    network: Network, pictures: Any, change: Callable[[int, Any], Any] | None = None
) -> NDArray[np.float64]:
    *_, cells = network.outputs(pictures, change)
    return np.asarray(cells.numpy().mean(axis=(1, 2, 3), dtype=np.float64))


def _replace(network: Network, place: int, node: Node) -> Network:
    nodes = list(network.nodes)
    nodes[place] = node
    return Network(nodes)


def _round_to_nearest(node: Node) -> Node:
    assert node.kernel is not None
    rounded = copy.copy(node)
    axes = (0, 1, 3) if node.kind == "depthwise" else (0, 1, 2)
    largest = np.abs(node.kernel).max(axis=axes, keepdims=True)
    steps = np.maximum(largest, 1e-9) / MAX_INTEGER
    rounded.kernel = (np.rint(node.kernel / steps) * steps).astype(np.float32)
    return rounded
