"""Keras to ONNX, with any number of pictures; of any size where the model has the dense view."""

from __future__ import annotations

from typing import Any

import numpy as np
import tensorflow as tf
import tf2onnx
from numpy.typing import NDArray

from converters.keras_model import KerasModel
from edge.quiet import hush

_OPSET = 17


def to_onnx_float32(parent: KerasModel, _: NDArray[np.uint8]) -> bytes:
    """Convert to float32 ONNX: uint8 (N, H, W, 3) RGB in, float32 cell logits out."""
    side = parent.free_side
    signature = [tf.TensorSpec((None, side, side, 3), tf.uint8, name="pictures")]

    @tf.function(input_signature=signature)  # type: ignore[untyped-decorator]
    def cell_logits(pictures: Any) -> Any:
        return tf.identity(parent.cells(pictures), name="cell_logits")

    with hush():
        proto, _unused = tf2onnx.convert.from_function(
            cell_logits, input_signature=signature, opset=_OPSET
        )
    return bytes(proto.SerializeToString())
