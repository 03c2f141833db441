"""Inputs, outputs and operators of an ONNX model, read from its bytes: no package, no runtime."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from edge.model.graph_summary import GraphSummary, TensorInfo
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


def summarize_onnx(model: bytes) -> GraphSummary:
    """Read inputs, outputs and operators of an ONNX model.

    Raises:
        ValueError: the bytes are not an ONNX model.
    """
    (graph,) = messages_of(model, GRAPH)
    inputs = tuple(_read_value(value) for value in messages_of(graph, 11))
    outputs = tuple(_read_value(value) for value in messages_of(graph, 12))
    tensors = (*inputs, *map(_read_constant, messages_of(graph, 5)), *outputs)
    operators = Counter("".join(texts_of(node, 4)) for node in messages_of(graph, 1))
    return GraphSummary(
        inputs,
        outputs,
        len(tensors),
        tuple(tensor.name for tensor in tensors if not tensor.is_integer),
        dict(operators.most_common()),
    )


def _read_constant(message: bytes) -> TensorInfo:
    return TensorInfo(
        name="".join(texts_of(message, 8)),
        dtype=_name_dtype(numbers_of(message, 2)),
        shape=tuple(numbers_of(message, 1)),
    )


def _read_value(message: bytes) -> TensorInfo:
    kinds = [kind for outer in messages_of(message, 2) for kind in messages_of(outer, 1)]
    dimensions = [
        dimension
        for kind in kinds
        for shape in messages_of(kind, 2)
        for dimension in messages_of(shape, 1)
    ]
    return TensorInfo(
        name="".join(texts_of(message, 1)),
        dtype=_name_dtype([number for kind in kinds for number in numbers_of(kind, 1)]),
        shape=tuple(_read_dimension(dimension) for dimension in dimensions),
    )


def _read_dimension(message: bytes) -> int | str:
    sizes = numbers_of(message, 1)
    return sizes[0] if sizes else "".join(texts_of(message, 2)) or "?"


def _name_dtype(numbers: Sequence[int]) -> str:
    number = numbers[0] if numbers else 0
    return _DTYPES.get(number, f"type {number}")
