"""The end of a classifier: its last linear unit, taken out in front of the sigmoid or softmax.

A probability turned back into a logit has lost the digits that matter; the unit itself has not.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from converters.parents.layers import Trace
from edge.files.errors import ModelError

# For each activation, how many outputs make two classes of it.
ACTIVATIONS: Mapping[str, tuple[int, ...]] = {"sigmoid": (1,), "softmax": (2,), "linear": (1, 2)}


@dataclass(frozen=True)
class Head:
    """The last linear unit and what it stands on.

    Attributes:
        features: Keras tensor; (N, h, w, C) where their mean feeds the unit, else (N, C).
        kernel: float32 (C, 1): features to crack logit.
        bias: float32 (1,).
        activation: sigmoid, softmax or linear: what the model makes of its logits.
        outputs: 1 or 2.
    """

    features: Any
    kernel: NDArray[np.float32]
    bias: NDArray[np.float32]
    activation: str
    outputs: int

    @property
    def is_pooled(self) -> bool:
        """Return whether the logit is linear in the mean of a grid of features."""
        return len(self.features.shape) == 4


def find_head(trace: Trace, output: Any, *, crack: int, where: str) -> Head:
    """Take the head off a model.

    Args:
        trace: the calls that made the output.
        output: Keras tensor, (N, 1) or (N, 2).
        crack: which class means crack, 0 or 1.
        where: the file, for messages.

    Raises:
        ModelError: not a classifier of two classes, or its last layer is not one that is known.
    """
    outputs = output.shape[-1] if len(output.shape) == 2 else None
    if outputs not in (1, 2):
        raise ModelError(
            f"{where}: gives {_shape(output)}; expected one crack output or two classes, "
            "(None, 1) or (None, 2)"
        )
    activation, logits = _find_logits(trace, output)
    require_activation(activation, outputs, where)
    toward = toward_crack(outputs, crack)
    features, kernel, bias = _read_unit(trace, logits, activation, where)
    features, kernel, bias = _fold_norms(trace, features, kernel @ toward, bias @ toward)
    return Head(_find_grid(trace, features), kernel, bias, activation, outputs)


def require_activation(activation: str, outputs: int, where: str) -> None:
    """Stop where outputs and activation do not make two classes.

    Raises:
        ModelError: says which would.
    """
    if outputs not in ACTIVATIONS.get(activation, ()):
        raise ModelError(
            f"{where}: ends in {outputs} outputs with {activation}; expected one with sigmoid, "
            "two with softmax, or linear logits"
        )


def toward_crack(outputs: int, crack: int) -> NDArray[np.float32]:
    """Return what turns logits into the crack logit, float32 (outputs, 1).

    Args:
        outputs: 1 (it speaks for class 1) or 2.
        crack: which class means crack, 0 or 1.
    """
    sign = 1 if crack else -1
    return np.array([[sign]] if outputs == 1 else [[-sign], [sign]], np.float32)


def _find_logits(trace: Trace, output: Any) -> tuple[str, Any]:
    """Return the last activation and the tensor that it is applied to, or would be."""
    tensor = _pass_idle(trace, output)
    made = trace.maker_of(tensor)
    if made is None:
        return "linear", tensor
    layer, given = made
    kind = type(layer).__name__
    if kind == "Activation":
        return _name(layer.activation), _pass_idle(trace, given)
    if kind in ("Softmax", "Sigmoid"):
        return kind.lower(), _pass_idle(trace, given)
    if kind == "Dense":
        return _name(layer.activation), tensor
    return "linear", tensor


def _read_unit(
    trace: Trace, logits: Any, activation: str, where: str
) -> tuple[Any, NDArray[np.float32], NDArray[np.float32]]:
    """Return what the linear unit stands on, its kernel (C, outputs) and bias (outputs,)."""
    made = trace.maker_of(logits)
    if made and isinstance(made[0], keras.layers.Dense):
        layer, given = made
        kernel = np.asarray(keras.ops.convert_to_numpy(layer.kernel), np.float32)
        bias = np.zeros(kernel.shape[1], np.float32)
        if layer.use_bias:
            bias = np.asarray(keras.ops.convert_to_numpy(layer.bias), np.float32)
        return given, kernel, bias
    if made and (activation != "linear" or _is_mean_of_units(trace, logits)):
        outputs = logits.shape[-1]
        return logits, np.eye(outputs, dtype=np.float32), np.zeros(outputs, np.float32)
    raise ModelError(
        f"{where}: cannot distinguish logits from probabilities at its end; expected a Dense "
        "layer or a sigmoid or softmax last"
    )


def _fold_norms(
    trace: Trace, features: Any, kernel: NDArray[np.float32], bias: NDArray[np.float32]
) -> tuple[Any, NDArray[np.float32], NDArray[np.float32]]:
    """Put batch norms that stand between pooling and unit into the unit's weights."""
    while True:
        features = _pass_idle(trace, features)
        made = trace.maker_of(features)
        if not made or not isinstance(made[0], keras.layers.BatchNormalization):
            return features, kernel, bias
        norm, given = made
        if len(given.shape) != 2:
            return features, kernel, bias
        read = keras.ops.convert_to_numpy
        gain = 1 / np.sqrt(np.asarray(read(norm.moving_variance), np.float64) + norm.epsilon)
        gain = gain * (read(norm.gamma) if norm.scale else 1)
        shift = (read(norm.beta) if norm.center else 0) - read(norm.moving_mean) * gain
        bias = np.asarray(bias + shift @ kernel, np.float32)
        kernel = np.asarray(gain[:, None] * kernel, np.float32)
        features = given


def _find_grid(trace: Trace, features: Any) -> Any:
    """Return the grid whose mean the features are, or the features."""
    made = trace.maker_of(features)
    if made and isinstance(made[0], keras.layers.Flatten) and _is_pooled(trace, made[1]):
        made = trace.maker_of(made[1])
    if made and isinstance(made[0], keras.layers.GlobalAveragePooling2D):
        grid = made[1]
        if len(grid.shape) == 4 and made[0].data_format == "channels_last":
            return grid
    return features


def _is_pooled(trace: Trace, tensor: Any) -> bool:
    made = trace.maker_of(tensor)
    return made is not None and isinstance(made[0], keras.layers.GlobalAveragePooling2D)


def _is_mean_of_units(trace: Trace, tensor: Any) -> bool:
    """Return whether a tensor is the mean of a grid that a convolution made, not yet activated."""
    pooling = trace.maker_of(tensor)
    made = trace.maker_of(pooling[1]) if pooling and _is_pooled(trace, tensor) else None
    return made is not None and type(made[0]) is keras.layers.Conv2D and _is_linear(made[0])


def _is_linear(layer: Any) -> bool:
    return _name(layer.activation) == "linear"


def _pass_idle(trace: Trace, tensor: Any) -> Any:
    """Go back over layers that change nothing."""
    while made := trace.maker_of(tensor):
        layer, given = made
        is_linear = isinstance(layer, keras.layers.Activation) and _is_linear(layer)
        is_flat = isinstance(layer, keras.layers.Flatten) and len(given.shape) == 2
        if not (is_linear or is_flat):
            break
        tensor = given
    return tensor


def _name(activation: Any) -> str:
    return str(getattr(activation, "__name__", activation))


def _shape(tensor: Any) -> str:
    return "(" + ", ".join(str(side) for side in tensor.shape) + ")"
