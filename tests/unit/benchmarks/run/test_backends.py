"""Which runtimes are measured for a file, and how they are opened."""

from __future__ import annotations

import importlib.util
from importlib import metadata
from pathlib import Path

import pytest

from benchmarks.run.backends import (
    KERAS,
    TF_LITE,
    find_backend_version,
    list_subject_backends,
    open_subject,
)
from benchmarks.run.pieces import PHOTO_WH, draw_piece, find_shape
from edge.detect.dense import compute_cell_logits
from edge.detect.pieces import lay_out
from edge.files.errors import EnvironmentLacksError, ModelError
from edge.model.backends import OPENCV_DNN, list_backends
from edge.model.tflite_file import find_model, read_tflite
from tests.unit.fakes import NeighbourScorer, RememberingSource, draw_wall, make_card
from tests.unit.wire import field, write_onnx

HAS_TENSORFLOW = importlib.util.find_spec("tensorflow") is not None
SMALL = find_model("small")


def write_file(folder: Path, quantization: str) -> Path:
    path = folder / "m.onnx"
    path.write_bytes(write_onnx(field(7, b"graph"), make_card(quantization=quantization)))
    return path


def test_a_tflite_file_runs_on_the_device_runtimes_and_on_that_of_tensorflow() -> None:
    expected = list_backends(SMALL) + [TF_LITE] * HAS_TENSORFLOW
    assert list_subject_backends(SMALL) == expected


def test_a_keras_file_runs_on_keras_only() -> None:
    assert list_subject_backends(Path("m.keras")) == [KERAS] * HAS_TENSORFLOW


@pytest.mark.parametrize(("quantization", "runs"), [("float32", True), ("int8", False)])
def test_opencv_is_listed_for_files_of_floats_only(
    tmp_path: Path, quantization: str, runs: bool
) -> None:
    found = list_subject_backends(write_file(tmp_path, quantization))
    assert (OPENCV_DNN in found) is runs


def test_a_device_runtime_is_opened_by_its_name() -> None:
    for name in list_backends(SMALL):
        backend = open_subject(SMALL, name, threads=2)
        assert (backend.name, backend.version) == (name, find_backend_version(SMALL, name))
        assert backend.card == read_tflite(SMALL).card


@pytest.mark.parametrize(
    ("path", "backend"),
    [(SMALL, KERAS), (Path("m.onnx"), TF_LITE), (Path("m.keras"), "LiteRT"), (SMALL, "Unknown")],
)
def test_a_backend_that_does_not_run_a_format_says_so(path: Path, backend: str) -> None:
    with pytest.raises(ModelError, match=rf"{path.name}: .*{backend}"):
        open_subject(path, backend)


@pytest.mark.skipif(HAS_TENSORFLOW, reason="TensorFlow is installed")
def test_without_tensorflow_its_backends_say_what_to_install() -> None:
    with pytest.raises(EnvironmentLacksError, match="pip install"):
        open_subject(SMALL, TF_LITE)


@pytest.mark.skipif(not HAS_TENSORFLOW, reason="TensorFlow is not installed")
def test_versions_are_known_without_loading_tensorflow() -> None:
    assert find_backend_version(SMALL, TF_LITE) == metadata.version("tensorflow")
    assert find_backend_version(Path("m.keras"), KERAS) == metadata.version("keras")


def test_a_tile_is_as_large_as_the_card_says() -> None:
    assert find_shape(make_card(), "tile") == (64, 64)


@pytest.mark.parametrize(("input_px", "window_px"), [(64, 64), (160, 224)])
def test_a_piece_of_the_dense_view_is_what_a_scan_reads_of_a_photo(
    input_px: int, window_px: int
) -> None:
    card = make_card(input_px=input_px, window_px=window_px)
    scorer = NeighbourScorer()
    photo = RememberingSource(_Blank())
    compute_cell_logits(scorer, lay_out(photo, card))
    assert {shape[:2] for shape in scorer.shapes} == {find_shape(card, "dense")}


class _Blank:
    """A photo of which each box is bright."""

    size_wh = PHOTO_WH

    def read(self, left: int, top: int, right: int, bottom: int) -> object:
        return draw_wall((right - left, bottom - top))


def test_a_model_without_a_dense_view_has_no_such_piece() -> None:
    with pytest.raises(ValueError, match="no dense view"):
        find_shape(make_card(output="tile_logit", cell_px=64), "dense")


def test_equal_seeds_draw_equal_pieces() -> None:
    assert draw_piece((64, 96), 0).shape == (64, 96, 3)
    assert (draw_piece((64, 96), 0) == draw_piece((64, 96), 0)).all()
    assert (draw_piece((64, 96), 0) != draw_piece((64, 96), 1)).any()
