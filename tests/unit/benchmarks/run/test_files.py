"""The files that are measured: found, read, and named so that no two are called the same."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from benchmarks.run.files import read_model_files
from edge.files.errors import InputError, ModelError
from edge.files.hashing import sha256_of
from edge.model.tflite_file import find_model
from edge.model.training_folder import MODEL_NAME
from tests.unit.fakes import make_card
from tests.unit.wire import field, write_onnx

SMALL = find_model("small")


def write_keras(folder: Path, name: str = MODEL_NAME) -> Path:
    """Write what is read of a Keras model without opening it."""
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_bytes(b"layers")
    (folder / "card.json").write_text(make_card(name="parent").to_json())
    return path


def test_shipped_models_are_given_by_name() -> None:
    files = read_model_files(["default", "small"])
    assert [file.name for file in files] == ["default.int8.tflite", "small.int8.tflite"]
    data = SMALL.read_bytes()
    assert (files[1].sha256, files[1].bytes) == (sha256_of(data), len(data))
    assert files[1].card.name == "small"


def test_every_format_is_read_with_its_card(tmp_path: Path) -> None:
    onnx = tmp_path / "m.onnx"
    onnx.write_bytes(write_onnx(field(7, b"graph"), make_card(name="other")))
    keras = write_keras(tmp_path / "run", "m.keras")
    files = read_model_files([str(onnx), str(keras), str(SMALL)])
    assert [file.card.name for file in files] == ["other", "parent", "small"]


def test_the_folder_of_a_training_means_its_keras_file(tmp_path: Path) -> None:
    path = write_keras(tmp_path / "run")
    (file,) = read_model_files([str(path.parent)])
    assert file.path == path


def test_files_of_one_name_are_told_apart_by_their_folders(tmp_path: Path) -> None:
    paths = []
    for folder in ("old/models", "new/models", "new/others"):
        (tmp_path / folder).mkdir(parents=True)
        paths.append(str(shutil.copy(SMALL, tmp_path / folder / "m.tflite")))
    assert [file.name for file in read_model_files([paths[0], paths[2]])] == [
        "models/m.tflite",
        "others/m.tflite",
    ]
    assert [file.name for file in read_model_files([*paths, "default"])] == [
        "old/models/m.tflite",
        "new/models/m.tflite",
        "new/others/m.tflite",
        "default.int8.tflite",
    ]


def test_a_file_given_twice_is_refused() -> None:
    with pytest.raises(InputError, match=r"small\.int8\.tflite: is given more than once"):
        read_model_files(["small", "default", str(SMALL)])


@pytest.mark.parametrize("name", ["none.tflite", "none.keras", "none"])
def test_a_file_that_does_not_exist_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ModelError, match="no such model file"):
        read_model_files([str(tmp_path / name)])
