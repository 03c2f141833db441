"""Keras to TFLite. The output is the grid of cell logits: one file is tile and dense view."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from converters.formats.tflite.uint8_input import take_uint8
from converters.parents.keras_model import MAX_PIXEL, KerasModel
from converters.quantization.int8_network import Int8Network
from edge.files.native_output import silence

Representative = Callable[[], Iterator[list[NDArray[np.float32]]]]


def to_tflite_float32(parent: KerasModel, _: Int8Network) -> bytes:
    """Convert to float32 TFLite: uint8 (1, P, P, 3) RGB in, float32 cell logits out."""
    return _convert(parent, parent.cells, tf.uint8)


def to_tflite_float16(parent: KerasModel, _: Int8Network) -> bytes:
    """Convert to TFLite with weights of half the size: the runtime computes in float32."""

    def halve(converter: Any) -> None:
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        converter.target_spec.supported_types = [tf.float16]

    return _convert(parent, parent.cells, tf.uint8, halve)


def to_tflite_dynamic(parent: KerasModel, int8: Int8Network) -> bytes:
    """Convert to TFLite with int8 weights; activations are quantized anew for each picture."""
    cells, given = int8.cells_of_scaled, int8.input_quantization

    def view(pictures: Any) -> Any:
        return cells((tf.cast(pictures, tf.float32) - given.zero_point) * given.scale)

    def quantize(converter: Any) -> None:
        converter.optimizations = [tf.lite.Optimize.DEFAULT]

    return _convert(parent, view, tf.uint8, quantize)


def to_tflite_int8(parent: KerasModel, int8: Int8Network) -> bytes:
    """Convert to full-int8 TFLite: every tensor integer, weights quantized per channel.

    The graph is cut behind its scaling layer: the input's own quantization parameters
    (2/255, zero point 127, for models in [-1, 1]) do that scaling, so raw uint8 RGB goes in and
    costs no layer. The weights lie on the grid that the converter finds again; ranges of
    activations are the smallest and largest values in calibration.

    Args:
        parent: the trained model.
        int8: its network with int8 weights, and the calibration tiles.

    Returns:
        The flatbuffer: uint8 (1, P, P, 3) RGB in, int8 (1, P/32, P/32, 1) cell logits out.
    """
    ends = int8.input_quantization.dequantize(np.array([0, MAX_PIXEL]))

    def quantize(converter: Any) -> None:
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        converter.representative_dataset = _represent(int8.calibration, (ends[0], ends[1]))
        converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
        converter.inference_input_type = tf.uint8
        converter.inference_output_type = tf.int8

    return _convert(parent, int8.cells_of_scaled, tf.float32, quantize)


def to_tflite_int16x8(parent: KerasModel, int8: Int8Network) -> bytes:
    """Convert to TFLite with int16 activations and int8 weights: every tensor integer.

    Activations in int16 have no zero point. So the graph starts at pixel values times a scale, all
    of them positive, and shifts them to the range of the model itself.

    Args:
        parent: the trained model.
        int8: its network with int8 weights, and the calibration tiles.

    Returns:
        The flatbuffer: uint8 (1, P, P, 3) RGB in, int16 (1, P/32, P/32, 1) cell logits out.
    """
    cells, given = int8.cells_of_scaled, int8.input_quantization

    def view(pictures: Any) -> Any:
        return cells(pictures - given.zero_point * given.scale)

    def quantize(converter: Any) -> None:
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        converter.representative_dataset = _represent(
            int8.calibration, (0.0, MAX_PIXEL * given.scale)
        )
        ops = tf.lite.OpsSet.EXPERIMENTAL_TFLITE_BUILTINS_ACTIVATIONS_INT16_WEIGHTS_INT8
        converter.target_spec.supported_ops = [ops]
        converter.inference_input_type = tf.int16
        converter.inference_output_type = tf.int16

    return take_uint8(_convert(parent, view, tf.float32, quantize), given.scale)


def _represent(calibration: NDArray[np.uint8], scaled_range: tuple[float, float]) -> Representative:
    """Give calibration tiles one by one, scaled, and before them one with every pixel value."""
    low, high = scaled_range

    def tiles() -> Iterator[list[NDArray[np.float32]]]:
        # Both ends of the input's range, or a dark data set would clip bright photos.
        ends = np.linspace(low, high, calibration[0].size, dtype=np.float32)
        yield [ends.reshape(1, *calibration[0].shape)]
        for tile in calibration:
            yield [np.asarray(tile[None] * ((high - low) / 255) + low, np.float32)]

    return tiles


def _convert(
    parent: KerasModel,
    view: Callable[[Any], Any],
    dtype: Any,
    configure: Callable[[Any], None] = lambda converter: None,
) -> bytes:
    """Export one view as a saved model, which keeps a Keras 3 model's weights, and convert it."""
    side = parent.card.input_px
    archive = keras.export.ExportArchive()
    archive.track(parent.model)
    with tempfile.TemporaryDirectory() as folder, silence():
        archive.add_endpoint(
            "serve", view, input_signature=[tf.TensorSpec((1, side, side, 3), dtype)]
        )
        archive.write_out(folder, verbose=False)
        converter = tf.lite.TFLiteConverter.from_saved_model(folder)
        configure(converter)
        return bytes(converter.convert())
