"""ONNX files of floats on OpenCV's dnn module, which every device has."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.files.errors import ModelError, first_line
from edge.model.onnx_file import read_onnx
from edge.model.runner import Backend, Runner


def open_opencv(path: Path, *, name: str, version: str, threads: int) -> Backend:
    """Open an ONNX file of floats; each runner reads it anew.

    Args:
        path: of the file.
        name: of the runtime.
        version: of the runtime.
        threads: of OpenCV; it has one number for the whole process.

    Raises:
        ModelError: the file is damaged, of another format, without a card, or quantized.
    """
    file = read_onnx(path)
    # OpenCV 4 does not read quantized files. OpenCV 5 does, and where a side has an odd number of
    # cells their logits are wrong by up to 30: seen at 160 x 192 px, not in the self-test's tiles.
    if file.card.quantization != "float32":
        raise ModelError(
            f"{path}: {name} runs float32 models only, and this one is {file.card.quantization}; "
            "use its float32.onnx file, or ONNX Runtime"
        )
    data = np.frombuffer(file.model, np.uint8)

    def open_runner(shape_hw: tuple[int, int]) -> Runner:
        cv2.setNumThreads(threads)
        try:
            return _OpencvRunner(cv2.dnn.readNetFromONNX(data), shape_hw)
        except cv2.error as error:
            raise ModelError(
                f"{path}: {name} cannot open it ({first_line(error)}); update it "
                "(pip install -U opencv-python-headless), or use ONNX Runtime"
            ) from error

    return Backend(name, version, file.card, open_runner)


class _OpencvRunner:
    """A net for pieces of one size: of another one it would plan its memory anew."""

    step = 0.0

    def __init__(self, net: Any, shape_hw: tuple[int, int]) -> None:
        self._net = net
        self._shape = (*shape_hw, 3)

    def __call__(self, piece: NDArray[np.uint8]) -> NDArray[np.float32]:
        if piece.shape != self._shape:
            raise ValueError(f"piece is {piece.shape}; the runner was opened for {self._shape}")
        self._net.setInput(piece[None])
        return np.asarray(self._net.forward()[0, :, :, 0], np.float32)
