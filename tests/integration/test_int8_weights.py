"""A network flattened, equalized and fitted: what int8 files are made from."""

from __future__ import annotations

import copy
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers
from numpy.typing import NDArray

from converters.parents.keras_model import KerasModel
from converters.parents.load import load_parent
from converters.quantization.equalization import equalize
from converters.quantization.input_quantization import quantize_range
from converters.quantization.int8_network import Int8Network
from converters.quantization.int8_weights import find_peaks, fit_int8_weights
from converters.quantization.layer_errors import measure_layers
from converters.quantization.network import Network, Node, flatten_network
from converters.quantization.rounding import MAX_INTEGER
from edge.evaluation.synthetic import draw_tile
from edge.files.progress import Silent
from edge.model.card import Card
from edge.model.training_folder import BACKBONE_NAME, CELL_LAYER, SCALE_LAYER
from tests.integration.zoo import draw_tiles

SIDE = 64


def _wrap(backbone: keras.Model) -> KerasModel:
    """Put a backbone into our layout, with batch norms and logits that drawn tiles spread."""
    pictures = keras.Input((None, None, 3), dtype="uint8")
    x = layers.Rescaling(1 / 127.5, offset=-1.0, name=SCALE_LAYER)(pictures)
    cells = layers.Conv2D(1, 1, name=CELL_LAYER)(backbone(x))
    model = keras.Model(pictures, cells)
    model(draw_tiles(SIDE))
    card = Card("drawn", SIDE, SIDE, 0.5, "chosen by hand")
    return KerasModel(Path("drawn.keras"), "0" * 64, card, model)


@pytest.fixture(scope="module")
def parent() -> KerasModel:
    keras.utils.set_random_seed(1)
    backbone = keras.applications.MobileNetV2(
        weights=None, alpha=0.35, include_top=False, input_shape=(None, None, 3)
    )
    backbone = keras.Model(backbone.input, backbone.output, name=BACKBONE_NAME)
    tiles = draw_tiles(SIDE, 24).astype(np.float32) / 127.5 - 1
    for layer in backbone.layers:
        if isinstance(layer, layers.BatchNormalization):
            layer.momentum = 0.0
    backbone(tiles, training=True)
    return _wrap(backbone)


def _scaled(count: int) -> NDArray[np.float32]:
    return (draw_tiles(SIDE, count) / 127.5 - 1).astype(np.float32)


def test_the_network_gives_the_cells_of_the_model(parent: KerasModel) -> None:
    network = flatten_network(parent)
    pictures = tf.constant(_scaled(4))
    expected = parent.cells_of_scaled(pictures).numpy()
    np.testing.assert_allclose(network(pictures).numpy(), expected, atol=1e-3)
    kinds = [node.kind for node in network.nodes]
    assert "other" not in kinds
    assert kinds.count("convolution") == 36
    assert kinds.count("depthwise") == 17


def test_evened_out_channels_change_no_score_and_reach_equally_far(parent: KerasModel) -> None:
    network, pictures = flatten_network(parent), _scaled(8)
    before, peaks = network(pictures).numpy(), find_peaks(network, pictures)
    equalize(network, peaks)
    np.testing.assert_allclose(network(pictures).numpy(), before, atol=1e-3)
    project = next(
        i for i, node in enumerate(network.nodes) if node.name == "expanded_conv_project"
    )
    after = find_peaks(network, pictures)[project]
    live = peaks[project] > peaks[project].max() / 1000
    assert np.ptp(after[live]) / after.max() < 0.01 < np.ptp(peaks[project][live]) / after.max()


def _errors(network: Network, fitted: Network, pictures: NDArray[np.float32]) -> float:
    return float(np.std(network(pictures).numpy() - fitted(pictures).numpy()))


def _round_to_nearest(network: Network) -> Network:
    rounded = copy.deepcopy(network)
    for node in rounded.nodes:
        if node.kernel is not None:
            node.kernel = np.rint(_in_steps(node)) * _steps_of(node)
    return rounded


def _in_steps(node: Node) -> NDArray[np.float32]:
    assert node.kernel is not None
    return np.asarray(node.kernel / np.maximum(_steps_of(node), 1e-12), np.float32)


def _steps_of(node: Node) -> NDArray[np.float32]:
    assert node.kernel is not None
    axes = (0, 1, 3) if node.kind == "depthwise" else (0, 1, 2)
    return np.asarray(np.abs(node.kernel).max(axis=axes, keepdims=True) / MAX_INTEGER)


