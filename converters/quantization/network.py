"""A Keras model flattened and folded: batch norms and activations inside their convolutions.

This is what an int8 file computes, layer by layer, before anything is quantized.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from converters.parents.keras_model import KerasModel
from converters.parents.layers import Trace, run_flat
from edge.files.errors import first_line
from edge.model.self_test import draw_self_test_tiles
from edge.model.training_folder import BACKBONE_NAME, CELL_LAYER, HIDDEN_LAYER

Kind = Literal["convolution", "depthwise", "add", "padding", "other"]

# Of the largest logit: what the order of summation may change.
_TOLERANCE = 1e-3
INPUT = -1  # stands for the pictures among a node's inputs
_ACTIVATIONS: Mapping[str, Callable[[Any], Any]] = {
    "linear": lambda sums: sums,
    "relu": tf.nn.relu,
    "relu6": tf.nn.relu6,
}


@dataclass
class Node:
    """One layer.

    Attributes:
        name: of the Keras layer.
        kind: a convolution of either kind has a kernel; ``other`` is run as Keras runs it.
        inputs: places of the nodes whose outputs it takes; ``INPUT`` for the pictures.
        run: computes its output from the outputs of its inputs, without kernel and activation.
        kernel: float32 (h, w, in, out), depthwise (h, w, channels, 1); None without weights.
        bias: float32 (out,).
        activation: a name of ``_ACTIVATIONS``, behind the bias.
        strides: of the kernel.
        padding: SAME or VALID.
    """

    name: str
    kind: Kind
    inputs: tuple[int, ...]
    run: Callable[..., Any] | None = None
    kernel: NDArray[np.float32] | None = None
    bias: NDArray[np.float32] | None = None
    activation: str = "linear"
    strides: tuple[int, int] = (1, 1)
    padding: str = "VALID"

    def compute(self, inputs: Sequence[Any]) -> Any:
        """Compute the output, a float32 tensor, from those of the inputs."""
        if self.kernel is None:
            assert self.run is not None
            return self.run(*inputs)
        convolve = tf.nn.conv2d if self.kind == "convolution" else tf.nn.depthwise_conv2d
        sums = convolve(inputs[0], self.kernel, [1, *self.strides, 1], self.padding)
        return _ACTIVATIONS[self.activation](sums + self.bias)


@dataclass
class Network:
    """The nodes in an order in which they can run; the last one gives the cell logits."""

    nodes: list[Node]

    def __call__(self, scaled: Any) -> Any:
        """Compute cell logits (N, h, w, 1) of pictures (N, H, W, 3), RGB, scaled."""
        *_, cells = self.outputs(scaled)
        return cells

    def outputs(
        self, scaled: Any, change: Callable[[int, Any], Any] | None = None
    ) -> Iterator[Any]:
        """Compute the output of each node, in order; ``change`` may replace it, by its place."""
        made = {INPUT: scaled}
        for place, node in enumerate(self.nodes):
            output = node.compute([made[source] for source in node.inputs])
            made[place] = change(place, output) if change else output
            yield made[place]

    def consumers(self) -> dict[int, list[int]]:
        """Return for each place the places that take its output, looking through padding."""
        direct: dict[int, list[int]] = {place: [] for place in range(INPUT, len(self.nodes))}
        for place, node in enumerate(self.nodes):
            for source in node.inputs:
                direct[source].append(place)

        def look(place: int) -> list[int]:
            return [
                found
                for taker in direct[place]
                for found in (look(taker) if self.nodes[taker].kind == "padding" else [taker])
            ]

        return {place: look(place) for place in direct}


def flatten_network(parent: KerasModel) -> Network:
    """Flatten a model, from scaled pictures to cell logits, and fold its convolutions.

    Raises:
        ValueError: run one by one, its layers do not give what the model gives.
    """
    side = parent.free_side
    pictures = keras.Input((side, side, 3))
    trace = Trace()
    x = run_flat(parent.model.get_layer(BACKBONE_NAME), pictures, trace)
    for name in (HIDDEN_LAYER, CELL_LAYER):
        if any(layer.name == name for layer in parent.model.layers):
            layer = parent.model.get_layer(name)
            made = layer(x)
            trace.calls.append((layer, x, made))
            x = made
    network = _fold(trace, pictures)
    _require_same_cells(network, parent)
    return network


def _require_same_cells(network: Network, parent: KerasModel) -> None:
    tiles = parent.scale(draw_self_test_tiles(parent.card.input_px))
    expected = parent.cells_of_scaled(tf.constant(tiles)).numpy()
    try:
        cells = network(tf.constant(tiles)).numpy()
    except TypeError as error:  # an operation that takes more than tensors
        raise ValueError(f"a layer takes more than pictures: {first_line(error)}") from error
    scale = max(1.0, float(np.abs(expected).max()))
    if cells.shape != expected.shape or np.abs(cells - expected).max() > _TOLERANCE * scale:
        raise ValueError("its layers, run one by one, give other scores than the model")


def _fold(trace: Trace, pictures: Any) -> Network:
    takers: dict[int, list[int]] = {}
    for number, (_, given, _made) in enumerate(trace.calls):
        for tensor in keras.tree.flatten(given):
            takers.setdefault(id(tensor), []).append(number)
    places = {id(pictures): INPUT}
    nodes: list[Node] = []
    done: set[int] = set()
    for number, (layer, given, made) in enumerate(trace.calls):
        if number in done:
            continue
        try:
            inputs = tuple(places[id(tensor)] for tensor in keras.tree.flatten(given))
        except KeyError as error:
            raise ValueError(f"layer {layer.name} takes more than the layers before it") from error
        node, output = _make_node(layer, inputs), made
        while node.kernel is not None and node.activation == "linear":
            following = takers.get(id(output), [])
            if len(following) != 1 or not _absorb(node, trace.calls[following[0]][0]):
                break
            done.add(following[0])
            output = trace.calls[following[0]][2]
        nodes.append(node)
        places[id(output)] = len(nodes) - 1
    return Network(nodes)


def _make_node(layer: Any, inputs: tuple[int, ...]) -> Node:
    kind = type(layer)
    if kind in (keras.layers.Conv2D, keras.layers.DepthwiseConv2D) and _is_plain(layer):
        kernel = _read(layer.kernel)
        depthwise = kind is keras.layers.DepthwiseConv2D
        bias = (
            _read(layer.bias) if layer.use_bias else np.zeros(kernel.shape[2 if depthwise else 3])
        )
        return Node(
            layer.name,
            "depthwise" if depthwise else "convolution",
            inputs,
            kernel=kernel,
            bias=bias.astype(np.float32),
            activation=layer.activation.__name__,
            strides=tuple(layer.strides),
            padding=layer.padding.upper(),
        )
    if kind is keras.layers.Add and len(inputs) == 2:
        return Node(layer.name, "add", inputs, run=tf.add)
    if kind is keras.layers.ZeroPadding2D:
        return Node(layer.name, "padding", inputs, run=layer)
    several = len(inputs) > 1
    return Node(
        layer.name, "other", inputs, run=lambda *x: layer(list(x)) if several else layer(*x)
    )


def _read(variable: Any) -> NDArray[np.float32]:
    return np.asarray(keras.ops.convert_to_numpy(variable), np.float32)


def _is_plain(layer: Any) -> bool:
    return (
        layer.data_format == "channels_last"
        and tuple(layer.dilation_rate) == (1, 1)
        and getattr(layer, "groups", 1) == 1
        and getattr(layer, "depth_multiplier", 1) == 1
        and layer.activation.__name__ in _ACTIVATIONS
    )


def _absorb(node: Node, layer: Any) -> bool:
    """Take a batch norm or an activation into a convolution, if it can be."""
    if type(layer) is keras.layers.BatchNormalization and layer.axis in (-1, 3):
        _fold_norm(node, layer)
        return True
    if type(layer) is keras.layers.ReLU and not layer.negative_slope and not layer.threshold:
        if layer.max_value not in (None, 6.0):
            return False
        node.activation = "relu" if layer.max_value is None else "relu6"
        return True
    if type(layer) is keras.layers.Activation and layer.activation.__name__ in _ACTIVATIONS:
        node.activation = layer.activation.__name__
        return True
    return False


def _fold_norm(node: Node, norm: Any) -> None:
    """Fold inference's fixed shift and scale into kernel and bias."""
    assert node.kernel is not None
    assert node.bias is not None
    mean, variance = (_read(v).astype(np.float64) for v in (norm.moving_mean, norm.moving_variance))
    factor = 1 / np.sqrt(variance + norm.epsilon)
    if norm.scale:
        factor = factor * _read(norm.gamma)
    offset = _read(norm.beta) if norm.center else 0.0
    spread = factor[:, None] if node.kind == "depthwise" else factor
    node.kernel = (node.kernel * spread).astype(np.float32)
    node.bias = ((node.bias - mean) * factor + offset).astype(np.float32)
