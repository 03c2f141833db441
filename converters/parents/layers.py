"""A Keras model flattened: its layers run one by one, nested models opened, each call recorded."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import keras
import numpy as np

# What sees only its own place and those around it, whatever the size of the picture.
_LOCAL = (
    *("Conv2D", "DepthwiseConv2D", "SeparableConv2D", "BatchNormalization", "ZeroPadding2D"),
    *("MaxPooling2D", "AveragePooling2D", "Rescaling", "Normalization"),
    *("Activation", "ReLU", "LeakyReLU", "ELU"),
    *("Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum", "Concatenate"),
    # Operations on tensors, as preprocess_input and a + b write them.
    *("TrueDivide", "Divide", "Relu", "Relu6", "Sigmoid", "Silu", "HardSwish", "HardSigmoid"),
)
# What does nothing outside of training. RandomCrop is none of these.
_IDLE = {
    *("Dropout", "SpatialDropout2D", "GaussianNoise", "GaussianDropout", "AlphaDropout"),
    *("RandomFlip", "RandomRotation", "RandomZoom", "RandomTranslation", "RandomShear"),
    *("RandomBrightness", "RandomContrast", "RandomHue", "RandomSaturation", "RandomColorJitter"),
    *("Identity", "ActivityRegularization"),
}


@dataclass
class Trace:
    """The calls that lead from a model's input to its output.

    Attributes:
        calls: of each layer, in order: the layer, its first input and its output.
    """

    calls: list[tuple[Any, Any, Any]] = field(default_factory=list)

    def maker_of(self, tensor: Any) -> tuple[Any, Any] | None:
        """Return the layer that made a tensor, and that layer's input; None for the model's own."""
        for layer, given, made in self.calls:
            if made is tensor:
                return layer, given
        return None

    def find_nonlocal(self, tensor: Any) -> str | None:
        """Name the first layer before a tensor whose receptive field may be the whole picture."""
        for layer, _, made in self.calls:
            kind = type(layer).__name__
            if kind not in _LOCAL and not (kind == "LayerNormalization" and _norms_channels(layer)):
                return f"{layer.name} ({kind})"
            if made is tensor:
                break
        return None


def _norms_channels(layer: Any) -> bool:
    return layer.axis in (-1, [-1], 3, [3])


def _as_rescaling(layer: Any) -> Any:
    """Return a Rescaling that does the same: tf2onnx takes the tensors of the other for inputs."""
    read = keras.ops.convert_to_numpy
    mean, variance = np.ravel(read(layer.mean)), np.ravel(read(layer.variance))
    factor = 1 / np.maximum(np.sqrt(variance), keras.config.epsilon())
    return keras.layers.Rescaling(factor.tolist(), offset=(-mean * factor).tolist())


def run_flat(model: Any, pictures: Any, trace: Trace, *, skip: Any = None) -> Any:
    """Run a model's layers on a symbolic tensor; weights are shared, nested models opened.

    Layers that only work in training are left out.

    Args:
        model: functional or sequential.
        pictures: Keras tensor, of another size than the model's input if need be.
        trace: to which the calls are added.
        skip: a layer that is left out too.

    Raises:
        ValueError: a layer does not take pictures of this size.
    """

    def call(layer: Any, *args: Any, **kwargs: Any) -> Any:
        if isinstance(layer, keras.Model):
            return run_flat(layer, args[0], trace, skip=skip)
        if layer is skip or type(layer).__name__ in _IDLE:
            return args[0]
        if type(layer) is keras.layers.Normalization and not layer.invert:
            layer = _as_rescaling(layer)
        made = layer(*args, **kwargs)
        trace.calls.append((layer, args[0], made))
        return made

    if isinstance(model, keras.Sequential):
        x = pictures
        for layer in model.layers:
            x = call(layer, x)
        return x
    # clone_model does the same in public, but loses the tensors where a nested model begins.
    return model._run_through_graph(pictures, operation_fn=lambda layer: layer, call_fn=call)