def test_fitted_weights_lie_on_the_grid_of_their_channels(parent: KerasModel) -> None:
    pictures = _scaled(8)
    fitted = fit_int8_weights(flatten_network(parent), pictures, pictures, Silent())
    for node in fitted.nodes:
        if node.kernel is not None:
            np.testing.assert_allclose(_in_steps(node), np.rint(_in_steps(node)), atol=1e-3)


def test_a_trained_model_loses_less_than_by_the_nearest_steps() -> None:
    trained = load_parent(Path("models/small.keras"), None)
    network = flatten_network(trained)
    tiles = [draw_tile(256, seed=s, crack=s % 2 == 1).photo for s in range(24)]
    scaled = (np.stack(tiles) / 127.5 - 1).astype(np.float32)
    fitted = fit_int8_weights(network, scaled[:16], scaled[:16], Silent())
    unseen = scaled[16:]
    exact = network(unseen).numpy().mean(axis=(1, 2, 3))
    errors = {
        name: np.std(other(unseen).numpy().mean(axis=(1, 2, 3)) - exact)
        for name, other in (("fitted", fitted), ("nearest", _round_to_nearest(network)))
    }
    assert errors["fitted"] < 0.6 * errors["nearest"]


def test_the_same_pictures_give_the_same_weights(parent: KerasModel) -> None:
    pictures = _scaled(8)
    one, two = (
        fit_int8_weights(flatten_network(parent), pictures, pictures, Silent()) for _ in range(2)
    )
    for first, second in zip(one.nodes, two.nodes, strict=True):
        if first.kernel is not None:
            np.testing.assert_array_equal(first.kernel, second.kernel)
            np.testing.assert_array_equal(first.bias, second.bias)


def test_layers_that_are_not_known_run_as_keras_runs_them() -> None:
    scaled = keras.Input((None, None, 3))
    x = layers.Conv2D(8, 3, strides=4, padding="same", activation="swish")(scaled)
    x = layers.Concatenate()([x, layers.AveragePooling2D(1)(x)])
    x = layers.Conv2D(8, 3, strides=8, padding="same")(x)
    parent = _wrap(keras.Model(scaled, layers.PReLU(shared_axes=(1, 2))(x), name=BACKBONE_NAME))
    network = flatten_network(parent)
    assert [node.kind for node in network.nodes].count("other") >= 3
    pictures = tf.constant(_scaled(4))
    expected = parent.cells_of_scaled(pictures).numpy()
    fitted = fit_int8_weights(network, pictures.numpy(), pictures.numpy(), Silent())
    np.testing.assert_allclose(network(pictures).numpy(), expected, atol=1e-4)
    assert np.corrcoef(fitted(pictures).numpy().ravel(), expected.ravel())[0, 1] > 0.99


def test_a_model_that_does_not_come_apart_is_rounded_to_the_nearest_and_says_so() -> None:
    scaled = keras.Input((None, None, 3))
    x = layers.Conv2D(8, 3, strides=32, padding="same")(scaled)
    x = keras.ops.where(x > 0, x, 2.0 * x)
    parent = _wrap(keras.Model(scaled, x, name=BACKBONE_NAME))
    source = Int8Network(parent, draw_tiles(SIDE, 4), Silent())
    assert source.describe().startswith("each to the nearest step: ")
    pictures = tf.constant(_scaled(2))
    np.testing.assert_array_equal(
        source.cells_of_scaled(pictures).numpy(), parent.cells_of_scaled(pictures).numpy()
    )


def test_layers_are_measured_one_by_one(parent: KerasModel) -> None:
    network = flatten_network(parent)
    rows = measure_layers(network, _scaled(8), Silent())
    assert [row.layer for row in rows] == [n.name for n in network.nodes if n.kind != "padding"]
    assert all(row.activations > 0 for row in rows)
    assert all((row.weights > 0) == (row.kind in ("convolution", "depthwise")) for row in rows)


@pytest.mark.parametrize(
    ("reach", "zero"),
    [
        ((-1.0, 1.0), 127),
        ((0.0, 1.0), 0),
        ((0.0, 255.0), 0),
        ((-255.0, 0), 255),
        ((-0.7, 0.3), 178),
    ],
)
def test_the_grid_of_the_input_is_the_parents_range_within_half_a_level(
    reach: tuple[float, float], zero: int
) -> None:
    quantization = quantize_range(reach)
    assert quantization.zero_point == zero
    ends = quantization.dequantize(np.array([0, 255], np.uint8))
    np.testing.assert_allclose(ends, reach, atol=quantization.scale / 2 + 1e-6)
