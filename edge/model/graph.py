"""The parts of a model: its tensors, its operators and how its weights are stored."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

INPUT, OUTPUT, CONSTANT, ACTIVATION = "input", "output", "constant", "activation"
_WHOLE_NUMBERS = ("int", "uint", "bool")


@dataclass(frozen=True)
class Tensor:
    """One tensor of a model.

    Attributes:
        name: in the file.
        role: input, output, constant (weights, biases, shapes) or activation.
        dtype: int8, float32 ...
        shape: sizes; a name stands for one that is free.
        scales: of its quantization: none, one, or one for each channel.
        zero_points: as many as scales.
    """

    name: str
    role: str
    dtype: str
    shape: tuple[int | str, ...]
    scales: tuple[float, ...] = ()
    zero_points: tuple[int, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON values; of many scales only their number."""
        single = len(self.scales) == 1
        return {
            "name": self.name,
            "role": self.role,
            "dtype": self.dtype,
            "shape": list(self.shape),
            "scales": len(self.scales),
            "scale": self.scales[0] if single else None,
            "zero_point": self.zero_points[0] if single else None,
        }

    @property
    def is_integer(self) -> bool:
        """Tell whether it is stored as whole numbers."""
        return self.dtype.startswith(_WHOLE_NUMBERS)


@dataclass(frozen=True)
class Graph:
    """What is known of a model's graph.

    Attributes:
        tensors: in the order of the file. An ONNX file does not list its activations.
        operators: how many of each kind, the most frequent first.
        weights: how many weights of convolutions and dense layers are stored in which way, such as
            ``{"int8, per channel": 53}``.
    """

    tensors: tuple[Tensor, ...]
    operators: Mapping[str, int]
    weights: Mapping[str, int]

    def of_role(self, role: str) -> tuple[Tensor, ...]:
        """Return the tensors of a role, such as the inputs."""
        return tuple(tensor for tensor in self.tensors if tensor.role == role)

    @property
    def not_integer(self) -> tuple[Tensor, ...]:
        """Return the tensors that are stored as floats."""
        return tuple(tensor for tensor in self.tensors if not tensor.is_integer)


def describe_storage(dtype: str, channels: int, scales: int) -> str:
    """Say how a weight is stored, such as ``int8, per channel``.

    Args:
        dtype: of its numbers.
        channels: how many outputs it has.
        scales: how many scales its quantization has; 0 for none.
    """
    if not scales:
        return dtype
    return f"{dtype}, per {'channel' if scales == channels else 'tensor'}"
