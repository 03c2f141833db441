"""The formats that a model converts to: how each file is made and how its card gets in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import onnx
import tensorflow as tf
from tensorflow.lite.python.convert_phase import ConverterError

from converters.formats.onnx.card import put_card_into_onnx
from converters.formats.onnx.conversion import to_onnx_float32, to_onnx_int8
from converters.formats.tflite.card import put_card_into_tflite
from converters.formats.tflite.conversion import (
    to_tflite_dynamic,
    to_tflite_float16,
    to_tflite_float32,
    to_tflite_int8,
    to_tflite_int16x8,
)
from converters.parents.keras_model import KerasModel
from converters.quantization.int8_network import Int8Network
from edge.files.errors import ModelError, first_line
from edge.model.card import Card

Make = Callable[[KerasModel, Int8Network], bytes]

# Bytes that a weight takes at least.
_WEIGHT_BYTES = {"float32": 4, "float16": 2}
# Batch norms are folded into convolutions and leave no weights of their own.
_KEPT_SHARE = 0.5
_CONVERTERS_SAY = (
    *(ConverterError, tf.errors.OpError, onnx.checker.ValidationError),
    *(ValueError, TypeError, RuntimeError, NotImplementedError, KeyError),
)


@dataclass(frozen=True)
class Format:
    """One kind of file.

    Attributes:
        quantization: one of ``edge.model.card.QUANTIZATIONS``; part of the file's name.
        suffix: of the file's name.
        make: turns the model, and its int8 weights where they serve, into the file's bytes.
        put_card: returns these bytes with the card in them.
    """

    quantization: str
    suffix: str
    make: Make
    put_card: Callable[[bytes, Card], bytes]


def _explain(key: str, make: Make) -> Make:
    """Let a maker say in one line what it could not convert, or that weights got lost."""

    def make_or_explain(parent: KerasModel, int8: Int8Network) -> bytes:
        try:
            data = make(parent, int8)
        except _CONVERTERS_SAY as error:
            raise ModelError(
                f"{parent.path}: cannot be converted to {key} ({first_line(error)}); "
                "choose another format with --to"
            ) from error
        _require_weights(data, parent, key)
        return data

    return make_or_explain


def _require_weights(data: bytes, parent: KerasModel, key: str) -> None:
    """Refuse a file without weights, which TensorFlow writes of some models without an error.

    Raises:
        ModelError: it is too small to hold them.
    """
    width = _WEIGHT_BYTES.get(key.partition("-")[2], 1)
    weights = int(parent.model.count_params())
    if len(data) < _KEPT_SHARE * width * weights:
        raise ModelError(
            f"{parent.path}: {key} has {len(data)} bytes, too few for {weights} weights of "
            f"{width}; TensorFlow {tf.__version__} lost some of them; choose another format "
            "with --to"
        )


def _tflite(quantization: str, make: Make) -> Format:
    explained = _explain(f"tflite-{quantization}", make)
    return Format(quantization, ".tflite", explained, put_card_into_tflite)


def _onnx(quantization: str, make: Make) -> Format:
    return Format(quantization, ".onnx", _explain(f"onnx-{quantization}", make), put_card_into_onnx)


FORMATS: Mapping[str, Format] = {
    "tflite-float32": _tflite("float32", to_tflite_float32),
    "tflite-float16": _tflite("float16", to_tflite_float16),
    "tflite-dynamic": _tflite("dynamic", to_tflite_dynamic),
    "tflite-int8": _tflite("int8", to_tflite_int8),
    "tflite-int16x8": _tflite("int16x8", to_tflite_int16x8),
    "onnx-float32": _onnx("float32", to_onnx_float32),
    "onnx-int8": _onnx("int8", to_onnx_int8),
}
