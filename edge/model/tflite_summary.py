"""Inputs, outputs and operators of a TFLite model, by its interpreter: no TensorFlow, no schema."""

from __future__ import annotations

import importlib
import importlib.util
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from edge.files.errors import EnvironmentLacksError, ModelError, first_line
from edge.model.graph_summary import GraphSummary, TensorInfo


def summarize_tflite(model: bytes, path: Path) -> GraphSummary:
    """Read inputs, outputs and operators of a TFLite model.

    Args:
        model: the flatbuffer.
        path: of its file, for messages.

    Raises:
        ModelError: the runtime cannot open it.
        EnvironmentLacksError: no runtime is installed.
    """
    interpreter = _open(model, path)
    tensors = [_read_tensor(detail) for detail in interpreter.get_tensor_details()]
    # The operators are in no public method.
    operators = Counter(str(operator["op_name"]) for operator in interpreter._get_ops_details())
    return GraphSummary(
        tuple(map(_read_tensor, interpreter.get_input_details())),
        tuple(map(_read_tensor, interpreter.get_output_details())),
        len(tensors),
        tuple(tensor.name for tensor in tensors if not tensor.is_integer),
        dict(operators.most_common()),
    )


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


def _read_tensor(detail: Mapping[str, Any]) -> TensorInfo:
    return TensorInfo(
        # A fused tensor is named by all that went into it; the first says where it is.
        name=detail["name"].partition(";")[0],
        dtype=np.dtype(detail["dtype"]).name,
        shape=tuple(int(size) for size in detail["shape"]),
    )
