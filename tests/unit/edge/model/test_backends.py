"""Runtimes by name: which are at hand for a file, and what is said of the others."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import pytest

from edge.files.errors import EnvironmentLacksError, ModelError
from edge.model.backends import (
    LITERT,
    ONNX_RUNTIME,
    OPENCV_DNN,
    TFLITE_RUNTIME,
    list_backends,
    open_backend,
)
from edge.model.tflite_file import find_model
from tests.unit.fakes import make_card
from tests.unit.wire import field, write_onnx

SMALL = find_model("small")
MODULES = {
    LITERT: (".tflite", "ai_edge_litert"),
    TFLITE_RUNTIME: (".tflite", "tflite_runtime"),
    ONNX_RUNTIME: (".onnx", "onnxruntime"),
    OPENCV_DNN: (".onnx", "cv2"),
}


def write_file(folder: Path, *, quantization: str = "float32") -> Path:
    """Write an ONNX file with a card and a graph of nothing."""
    path = folder / "m.onnx"
    path.write_bytes(write_onnx(field(7, b"graph"), make_card(quantization=quantization)))
    return path


def is_installed(name: str) -> bool:
    return importlib.util.find_spec(MODULES[name][1]) is not None


@pytest.mark.parametrize("suffix", [".tflite", ".onnx"])
def test_the_installed_runtimes_of_a_format_are_listed_in_order(suffix: str) -> None:
    expected = [name for name in MODULES if MODULES[name][0] == suffix and is_installed(name)]
    assert list_backends(Path(f"m{suffix}")) == expected


def test_unasked_the_first_of_the_list_opens_a_file() -> None:
    assert open_backend(SMALL).name == list_backends(SMALL)[0]


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("name", list_backends(SMALL))
def test_a_runtime_asked_for_gives_the_scores_of_the_first(name: str, threads: int) -> None:
    backend = open_backend(SMALL, name=name, threads=threads)
    assert backend.name == name
    piece = np.random.default_rng(0).integers(0, 256, (96, 64, 3), np.uint8)
    found, expected = (one.open_runner((96, 64)) for one in (backend, open_backend(SMALL)))
    # Integers: threads change nothing, another runtime's rounding moves some logits by a step.
    np.testing.assert_allclose(found(piece), expected(piece), atol=10 * expected.step)


@pytest.mark.parametrize("name", [name for name in MODULES if not is_installed(name)])
def test_a_runtime_that_is_not_installed_is_refused_with_those_at_hand(
    name: str, tmp_path: Path
) -> None:
    path = tmp_path / f"m{MODULES[name][0]}"
    with pytest.raises(EnvironmentLacksError) as told:
        open_backend(path, name=name)
    at_hand = ", ".join(list_backends(path)) or "none"
    assert str(told.value) == f"{path}: {name} is not installed; installed for this file: {at_hand}"


@pytest.mark.parametrize("name", ["litert", ONNX_RUNTIME])
def test_a_name_that_runs_no_such_file_is_refused_with_those_at_hand(name: str) -> None:
    with pytest.raises(ModelError, match=f"{name}.*installed for it: {list_backends(SMALL)[0]}"):
        open_backend(SMALL, name=name)


def test_opencv_opens_no_file_unasked(tmp_path: Path) -> None:
    if is_installed(ONNX_RUNTIME):
        pytest.skip("ONNX Runtime is installed")
    with pytest.raises(EnvironmentLacksError, match=r"pip install 'crack-edge\[onnx\]'"):
        open_backend(write_file(tmp_path))


def test_opencv_refuses_quantized_files_in_one_line(tmp_path: Path) -> None:
    path = write_file(tmp_path, quantization="int8")
    with pytest.raises(ModelError, match=r"m\.onnx: OpenCV dnn runs float32 models only.*int8"):
        open_backend(path, name=OPENCV_DNN)


def test_what_opencv_cannot_read_is_told_in_one_line(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    backend = open_backend(write_file(tmp_path), name=OPENCV_DNN)
    with pytest.raises(ModelError, match=r"m\.onnx: OpenCV dnn cannot open it") as told:
        backend.open_runner((64, 64))
    assert "\n" not in str(told.value)
    capfd.readouterr()  # OpenCV logs it too
