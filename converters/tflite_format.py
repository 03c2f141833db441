"""Keras to TFLite. The output is the grid of cell logits: one file is tile and dense view."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from converters.keras_model import KerasModel
from edge.quiet import hush


def to_tflite_float32(parent: KerasModel, _: NDArray[np.uint8]) -> bytes:
    """Convert to float32 TFLite: uint8 (1, P, P, 3) RGB in, float32 cell logits out."""
    return _convert(parent, parent.cells, tf.uint8)


def to_tflite_int8(parent: KerasModel, calibration: NDArray[np.uint8]) -> bytes:
    """Convert to full-int8 TFLite: every tensor integer, weights quantized per channel.

    The graph is cut behind its scaling layer: the input's own quantization parameters
    (2/255, zero point 127) do that scaling, so raw uint8 RGB goes in and costs no layer.

    Args:
        parent: the trained model.
        calibration: uint8 (N, P, P, 3), RGB, from which the ranges of activations are taken.

    Returns:
        The flatbuffer: uint8 (1, P, P, 3) RGB in, int8 (1, P/32, P/32, 1) cell logits out.
    """

    def representative() -> Iterator[list[NDArray[np.float32]]]:
        # Both ends of the input's range, or a dark data set would clip bright photos.
        ends = np.linspace(-1, 1, calibration[0].size, dtype=np.float32)
        yield [ends.reshape(1, *calibration[0].shape)]
        for tile in calibration:
            yield [np.asarray(tile[None] / 127.5 - 1, np.float32)]

    def quantize(converter: Any) -> None:
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        converter.representative_dataset = representative
        converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
        converter.inference_input_type = tf.uint8
        converter.inference_output_type = tf.int8

    return _convert(parent, parent.cells_of_scaled, tf.float32, quantize)


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
    with tempfile.TemporaryDirectory() as folder, hush():
        archive.add_endpoint(
            "serve", view, input_signature=[tf.TensorSpec((1, side, side, 3), dtype)]
        )
        archive.write_out(folder, verbose=False)
        converter = tf.lite.TFLiteConverter.from_saved_model(folder)
        configure(converter)
        return bytes(converter.convert())
