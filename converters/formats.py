"""The formats that a model converts to: how each file is made and how its card gets in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from converters.keras_model import KerasModel
from converters.onnx_card import put_card_into_onnx
from converters.onnx_format import to_onnx_float32
from converters.tflite_card import put_card_into_tflite
from converters.tflite_format import to_tflite_float32, to_tflite_int8
from edge.card import Card


@dataclass(frozen=True)
class Format:
    """One kind of file.

    Attributes:
        quantization: float32, float16, dynamic, int8 ...; part of the file's name.
        suffix: of the file's name.
        make: turns the model and calibration tiles, uint8 (N, P, P, 3) RGB, into the file's bytes.
        put_card: returns these bytes with the card in them.
    """

    quantization: str
    suffix: str
    make: Callable[[KerasModel, NDArray[np.uint8]], bytes]
    put_card: Callable[[bytes, Card], bytes]


FORMATS: Mapping[str, Format] = {
    "tflite-float32": Format("float32", ".tflite", to_tflite_float32, put_card_into_tflite),
    "tflite-int8": Format("int8", ".tflite", to_tflite_int8, put_card_into_tflite),
    "onnx-float32": Format("float32", ".onnx", to_onnx_float32, put_card_into_onnx),
}
