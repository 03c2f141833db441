"""The parts of a TFLite model, as its interpreter tells them: no TensorFlow, no schema."""

from __future__ import annotations

import importlib
import importlib.util
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from edge.files.errors import EnvironmentLacksError, ModelError, first_line
from edge.model.graph import (
    ACTIVATION,
    CONSTANT,
    INPUT,
    OUTPUT,
    Graph,
    Tensor,
    describe_storage,
)

# Operators whose second input is a weight, and its axis that counts the outputs.
_CHANNEL_AXES = {
    "CONV_2D": 0,
    "DEPTHWISE_CONV_2D": 3,
    "FULLY_CONNECTED": 0,
    "TRANSPOSE_CONV": 0,
}
_DEQUANTIZE = "DEQUANTIZE"


def read_tflite_graph(model: bytes, path: Path) -> Graph:
    """Read the parts of a TFLite model.

    Args:
        model: the flatbuffer.
        path: of its file, for messages.

    Raises:
        ModelError: the runtime cannot open it.
        EnvironmentLacksError: no runtime is installed.
    """
    interpreter = _open(model, path)
    operators = interpreter._get_ops_details()  # the only way to them
    inputs = {detail["index"] for detail in interpreter.get_input_details()}
    outputs = {detail["index"] for detail in interpreter.get_output_details()}
    computed = {int(place) for operator in operators for place in operator["outputs"]}

    def role_of(place: int) -> str:
        if place in inputs:
            return INPUT
        if place in outputs:
            return OUTPUT
        return ACTIVATION if place in computed else CONSTANT

    tensors = {
        detail["index"]: _read_tensor(detail, role_of(detail["index"]))
        for detail in interpreter.get_tensor_details()
    }
    makers = {int(place): operator for operator in operators for place in operator["outputs"]}
    weights = Counter(
        _describe_weight(operator, tensors, makers)
        for operator in operators
        if operator["op_name"] in _CHANNEL_AXES
    )
    kinds = Counter(str(operator["op_name"]) for operator in operators)
    return Graph(tuple(tensors.values()), dict(kinds.most_common()), dict(weights.most_common()))


def _open(model: bytes, path: Path) -> Any:
    """Open a model without the delegate, which would hide the operators that it takes."""
    if importlib.util.find_spec("ai_edge_litert") is not None:
        runtime = importlib.import_module("ai_edge_litert.interpreter")
    elif importlib.util.find_spec("tflite_runtime") is not None:
        runtime = importlib.import_module("tflite_runtime.interpreter")
    else:
        raise EnvironmentLacksError(
            f"{path}: no runtime for TFLite is installed: pip install ai-edge-litert"
        )
    plain = runtime.OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES
    try:
        return runtime.Interpreter(model_content=model, experimental_op_resolver_type=plain)
    except (ValueError, RuntimeError) as error:
        raise ModelError(f"{path}: the runtime cannot open it ({first_line(error)})") from error


def _read_tensor(detail: Mapping[str, Any], role: str) -> Tensor:
    quantization = detail["quantization_parameters"]
    return Tensor(
        name=detail["name"],
        role=role,
        dtype=np.dtype(detail["dtype"]).name,
        shape=tuple(int(size) for size in detail["shape"]),
        scales=tuple(float(scale) for scale in quantization["scales"]),
        zero_points=tuple(int(point) for point in quantization["zero_points"]),
    )


def _describe_weight(
    operator: Mapping[str, Any],
    tensors: Mapping[int, Tensor],
    makers: Mapping[int, Mapping[str, Any]],
) -> str:
    place = int(operator["inputs"][1])
    maker = makers.get(place)
    if maker is not None and maker["op_name"] == _DEQUANTIZE:
        place = int(maker["inputs"][0])
    weight = tensors[place]
    channels = weight.shape[_CHANNEL_AXES[operator["op_name"]]]
    return describe_storage(weight.dtype, int(channels), len(weight.scales))
