"""Inference runtimes, each behind one function that opens a model for one piece size.

A runtime is imported only inside the function that opens it. Runners use one thread each: several
of them side by side beat one with several threads.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from importlib import metadata
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from edge.card import Card
from edge.errors import EnvironmentLacksError, ModelError, first_line
from edge.modelfile import read_tflite
from edge.onnxfile import ONNX_STEP_KEY, read_onnx

LITERT = "LiteRT"
TFLITE_RUNTIME = "tflite-runtime"
ONNX_RUNTIME = "ONNX Runtime"


class Runner(Protocol):
    """A model opened for pieces of one size; not to be called by two threads at once."""

    @property
    def step(self) -> float:
        """Return one quantization step of a cell logit; 0 for float files."""

    def __call__(self, piece: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Turn a piece, uint8 (H, W, 3) RGB, into cell logits, float32 (H/32, W/32)."""


@dataclass
class Backend:
    """A model file together with the runtime that opens it, for pieces of any one size."""

    name: str
    version: str
    card: Card
    open_runner: Callable[[tuple[int, int]], Runner]


def open_backend(path: Path) -> Backend:
    """Open a model file with the first runtime at hand that runs its format.

    Raises:
        ModelError: the file is damaged, of another format or without a card.
        EnvironmentLacksError: no runtime for it is installed.
    """
    if path.suffix == ".onnx":
        return _open_onnx(path)
    return _open_tflite(path)


def _open_tflite(path: Path) -> Backend:
    file = read_tflite(path)
    for name, module, package, open_interpreter in (
        (LITERT, "ai_edge_litert", "ai-edge-litert", _litert),
        (TFLITE_RUNTIME, "tflite_runtime", "tflite-runtime", _tflite_runtime),
    ):
        if importlib.util.find_spec(module) is not None:
            open_runner = partial(_open_tflite_runner, name, open_interpreter, file.model, path)
            return Backend(name, metadata.version(package), file.card, open_runner)
    raise EnvironmentLacksError(
        f"{path}: no runtime for TFLite is installed: pip install ai-edge-litert"
    )


def _open_tflite_runner(
    name: str,
    open_interpreter: Callable[[bytes], Any],
    model: bytes,
    path: Path,
    shape_hw: tuple[int, int],
) -> Runner:
    try:
        return _TfliteRunner(open_interpreter(model), shape_hw)
    except (ValueError, RuntimeError) as error:
        raise ModelError(
            f"{path}: {name} cannot open it ({first_line(error)}); install the newest LiteRT "
            "(pip install -U ai-edge-litert), or take the model's int8 or float32 file"
        ) from error


def _litert(model: bytes) -> Any:
    from ai_edge_litert.interpreter import Interpreter

    return Interpreter(model_content=model, num_threads=1)


def _tflite_runtime(model: bytes) -> Any:
    from tflite_runtime.interpreter import Interpreter

    return Interpreter(model_content=model, num_threads=1)


class _TfliteRunner:
    """An interpreter with its shape fixed: a later resize would build the delegate again."""

    def __init__(self, interpreter: Any, shape_hw: tuple[int, int]) -> None:
        entry = interpreter.get_input_details()[0]["index"]
        interpreter.resize_tensor_input(entry, [1, *shape_hw, 3], strict=False)
        interpreter.allocate_tensors()
        exit_ = interpreter.get_output_details()[0]
        self._interpreter = interpreter
        self._entry = interpreter.tensor(entry)
        self._exit = interpreter.tensor(exit_["index"])
        scale, self._zero = exit_["quantization"]
        self.step = float(scale)

    def __call__(self, piece: NDArray[np.uint8]) -> NDArray[np.float32]:
        self._entry()[0] = piece
        self._interpreter.invoke()
        cells = self._exit()[0, :, :, 0]
        if cells.dtype == np.float32:
            return np.array(cells)
        return np.asarray((cells.astype(np.float32) - self._zero) * self.step, np.float32)


def _open_onnx(path: Path) -> Backend:
    if importlib.util.find_spec("onnxruntime") is None:
        raise EnvironmentLacksError(
            f"{path}: ONNX Runtime is not installed: pip install 'crack-edge[onnx]'"
        )
    file = read_onnx(path)
    session = _onnx_session(file.model, path)
    # Threads may share a session, and it takes pieces of any size: one is enough.
    open_runner = partial(_OnnxRunner, session, _read_step(file.metadata, path))
    return Backend(ONNX_RUNTIME, metadata.version("onnxruntime"), file.card, open_runner)


def _read_step(keys: Mapping[str, str], path: Path) -> float:
    text = keys.get(ONNX_STEP_KEY, "0")
    try:
        return float(text)
    except ValueError as error:
        raise ModelError(f"{path}: {ONNX_STEP_KEY} is {text!r}; expected a number") from error


def _onnx_session(data: bytes, path: Path) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 3  # errors; warnings are about the graph, not for users
    try:
        return onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])
    except (ValueError, RuntimeError, onnxruntime.capi.onnxruntime_pybind11_state.Fail) as error:
        raise ModelError(
            f"{path}: ONNX Runtime cannot open it ({first_line(error)}); install the newest "
            "(pip install -U onnxruntime)"
        ) from error


class _OnnxRunner:
    """A view of the session for pieces of one size."""

    def __init__(self, session: Any, step: float, shape_hw: tuple[int, int]) -> None:
        self.step = step
        self._session = session
        self._entry = session.get_inputs()[0].name
        self._shape = (*shape_hw, 3)

    def __call__(self, piece: NDArray[np.uint8]) -> NDArray[np.float32]:
        if piece.shape != self._shape:
            raise ValueError(f"piece is {piece.shape}; the runner was opened for {self._shape}")
        cells = self._session.run(None, {self._entry: piece[None]})[0]
        return np.asarray(cells[0, :, :, 0], np.float32)
