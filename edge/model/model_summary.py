"""What a model file holds: its card, inputs, outputs, operators, and which tensors are floats."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from edge.files.errors import ModelError
from edge.model.card import Card
from edge.model.graph_summary import GraphSummary
from edge.model.onnx_file import read_onnx
from edge.model.onnx_summary import summarize_onnx
from edge.model.tflite_file import read_tflite
from edge.model.tflite_summary import summarize_tflite


@dataclass(frozen=True)
class ModelSummary:
    """What a model file holds.

    Attributes:
        path: of the file.
        format: TFLite or ONNX.
        size_bytes: of the file.
        card: its card.
        graph: inputs, outputs and operators.
    """

    path: Path
    format: str
    size_bytes: int
    card: Card
    graph: GraphSummary

    @property
    def is_all_integer(self) -> bool:
        """Return whether every tensor is stored as integers."""
        return not self.graph.float_tensors

    def to_dict(self) -> dict[str, Any]:
        """Return all but the card as JSON values."""
        return {
            "file": self.path.name,
            "format": self.format,
            "bytes": self.size_bytes,
            **asdict(self.graph),
            "all_integer": self.is_all_integer,
        }


def summarize_model(path: Path) -> ModelSummary:
    """Read what a model file holds, without running it.

    Args:
        path: a ``.tflite`` or ``.onnx`` file.

    Raises:
        ModelError: the file is damaged, of another format or without a card.
        EnvironmentLacksError: no runtime that can read a TFLite file.
    """
    if path.suffix != ".onnx":
        tflite = read_tflite(path)
        graph = summarize_tflite(tflite.model, path)
        return ModelSummary(path, "TFLite", path.stat().st_size, tflite.card, graph)
    onnx = read_onnx(path)
    try:
        graph = summarize_onnx(onnx.model)
    except ValueError as error:
        raise ModelError(f"{path}: is not an ONNX model ({error})") from error
    return ModelSummary(path, "ONNX", path.stat().st_size, onnx.card, graph)
