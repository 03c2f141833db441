"""Keras to ONNX, float32 and int8: any number of pictures, of any size where there are cells."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import tensorflow as tf
from numpy.typing import NDArray
from onnx import numpy_helper
from onnxruntime.quantization import (
    CalibrationDataReader,
    CalibrationMethod,
    QuantFormat,
    QuantType,
    quantize_static,
)
from onnxruntime.quantization.registry import QDQRegistry, QLinearOpsRegistry
from onnxruntime.quantization.shape_inference import quant_pre_process

from converters.formats.onnx.graph import INPUT, export_graph, name_by_order
from converters.parents.keras_model import MAX_PIXEL, KerasModel
from converters.quantization.int8_network import Int8Network
from edge.files.native_output import silence
from edge.model.onnx_file import ONNX_STEP_KEY


def to_onnx_float32(parent: KerasModel, _: Int8Network) -> bytes:
    """Convert to float32 ONNX: uint8 (N, H, W, 3) RGB in, float32 cell logits out."""
    return bytes(export_graph(parent, parent.cells, tf.uint8).SerializeToString(deterministic=True))


def to_onnx_int8(parent: KerasModel, int8: Int8Network) -> bytes:
    """Convert to int8 ONNX: QuantizeLinear and DequantizeLinear around what ONNX Runtime fuses.

    Weights are int8 per channel, activations uint8: the pair that is fast on x86 with VNNI. As in
    TFLite the input's own quantization does the scaling. The last layer, one channel, stays float:
    it costs nothing, and cell logits keep their digits.

    Args:
        parent: the trained model.
        int8: its network with int8 weights, and the calibration tiles.

    Returns:
        The file: uint8 (N, H, W, 3) RGB in, float32 cell logits out; its metadata says what one
        quantization step of a logit would be, from the range of the logits in calibration.
    """
    scale, zero_point = int8.input_quantization.scale, int8.input_quantization.zero_point
    tiles = _ScaledTiles(int8)
    model = export_graph(parent, int8.cells_of_scaled, tf.float32)
    with tempfile.TemporaryDirectory() as folder, silence():
        plain, folded, quantized = (Path(folder) / f"{name}.onnx" for name in "abc")
        onnx.save(model, plain)
        # Its symbolic shapes would need sympy; the sizes of tensors are of no use here.
        quant_pre_process(str(plain), str(folded), skip_symbolic_shape=True)
        graph = onnx.load(folded).graph
        quantize_static(
            str(folded),
            str(quantized),
            tiles,
            quant_format=QuantFormat.QDQ,
            # By default the same, in the order of a set.
            op_types_to_quantize=sorted({*QDQRegistry, *QLinearOpsRegistry}),
            per_channel=True,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            nodes_to_exclude=_last_layers(graph),
            calibrate_method=CalibrationMethod.MinMax,
            extra_options={
                "TensorQuantOverrides": {
                    _first_quantized(graph): [
                        {
                            "scale": np.array(scale, np.float32),
                            "zero_point": np.array(zero_point, "u1"),
                        }
                    ]
                },
            },
        )
        result = onnx.load(quantized)
        step = _range_of_logits(plain, tiles) / MAX_PIXEL
    _take_uint8(result, scale, zero_point)
    name_by_order(result)
    onnx.helper.set_model_props(result, {ONNX_STEP_KEY: repr(step)})
    return bytes(result.SerializeToString(deterministic=True))


class _ScaledTiles(CalibrationDataReader):  # type: ignore[misc]
    """Calibration tiles one by one, as the float graph takes them."""

    def __init__(self, int8: Int8Network) -> None:
        self._int8 = int8
        self._left = iter(self.feeds())

    def feeds(self) -> Iterator[dict[str, NDArray[np.float32]]]:
        for tile in self._int8.calibration:
            yield {INPUT: self._int8.input_quantization.dequantize(tile[None])}

    def get_next(self) -> dict[str, NDArray[np.float32]] | None:
        return next(self._left, None)


def _first_quantized(graph: onnx.GraphProto) -> str:
    """Name the tensor that is quantized first: the input, or the input turned to (N, C, H, W)."""
    for node in graph.node:
        if node.op_type == "Transpose" and node.input[0] == INPUT:
            return str(node.output[0])
    return INPUT


def _last_layers(graph: onnx.GraphProto) -> list[str]:
    """Name the last layer with weights and what comes after it."""
    weighted = [
        i for i, node in enumerate(graph.node) if node.op_type in ("Conv", "Gemm", "MatMul")
    ]
    return [node.name for node in graph.node[weighted[-1] :]] if weighted else []


def _range_of_logits(model: Path, tiles: _ScaledTiles) -> float:
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    logits = np.stack([session.run(None, feed)[0] for feed in tiles.feeds()])
    return float(logits.max() - logits.min())


def _take_uint8(model: onnx.ModelProto, scale: float, zero_point: int) -> None:
    """Let the float graph start at uint8, in place; ONNX Runtime then drops what cancels out."""
    graph = model.graph
    for node in graph.node:
        for slot, tensor in enumerate(node.input):
            if tensor == INPUT:
                node.input[slot] = "scaled"
    graph.initializer.append(numpy_helper.from_array(np.array(scale, np.float32), "scale"))
    graph.initializer.append(numpy_helper.from_array(np.array(zero_point, np.uint8), "zero_point"))
    entry = [INPUT, "scale", "zero_point"]
    graph.node.insert(0, onnx.helper.make_node("DequantizeLinear", entry, ["scaled"]))
    graph.input[0].type.tensor_type.elem_type = onnx.TensorProto.UINT8
