"""What a model file holds: its card, its tensors, its operators, how its weights are stored."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edge.files.errors import ModelError
from edge.model.card import Card
from edge.model.graph import INPUT, OUTPUT, Graph
from edge.model.onnx_file import read_onnx
from edge.model.onnx_graph import read_onnx_graph
from edge.model.tflite_file import read_tflite
from edge.model.tflite_graph import read_tflite_graph


@dataclass(frozen=True)
class Contents:
    """What a model file holds.

    Attributes:
        path: of the file.
        format: TFLite or ONNX.
        size_bytes: of the file.
        card: its card.
        graph: its tensors and operators.
    """

    path: Path
    format: str
    size_bytes: int
    card: Card
    graph: Graph

    def to_dict(self) -> dict[str, Any]:
        """Return all but the card as JSON values."""
        tensors = [tensor.to_dict() for tensor in self.graph.tensors]
        return {
            "file": self.path.name,
            "format": self.format,
            "bytes": self.size_bytes,
            "inputs": [tensor for tensor in tensors if tensor["role"] == INPUT],
            "outputs": [tensor for tensor in tensors if tensor["role"] == OUTPUT],
            "operators": dict(self.graph.operators),
            "weights": dict(self.graph.weights),
            "all_integer": not self.graph.not_integer,
            "not_integer": [tensor.name for tensor in self.graph.not_integer],
            "tensors": tensors,
        }


def read_contents(path: Path) -> Contents:
    """Read what a model file holds, without running it.

    Args:
        path: a ``.tflite`` or ``.onnx`` file.

    Raises:
        ModelError: the file is damaged, of another format or without a card.
        EnvironmentLacksError: no runtime that tells the tensors of a TFLite file.
    """
    if path.suffix != ".onnx":
        tflite = read_tflite(path)
        graph = read_tflite_graph(tflite.model, path)
        return Contents(path, "TFLite", path.stat().st_size, tflite.card, graph)
    onnx = read_onnx(path)
    try:
        graph = read_onnx_graph(onnx.model)
    except ValueError as error:
        raise ModelError(f"{path}: is not an ONNX model ({error})") from error
    return Contents(path, "ONNX", path.stat().st_size, onnx.card, graph)
