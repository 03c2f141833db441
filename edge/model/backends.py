"""Inference runtimes: which are at hand, which formats they run, and the way to open each.

A runtime is imported only inside the function that opens it. Runners use one thread each unless
more are asked for: several of them side by side beat one with several threads.
"""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Protocol

from edge.files.errors import EnvironmentLacksError, ModelError
from edge.model.onnx_runner import open_onnx
from edge.model.runner import Backend, Runner
from edge.model.tflite_runner import open_litert, open_tflite_runtime

__all__ = ["Backend", "Runner", "find_backend_version", "list_backends", "open_backend"]

LITERT = "LiteRT"
TFLITE_RUNTIME = "tflite-runtime"
ONNX_RUNTIME = "ONNX Runtime"
OPENCV_DNN = "OpenCV dnn"


class _Opener(Protocol):
    def __call__(self, path: Path, *, name: str, version: str, threads: int) -> Backend:
        """Open a model file on a runtime."""


@dataclass(frozen=True)
class _Runtime:
    """A runtime.

    Attributes:
        name: by which results call it.
        suffix: of the files that it runs.
        module: of Python; the runtime is installed where that is.
        package: that brings it; None where it is part of every installation.
        open_file: opens a model file.
        is_for_all: a file may be opened with it unasked.
    """

    name: str
    suffix: str
    module: str
    package: str | None
    open_file: _Opener
    is_for_all: bool = True

    @property
    def is_installed(self) -> bool:
        return importlib.util.find_spec(self.module) is not None

    @property
    def version(self) -> str:
        return _opencv_version() if self.package is None else metadata.version(self.package)


def _open_opencv(path: Path, *, name: str, version: str, threads: int) -> Backend:
    # Only by name, and the device has no need to load it.
    from edge.model.opencv_runner import open_opencv

    return open_opencv(path, name=name, version=version, threads=threads)


def _opencv_version() -> str:
    import cv2

    return str(cv2.__version__)


# The first of a format comes first.
_RUNTIMES = (
    _Runtime(LITERT, ".tflite", "ai_edge_litert", "ai-edge-litert", open_litert),
    _Runtime(TFLITE_RUNTIME, ".tflite", "tflite_runtime", "tflite-runtime", open_tflite_runtime),
    _Runtime(ONNX_RUNTIME, ".onnx", "onnxruntime", "onnxruntime", open_onnx),
    # It runs floats only, and takes its threads from the whole process.
    _Runtime(OPENCV_DNN, ".onnx", "cv2", None, _open_opencv, is_for_all=False),
)
_MISSING = {
    ".tflite": "no runtime for TFLite is installed: pip install ai-edge-litert",
    ".onnx": "ONNX Runtime is not installed: pip install 'crack-edge[onnx]'",
}


def list_backends(path: Path) -> list[str]:
    """Return the names of the installed runtimes for a file's format, the preferred one first."""
    return [runtime.name for runtime in _list_runtimes(path) if runtime.is_installed]


def open_backend(path: Path, *, name: str | None = None, threads: int = 1) -> Backend:
    """Open a model file with a runtime that runs its format.

    Args:
        path: of the file.
        name: of the runtime; the first at hand if None.
        threads: that it may use for one piece.

    Raises:
        ModelError: the file is damaged, of another format or without a card; or the runtime that
            was asked for does not run it.
        EnvironmentLacksError: no runtime for it is installed, or not the one asked for.
    """
    runtime = _choose_first(path) if name is None else _find_named(path, name)
    return runtime.open_file(path, name=runtime.name, version=runtime.version, threads=threads)


def find_backend_version(path: Path, name: str) -> str:
    """Return the version of a runtime without opening the file, which need not exist.

    Raises:
        ModelError: the runtime does not run its format.
        EnvironmentLacksError: it is not installed.
    """
    return _find_named(path, name).version


def _list_runtimes(path: Path) -> list[_Runtime]:
    return [runtime for runtime in _RUNTIMES if runtime.suffix == _format_of(path)]


def _format_of(path: Path) -> str:
    # What is not a TFLite file either is told so by its reader.
    return path.suffix if path.suffix == ".onnx" else ".tflite"


def _choose_first(path: Path) -> _Runtime:
    for runtime in _list_runtimes(path):
        if runtime.is_for_all and runtime.is_installed:
            return runtime
    raise EnvironmentLacksError(f"{path}: {_MISSING[_format_of(path)]}")


def _find_named(path: Path, name: str) -> _Runtime:
    at_hand = ", ".join(list_backends(path)) or "none"
    for runtime in _list_runtimes(path):
        if runtime.name == name:
            if runtime.is_installed:
                return runtime
            raise EnvironmentLacksError(
                f"{path}: {name} is not installed; installed for this file: {at_hand}"
            )
    raise ModelError(f"{path}: no backend {name!r} for this file; installed for it: {at_hand}")
