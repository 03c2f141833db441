"""Keras to ONNX, with any number of pictures of any size."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx
import tensorflow as tf
import tf2onnx
from numpy.typing import NDArray

from converters.keras_model import KerasModel
from edge.card import Card
from edge.modelfile import ONNX_CARD_KEY
from edge.quiet import hush

_OPSET = 17


def to_onnx_float32(parent: KerasModel, _: NDArray[np.uint8]) -> bytes:
    """Convert to float32 ONNX: uint8 (N, H, W, 3) RGB in, float32 cell logits out."""
    signature = [tf.TensorSpec((None, None, None, 3), tf.uint8, name="pictures")]

    @tf.function(input_signature=signature)  # type: ignore[untyped-decorator]
    def cell_logits(pictures: Any) -> Any:
        return tf.identity(parent.cells(pictures), name="cell_logits")

    with hush():
        proto, _unused = tf2onnx.convert.from_function(
            cell_logits, input_signature=signature, opset=_OPSET
        )
    return bytes(proto.SerializeToString())


def put_card_into_onnx(model: bytes, card: Card) -> bytes:
    """Return the ONNX file with the card in its metadata, checked by onnx."""
    proto = onnx.load_model_from_string(model)
    onnx.helper.set_model_props(proto, {ONNX_CARD_KEY: card.to_json()})
    onnx.checker.check_model(proto)
    return bytes(proto.SerializeToString())
