"""Third-party models: converted, they give the scores that their makers saw."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import keras
import numpy as np
import pytest
from keras import layers

from converters.parents.keras_model import KerasModel, KerasScorer
from converters.parents.load import load_parent
from converters.parents.model_spec import ModelSpec
from converters.parents.preprocessing import PREPROCESSINGS
from edge.files.errors import ModelError
from edge.files.native_output import silence
from edge.model.classifier import open_classifier
from edge.model.tflite_file import read_tflite
from tests.drawn_dataset import write_class_folders
from tests.integration.conftest import Run, crack_edge
from tests.integration.zoo import (
    build_flat,
    build_grid,
    build_mobilenet,
    draw_tiles,
    save,
    scores_of,
    shake,
)

FORMATS = ("float32.tflite", "float32.onnx", "int8.tflite")
TO_ALL = ("--to", "tflite-float32", "--to", "onnx-float32", "--to", "tflite-int8")


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pictures")
    write_class_folders(folder, count=10, size_px=64, seed=3)
    return folder


def convert(model: Path, out: Path, pictures: Path, *words: str) -> Run:
    gates = ("--min-agreement", "0", "--max-recall-drop", "1", "--calibration", "8")
    return crack_edge("convert", model, "--out", out, "--data", pictures, *gates, *words)


def save_mobilenet(folder: Path) -> tuple[Any, Path]:
    model = build_mobilenet(1, "sigmoid")
    return model, save(model, folder / "m.keras")


def save_grid(folder: Path) -> tuple[Any, Path]:
    model = build_grid(2, "softmax")
    return model, save(model, folder / "m.h5")


def save_flat(folder: Path) -> tuple[Any, Path]:
    model = build_flat()
    return model, save(model, folder / "m.keras")


def export_grid(folder: Path) -> tuple[Any, Path]:
    model = build_grid(augments=False)
    with silence():
        model.export(folder / "m", verbose=False)
    return model, folder / "m"


@pytest.mark.parametrize(
    ("build", "labels", "cell_px"),
    [
        (save_mobilenet, "cracked,uncracked", 32),
        (save_grid, "crack,no_crack", 16),
        (save_flat, "crack", 50),
        (export_grid, "Negative,Positive", 64),
    ],
    ids=["mobilenet.keras", "grid.h5", "flat.keras", "savedmodel"],
)
@pytest.mark.filterwarnings("ignore:You are saving your model as an HDF5 file")
def test_the_files_give_the_scores_of_their_parent(
    build: Callable[[Path], tuple[Any, Path]],
    labels: str,
    cell_px: int,
    tmp_path: Path,
    pictures: Path,
) -> None:
    model, path = build(tmp_path)
    out = tmp_path / "out"
    formats = TO_ALL if cell_px != 32 else TO_ALL[:4]  # int8 of untrained MobileNets is noise
    run = convert(path, out, pictures, *formats, "--labels", labels, "--preprocessing", "0..255")
    assert run.code == 0, run.err
    names = labels.split(",")
    crack = 0 if names[0].startswith("crack") and len(names) == 2 else 1
    tiles = draw_tiles(model.input_shape[1])
    expected = scores_of(model, tiles, "0..255", crack=crack)
    assert np.ptp(expected) > 0.2
    for name in FORMATS[: len(formats) // 2]:
        classifier = open_classifier(out / f"m.{name}")
        scores = classifier.scores(tiles)
        if "int8" in name:  # calibrated with other tiles, so the ends may be cut off
            assert np.corrcoef(scores, expected)[0, 1] > 0.95
        else:
            np.testing.assert_allclose(scores, expected, atol=1e-4)
        assert classifier.card.cell_px == cell_px
        assert names[-1] in classifier.card.labels


def load(model: Any, path: Path, labels: str = "no_crack,crack", scale: str = "0..255") -> Any:
    return load_parent(save(model, path), ModelSpec(tuple(labels.split(",")), scale))


def require_own_scores(parent: KerasModel, model: Any, scale: str, crack: int) -> None:
    tiles = draw_tiles(parent.card.input_px)
    expected = scores_of(model, tiles, scale, crack=crack)
    np.testing.assert_allclose(KerasScorer(parent).scores(tiles), expected, atol=1e-5)


@pytest.mark.parametrize("labels", ["no_crack,crack", "crack,no_crack"])
@pytest.mark.parametrize(
    ("units", "activation"), [(1, "sigmoid"), (2, "softmax"), (1, "linear"), (2, "linear")]
)
def test_every_head_speaks_for_the_class_that_the_labels_say(
    units: int, activation: str, labels: str, tmp_path: Path
) -> None:
    model = build_grid(units, activation)
    parent = load(model, tmp_path / "m.keras", labels)
    require_own_scores(parent, model, "0..255", labels.split(",").index("crack"))
    assert parent.card.positive == "crack"
    assert parent.card.labels == tuple(labels.split(","))


@pytest.mark.parametrize("scale", PREPROCESSINGS)
def test_every_preprocessing_is_done_inside_the_graph(scale: str, tmp_path: Path) -> None:
    model = build_grid()
    parent = load(model, tmp_path / "m.keras", scale=scale)
    require_own_scores(parent, model, scale, 1)


def test_a_rescaling_of_the_models_own_becomes_the_scaling_layer(tmp_path: Path) -> None:
    parent = load(build_grid(), tmp_path / "m.keras")
    assert parent.scaled_range == (0.0, 1.0)
    assert not any(type(part) is layers.Rescaling for part in parent.model.layers[2].layers)


def end_in_layers(units: int, *tail: Any) -> Any:
    pictures = keras.Input((64, 64, 3))
    x = layers.Conv2D(6, 3, strides=8, padding="same", activation="relu")(pictures)
    for layer in tail:
        x = layer(x)
    return shake(keras.Model(pictures, x))


@pytest.mark.parametrize(
    "tail",
    [
        (
            layers.GlobalAveragePooling2D,
            lambda: layers.Dense(1),
            lambda: layers.Activation("sigmoid"),
        ),
        (layers.GlobalAveragePooling2D, lambda: layers.Dense(2), layers.Softmax),
        (
            lambda: layers.GlobalAveragePooling2D(keepdims=True),
            layers.Flatten,
            layers.BatchNormalization,
            lambda: layers.Dense(1, activation="sigmoid"),
        ),
        (
            lambda: layers.Conv2D(1, 1),
            layers.GlobalAveragePooling2D,
            lambda: layers.Activation("sigmoid"),
        ),
    ],
    ids=["activation", "softmax", "batch norm", "convolution"],
)
def test_a_head_that_is_linear_in_the_mean_comes_apart_into_cells(
    tail: tuple[Callable[[], Any], ...], tmp_path: Path
) -> None:
    model = end_in_layers(1, *(make() for make in tail))
    parent = load(model, tmp_path / "m.keras", scale="-1..1")
    require_own_scores(parent, model, "-1..1", 1)
    (cells,) = KerasScorer(parent).cell_logits([np.zeros((96, 136, 3), np.uint8)])
    assert (parent.card.cell_px, cells.shape) == (8, (12, 17))


@pytest.mark.parametrize(
    ("tail", "why"),
    [
        ((layers.Flatten,), "global average pooling"),
        ((layers.GlobalAveragePooling2D, lambda: layers.Dense(4, activation="relu")), "linear"),
        ((layers.GroupNormalization, layers.GlobalAveragePooling2D), "GroupNormalization"),
        ((lambda: layers.Conv2D(4, 2), layers.GlobalAveragePooling2D), "do not divide"),
        ((lambda: layers.Resizing(4, 4), layers.GlobalAveragePooling2D), "Resizing"),
    ],
    ids=["flatten", "two layers", "norm over the picture", "no padding", "resizing"],
)
def test_any_other_model_keeps_the_tile_view_and_its_card_says_why(
    tail: tuple[Callable[[], Any], ...], why: str, tmp_path: Path
) -> None:
    if tail[0] is layers.GroupNormalization:
        tail = (lambda: layers.GroupNormalization(2), *tail[1:])
    model = end_in_layers(1, *(make() for make in tail), layers.Dense(1, activation="sigmoid"))
    parent = load(model, tmp_path / "m.keras")
    require_own_scores(parent, model, "0..255", 1)
    assert parent.card.output == "tile_logit"
    assert why in parent.card.notes[0]


@pytest.mark.parametrize(
    ("tail", "message"),
    [
        ((layers.GlobalAveragePooling2D, lambda: layers.Dense(3)), "two classes"),
        ((lambda: layers.Conv2D(1, 1),), "two classes"),
        ((layers.Flatten, lambda: layers.Dense(1, activation="softmax")), "1 outputs with softmax"),
        ((layers.Flatten, lambda: layers.Dense(2, activation="sigmoid")), "2 outputs with sigmoid"),
        ((layers.Flatten, lambda: layers.Dense(1, activation="relu")), "with relu"),
        (
            (lambda: layers.Conv2D(1, 1, activation="sigmoid"), layers.GlobalAveragePooling2D),
            "cannot distinguish",
        ),
    ],
    ids=["three", "map", "softmax of one", "two sigmoids", "relu", "mean of sigmoids"],
)
@pytest.mark.filterwarnings(r"ignore:(.|\n)*axis has size 1")
def test_what_is_not_a_classifier_of_two_classes_is_refused(
    tail: tuple[Callable[[], Any], ...], message: str, tmp_path: Path
) -> None:
    with pytest.raises(ModelError, match=message):
        load(end_in_layers(1, *(make() for make in tail)), tmp_path / "m.keras")


@pytest.mark.parametrize("shape", [(64, 64, 1), (64, 32, 3)])
def test_other_pictures_than_square_rgb_are_refused(shape: tuple[int, ...], tmp_path: Path) -> None:
    model = keras.Sequential([keras.Input(shape), layers.Flatten(), layers.Dense(1)])
    with pytest.raises(ModelError, match="square RGB"):
        load(model, tmp_path / "m.keras")


def test_a_model_of_any_size_needs_the_side_of_a_tile(tmp_path: Path) -> None:
    pictures = keras.Input((None, None, 3))
    x = layers.Conv2D(4, 3, strides=16, padding="same")(pictures)
    score = layers.Dense(1)(layers.GlobalAveragePooling2D()(x))
    path = save(keras.Model(pictures, score), tmp_path / "m.keras")
    with pytest.raises(ModelError, match="--input-px"):
        load_parent(path, ModelSpec(("crack",), "0..1"))
    card = load_parent(path, ModelSpec(("crack",), "0..1", input_px=96)).card
    assert (card.input_px, card.cell_px) == (96, 16)
    card = load_parent(path, ModelSpec(("crack",), "0..1", input_px=100)).card
    assert "100 px do not divide into its 7 x 7 features" in card.notes[0]


def test_what_was_said_of_the_model_is_carried_by_the_card(tmp_path: Path, pictures: Path) -> None:
    path = save(build_grid(), tmp_path / "theirs.keras")
    words = "--labels Negative,Positive --preprocessing 0..255 --threshold 0.4 --window-px 128"
    run = convert(path, tmp_path / "out", pictures, "--to", "tflite-float32", *words.split())
    assert run.code == 0, run.err
    file = tmp_path / "out" / "theirs.float32.tflite"
    card = read_tflite(file).card
    assert (card.labels, card.positive) == (("Negative", "Positive"), "Positive")
    assert (card.threshold, card.window_px, card.stride_px) == (0.4, 128, 32)
    shown = crack_edge("inspect", file, "--json")
    assert "Positive" in shown.out
    run = crack_edge("evaluate", file, pictures, "--against", path, "--json")
    assert run.code == 0, run.err
    assert run.json["agreement"] == 1
    other = save(build_grid(), tmp_path / "other.keras")
    run = crack_edge("evaluate", file, pictures, "--against", other)
    assert run.code == 2
    assert "not converted from" in run.err


def test_a_model_of_whole_tiles_scans_in_tiles_and_says_so(tmp_path: Path, pictures: Path) -> None:
    path = save(build_flat(), tmp_path / "flat.keras")
    words = "--labels crack --preprocessing 0..255 --to tflite-float32"
    assert convert(path, tmp_path / "out", pictures, *words.split()).code == 0
    file = tmp_path / "out" / "flat.float32.tflite"
    run = crack_edge("scan", pictures / "crack", "--model", file, "--out", tmp_path / "scan")
    assert run.code == 2
    assert "--view tile" in run.err
    words = f"--model {file} --out {tmp_path / 'scan'} --view tile --overlap 0.5"
    assert crack_edge("scan", pictures / "crack", *words.split()).code == 0


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("", "--labels.*and --preprocessing.*Rescaling layer of its own: probably 0..255"),
        ("--labels crack", "does not state: --preprocessing"),
        ("--preprocessing 0..1", "--labels with"),
        ("--preprocessing 0..1 --labels rust,moss", "rust,moss"),
        ("--preprocessing 0..1 --labels crack,cracked", "crack,cracked"),
        ("--preprocessing 0..1 --labels a,b,c", "a,b,c"),
        ("--preprocessing 0..1 --labels crack --input-px 96", "takes 64 px"),
    ],
)
def test_a_fact_that_is_missing_or_wrong_is_asked_for(
    words: str, message: str, tmp_path: Path, pictures: Path
) -> None:
    path = save(build_grid(), tmp_path / "m.keras")
    run = convert(path, tmp_path / "out", pictures, *words.split())
    assert run.code == 2
    assert re.search(message, run.err)


def test_a_card_beside_the_model_leaves_nothing_to_say(tmp_path: Path) -> None:
    path = save(build_grid(), tmp_path / "m.keras")
    card = load_parent(path, ModelSpec(("crack",), "0..255")).card
    (tmp_path / "m.card.json").write_text(card.to_json())
    with pytest.raises(ModelError, match=r"m\.card\.json, states labels"):
        load_parent(path, ModelSpec(("crack",), "0..255"))


@pytest.mark.filterwarnings("ignore:You are saving your model as an HDF5 file")
def test_an_h5_file_of_keras_2_opens(tmp_path: Path) -> None:
    pictures = keras.Input((64, 64, 3))
    x = layers.DepthwiseConv2D(3, strides=16, padding="same")(pictures)
    model = shake(keras.Model(pictures, layers.Dense(1)(layers.GlobalAveragePooling2D()(x))))
    path = save(model, tmp_path / "m.h5")
    with h5py.File(path, "r+") as file:
        config = json.loads(file.attrs["model_config"])
        for part in config["config"]["layers"]:
            if part["class_name"] == "DepthwiseConv2D":
                part["config"]["groups"] = 1
        file.attrs["model_config"] = json.dumps(config)
    parent = load_parent(path, ModelSpec(("crack",), "0..1"))
    require_own_scores(parent, model, "0..1", 1)
