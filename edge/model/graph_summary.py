"""The facts of a model's graph that are the same for every format."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

_INTEGER_DTYPES = ("int", "uint", "bool")


@dataclass(frozen=True)
class TensorInfo:
    """One tensor of a model.

    Attributes:
        name: in the file.
        dtype: int8, float32 ...
        shape: sizes; a name stands for one that is free.
    """

    name: str
    dtype: str
    shape: tuple[int | str, ...]

    @property
    def is_integer(self) -> bool:
        """Return whether it is stored as integers."""
        return self.dtype.startswith(_INTEGER_DTYPES)


@dataclass(frozen=True)
class GraphSummary:
    """What is known of a model's graph.

    Attributes:
        inputs: of the model.
        outputs: of the model.
        tensors: how many there are. An ONNX file does not list its activations.
        float_tensors: names of those that are not stored as integers.
        operators: how many of each kind, the most frequent first.
    """

    inputs: tuple[TensorInfo, ...]
    outputs: tuple[TensorInfo, ...]
    tensors: int
    float_tensors: tuple[str, ...]
    operators: Mapping[str, int]
