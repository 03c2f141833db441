"""ONNX files on ONNX Runtime."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edge.files.errors import ModelError, first_line
from edge.model.onnx_file import ONNX_STEP_KEY, read_onnx
from edge.model.runner import Backend


def open_onnx(path: Path, *, name: str, version: str, threads: int) -> Backend:
    """Open an ONNX file; its runners share one session.

    Args:
        path: of the file.
        name: of the runtime.
        version: of the runtime.
        threads: that the session may use for one piece.

    Raises:
        ModelError: the file is damaged, of another format or without a card.
    """
    file = read_onnx(path)
    session = _open_session(file.model, path, threads)
    # Threads may share a session, and it takes pieces of any size: one is enough.
    open_runner = partial(_OnnxRunner, session, _read_step(file.metadata, path))
    return Backend(name, version, file.card, open_runner)


def _read_step(keys: Mapping[str, str], path: Path) -> float:
    text = keys.get(ONNX_STEP_KEY, "0")
    try:
        return float(text)
    except ValueError as error:
        raise ModelError(f"{path}: {ONNX_STEP_KEY} is {text!r}; expected a number") from error


def _open_session(data: bytes, path: Path, threads: int) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3  # errors; warnings are about the graph, not for users
    try:
        return onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])
    except (ValueError, RuntimeError, onnxruntime.capi.onnxruntime_pybind11_state.Fail) as error:
        raise ModelError(
            f"{path}: ONNX Runtime cannot open it ({first_line(error)}); update it "
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
