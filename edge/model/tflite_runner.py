"""TFLite files on an interpreter of LiteRT's family: they share one interface."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edge.files.errors import ModelError, first_line
from edge.model.runner import Backend, Runner
from edge.model.tflite_file import read_tflite

# Opens an interpreter from a model's bytes and a number of threads.
InterpreterOpener = Callable[[bytes, int], Any]


def open_tflite(
    path: Path, open_interpreter: InterpreterOpener, *, name: str, version: str, threads: int
) -> Backend:
    """Open a TFLite file; its interpreters come with the runners.

    Args:
        path: of the file.
        open_interpreter: of the runtime.
        name: of the runtime.
        version: of the runtime.
        threads: that an interpreter may use for one piece.

    Raises:
        ModelError: the file is damaged, of another format or without a card.
    """
    file = read_tflite(path)

    def open_runner(shape_hw: tuple[int, int]) -> Runner:
        try:
            return _TfliteRunner(open_interpreter(file.model, threads), shape_hw)
        except (ValueError, RuntimeError) as error:
            raise ModelError(
                f"{path}: {name} cannot open it ({first_line(error)}); update LiteRT "
                "(pip install -U ai-edge-litert), or use the model's int8 or float32 file"
            ) from error

    return Backend(name, version, file.card, open_runner)


def open_litert(path: Path, *, name: str, version: str, threads: int) -> Backend:
    """Open a TFLite file on LiteRT, see ``open_tflite``."""
    return open_tflite(path, _litert, name=name, version=version, threads=threads)


def open_tflite_runtime(path: Path, *, name: str, version: str, threads: int) -> Backend:
    """Open a TFLite file on tflite-runtime, see ``open_tflite``."""
    return open_tflite(path, _tflite_runtime, name=name, version=version, threads=threads)


def _litert(model: bytes, threads: int) -> Any:
    from ai_edge_litert.interpreter import Interpreter

    return Interpreter(model_content=model, num_threads=threads)


def _tflite_runtime(model: bytes, threads: int) -> Any:
    from tflite_runtime.interpreter import Interpreter

    return Interpreter(model_content=model, num_threads=threads)


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
