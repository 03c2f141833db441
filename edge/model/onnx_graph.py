"""The parts of an ONNX model, read from its bytes: no onnx package, no runtime."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from edge.model.graph import CONSTANT, INPUT, OUTPUT, Graph, Tensor, describe_storage
from edge.model.onnx_file import GRAPH
from edge.model.protobuf import messages_of, numbers_of, texts_of

# onnx.proto: enum TensorProto.DataType.
_DTYPES = {
    1: "float32",
    2: "uint8",
    3: "int8",
    4: "uint16",
    5: "int16",
    6: "int32",
    7: "int64",
    8: "string",
    9: "bool",
    10: "float16",
    11: "float64",
    12: "uint32",
    13: "uint64",
    16: "bfloat16",
    21: "uint4",
    22: "int4",
}
# Operators whose second input is a weight, and its axis that counts the outputs.
_CHANNEL_AXES = {"Conv": 0, "ConvTranspose": 1, "Gemm": 0, "MatMul": 1}
_DEQUANTIZE = "DequantizeLinear"


@dataclass(frozen=True)
class _Node:
    kind: str
    inputs: Sequence[str]


def read_onnx_graph(model: bytes) -> Graph:
    """Read the parts of an ONNX model.

    Raises:
        ValueError: the bytes are no ONNX model.
    """
    (graph,) = messages_of(model, GRAPH)
    constants = {tensor.name: tensor for tensor in map(_read_constant, messages_of(graph, 5))}
    tensors = (
        *(_read_value(value, INPUT) for value in messages_of(graph, 11)),
        *constants.values(),
        *(_read_value(value, OUTPUT) for value in messages_of(graph, 12)),
    )
    nodes: list[_Node] = []
    makers: dict[str, _Node] = {}
    for message in messages_of(graph, 1):
        node = _Node("".join(texts_of(message, 4)), texts_of(message, 1))
        nodes.append(node)
        makers |= dict.fromkeys(texts_of(message, 2), node)
    weights = Counter(
        _describe_weight(node, constants, makers) for node in nodes if node.kind in _CHANNEL_AXES
    )
    kinds = Counter(node.kind for node in nodes)
    return Graph(tensors, dict(kinds.most_common()), dict(weights.most_common()))


def _read_constant(message: bytes) -> Tensor:
    return Tensor(
        name="".join(texts_of(message, 8)),
        role=CONSTANT,
        dtype=_name_dtype(numbers_of(message, 2)),
        shape=tuple(numbers_of(message, 1)),
    )


def _read_value(message: bytes, role: str) -> Tensor:
    kinds = [kind for outer in messages_of(message, 2) for kind in messages_of(outer, 1)]
    dimensions = [
        dimension
        for kind in kinds
        for shape in messages_of(kind, 2)
        for dimension in messages_of(shape, 1)
    ]
    return Tensor(
        name="".join(texts_of(message, 1)),
        role=role,
        dtype=_name_dtype([number for kind in kinds for number in numbers_of(kind, 1)]),
        shape=tuple(_read_dimension(dimension) for dimension in dimensions),
    )


def _read_dimension(message: bytes) -> int | str:
    sizes = numbers_of(message, 1)
    return sizes[0] if sizes else "".join(texts_of(message, 2)) or "?"


def _name_dtype(numbers: Sequence[int]) -> str:
    number = numbers[0] if numbers else 0
    return _DTYPES.get(number, f"type {number}")


def _describe_weight(
    node: _Node, constants: Mapping[str, Tensor], makers: Mapping[str, _Node]
) -> str:
    """Say how the weight of a node is stored; the scales stand in tensors of their own."""
    name, scales = node.inputs[1], 0
    maker = makers.get(name)
    if maker is not None and maker.kind == _DEQUANTIZE:
        name = maker.inputs[0]
        scale = constants.get(maker.inputs[1])
        scales = int(scale.shape[0]) if scale is not None and scale.shape else 1
    weight = constants.get(name)
    if weight is None:
        return "computed"
    return describe_storage(weight.dtype, int(weight.shape[_CHANNEL_AXES[node.kind]]), scales)
