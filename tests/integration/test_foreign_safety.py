"""Third-party model files: no code in them runs, and what is broken gets one clear line."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from converters.parents.load import load_parent
from converters.parents.model_spec import ModelSpec
from edge.files.errors import ModelError
from edge.files.native_output import silence
from tests.drawn_dataset import write_class_folders
from tests.integration.conftest import Run, crack_edge
from tests.integration.zoo import build_grid, save

SPEC = ModelSpec(("crack",), "0..255")


class Spy(layers.Layer):
    """A layer of somebody's own."""

    def call(self, x: Any) -> Any:
        return x


def build(*middle: Any) -> Any:
    return keras.Sequential(
        [keras.Input((32, 32, 3)), *middle, layers.Flatten(), layers.Dense(1)], name="theirs"
    )


def change_config(path: Path, change: Callable[[Any], None]) -> Path:
    """Change the configuration in a .keras file."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    config = json.loads(parts["config.json"])
    change(config)
    parts["config.json"] = json.dumps(config).encode()
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return path


@pytest.mark.filterwarnings("ignore:You are saving your model as an HDF5 file")
@pytest.mark.parametrize("nested", [False, True], ids=["flat", "nested"])
@pytest.mark.parametrize("suffix", [".keras", ".h5"])
def test_a_lambda_is_refused_by_name_and_does_not_run(
    suffix: str, nested: bool, tmp_path: Path
) -> None:
    marker = tmp_path / "it ran"
    place = str(marker)
    code = layers.Lambda(lambda x: (__import__("pathlib").Path(place).touch(), x)[1], name="sly")
    model = build(keras.Sequential([keras.Input((32, 32, 3)), code]) if nested else code)
    path = save(model, tmp_path / f"m{suffix}")
    marker.unlink()
    with pytest.raises(ModelError, match=r"layer 'sly' is a Lambda, which carries code"):
        load_parent(path, SPEC)
    assert not marker.exists()


@pytest.mark.parametrize("kind", ["TFSMLayer", "TorchModuleWrapper", "StringLookup"])
def test_layers_of_keras_that_load_code_or_files_are_refused(kind: str, tmp_path: Path) -> None:
    def swap(config: Any) -> None:
        config["config"]["layers"][1]["class_name"] = kind

    path = change_config(save(build(), tmp_path / "m.keras"), swap)
    with pytest.raises(ModelError, match=rf"layer 'flatten\w*' is a {kind}"):
        load_parent(path, SPEC)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("module", "os.path"),
        ("module", "keras_hub.layers"),
        ("module", None),
        ("registered_name", "mine>Flatten"),
        ("class_name", "Unheard"),
        ("class_name", ["Flatten"]),
    ],
)
def test_what_keras_does_not_bring_is_refused(key: str, value: Any, tmp_path: Path) -> None:
    path = save(build(), tmp_path / "m.keras")
    change_config(path, lambda config: config["config"]["layers"][1].update({key: value}))
    with pytest.raises(ModelError, match=r"layer 'flatten\w*' needs"):
        load_parent(path, SPEC)


def test_a_function_of_ones_own_is_refused(tmp_path: Path) -> None:
    def swap(config: Any) -> None:
        theirs = {"class_name": "function", "config": "system", "module": "builtins"}
        config["config"]["layers"][2]["config"]["activation"] = theirs

    path = change_config(save(build(), tmp_path / "m.keras"), swap)
    with pytest.raises(ModelError, match="needs 'system'"):
        load_parent(path, SPEC)


def test_a_layer_of_ones_own_is_refused_even_where_it_is_registered(tmp_path: Path) -> None:
    path = save(build(Spy(name="spy")), tmp_path / "m.keras")
    with keras.saving.custom_object_scope({"Spy": Spy}), pytest.raises(ModelError, match="'spy'"):
        load_parent(path, SPEC)


def test_files_inside_a_keras_file_are_refused(tmp_path: Path) -> None:
    path = save(build(), tmp_path / "m.keras")
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("assets/../../evil.txt", "x")
    with pytest.raises(ModelError, match="carries files of its own"):
        load_parent(path, SPEC)


def test_a_configuration_that_unpacks_to_a_bomb_is_not_unpacked(tmp_path: Path) -> None:
    path = save(build(), tmp_path / "m.keras")
    with zipfile.ZipFile(path) as archive:
        weights = archive.read("model.weights.h5")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("model.weights.h5", weights)
        archive.writestr("config.json", b" " * (33 << 20))
    with pytest.raises(ModelError, match="unpacks to"):
        load_parent(path, SPEC)


@pytest.mark.filterwarnings("ignore:You are saving your model as an HDF5 file")
def test_weights_that_lie_in_another_file_are_refused(tmp_path: Path) -> None:
    path = save(build(), tmp_path / "m.h5")
    with h5py.File(path, "r+") as file:
        file["secret"] = h5py.ExternalLink("/etc/passwd", "/")
    with pytest.raises(ModelError, match="'secret' points into another file"):
        load_parent(path, SPEC)


@pytest.mark.filterwarnings("ignore:You are saving your model as an HDF5 file")
def test_weights_larger_than_any_classifiers_are_refused(tmp_path: Path) -> None:
    path = save(build(), tmp_path / "m.h5")
    with h5py.File(path, "r+") as file:
        file.create_dataset("huge", (1 << 40,), np.uint8, chunks=(1 << 20,), compression="gzip")
    with pytest.raises(ModelError, match="unpacks to 1099511"):
        load_parent(path, SPEC)


@pytest.mark.filterwarnings("ignore:You are saving your model as an HDF5 file")
def test_weights_without_a_model_are_told_from_a_model(tmp_path: Path) -> None:
    path = tmp_path / "m.weights.h5"
    build().save_weights(path)
    with pytest.raises(ModelError, match="perhaps weights only"):
        load_parent(path, SPEC)


def export(folder: Path, run: Callable[[Any], Any]) -> Path:
    """Write a SavedModel of TensorFlow with one function."""

    class Model(tf.Module):  # type: ignore[misc]
        @tf.function(input_signature=[tf.TensorSpec((None, 32, 32, 3), tf.float32)])
        def serve(self, pictures: Any) -> Any:
            return run(tf.reshape(pictures, (-1, 32 * 32 * 3))[:, :1])

    model = Model()
    with silence():
        tf.saved_model.save(model, str(folder), signatures=model.serve)
    return folder


def peek(x: Any) -> Any:
    return x + tf.cast(tf.strings.length(tf.io.read_file("/etc/hostname")), tf.float32)


@pytest.mark.parametrize(
    ("run", "operation"),
    [
        (lambda x: tf.sigmoid(tf.py_function(lambda y: y, [x], tf.float32)), "EagerPyFunc"),
        (lambda x: tf.sigmoid(tf.numpy_function(lambda y: y, [x], tf.float32)), "PyFunc"),
        (lambda x: tf.sigmoid(peek(x)), "ReadFile"),
    ],
    ids=["py_function", "numpy_function", "read_file"],
)
def test_a_saved_model_that_could_do_more_than_compute_is_refused(
    run: Callable[[Any], Any], operation: str, tmp_path: Path
) -> None:
    with pytest.raises(ModelError, match=f"is a {operation}, which may run code or touch files"):
        load_parent(export(tmp_path / "m", run), SPEC)


@pytest.mark.parametrize(
    ("run", "message"),
    [
        (lambda x: tf.minimum(tf.nn.relu(x), 1), "cannot distinguish logits from probabilities"),
        (lambda x: tf.sigmoid(tf.concat([x, x, x], 1)), "3 outputs"),
        (tf.nn.softmax, "1 outputs with softmax"),
    ],
    ids=["clipped", "three", "softmax of one"],
)
def test_a_saved_model_that_is_no_classifier_is_refused(
    run: Callable[[Any], Any], message: str, tmp_path: Path
) -> None:
    with pytest.raises(ModelError, match=message):
        load_parent(export(tmp_path / "m", run), SPEC)


def _convert_described(model: Path, folder: Path) -> Run:
    """Convert with all that a third-party model needs beside itself, so that it is opened."""
    write_class_folders(folder / "pictures", count=4, size_px=64, seed=1)
    words = ("--labels", "crack", "--preprocessing", "0..255", "--data", folder / "pictures")
    return crack_edge("convert", model, "--out", folder / "out", *words)


@pytest.mark.filterwarnings("ignore:You are saving your model as an HDF5 file")
@pytest.mark.parametrize("keep", [0.0, 0.3, 0.9], ids=["empty", "start", "nearly all"])
@pytest.mark.parametrize("name", ["m.keras", "m.h5", "m"])
def test_a_truncated_model_is_one_clear_line(name: str, keep: float, tmp_path: Path) -> None:
    path = tmp_path / name
    with silence():
        build_grid().save(path) if path.suffix else build_grid().export(path, verbose=False)
    file = path if path.suffix else path / "saved_model.pb"
    data = file.read_bytes()
    file.write_bytes(data[: int(len(data) * keep)])
    run = _convert_described(path, tmp_path)
    assert run.code == 2
    assert f"Error: {path}" in run.err


@pytest.mark.parametrize("name", ["m.keras", "m.h5", "m.txt", "m"])
def test_what_is_no_model_is_one_clear_line(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.mkdir() if name == "m" else path.write_text("hello")
    for file in (path, tmp_path / "absent.keras"):
        run = _convert_described(file, tmp_path)
        assert run.code == 2
        assert f"Error: {file}" in run.err


def test_a_saved_model_that_augments_when_it_serves_is_refused(tmp_path: Path) -> None:
    with silence():
        build_grid().export(tmp_path / "m", verbose=False)
    with pytest.raises(ModelError, match="its scores are random"):
        load_parent(tmp_path / "m", SPEC)


def test_a_saved_model_without_its_weights_is_one_clear_line(tmp_path: Path) -> None:
    with silence():
        build_grid().export(tmp_path / "m", verbose=False)
    for file in (tmp_path / "m" / "variables").iterdir():
        file.unlink()
    with pytest.raises(ModelError, match="cannot load it"):
        load_parent(tmp_path / "m", SPEC)
