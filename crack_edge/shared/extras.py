"""The packages of the extras that a command and a function of the Python API both need."""

from __future__ import annotations

from crack_edge.shared.console import require_extra


def require_training() -> None:
    """Stop with the pip command where a package that trains is not installed; Keras comes later.

    Raises:
        EnvironmentLacksError: names the missing package.
    """
    require_extra("train", "matplotlib", "tensorboard", "jinja2")


def require_conversion() -> None:
    """Stop with the pip command where a package that converts is not installed.

    Raises:
        EnvironmentLacksError: names the missing package.
    """
    require_extra("convert", "tensorflow", "onnx", "tf2onnx", "onnxruntime", "jinja2")
