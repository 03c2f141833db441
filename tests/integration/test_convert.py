"""Conversion of the tiny model: every file proven against its parent."""

from __future__ import annotations

import dataclasses
import json
import shutil
from pathlib import Path

import keras
import numpy as np
import onnx
import pytest
from ai_edge_litert.interpreter import Interpreter

from converters.convert import ConvertSettings, choose_pictures
from converters.formats import FORMATS
from converters.keras_model import KerasScorer
from converters.load import load_parent
from crack_edge.convert import FORMAT_NAMES
from edge.classifier import open_classifier
from edge.concrete import draw_concrete, draw_tile
from edge.dataset import Sample, read_manifest
from edge.files import sha256_of
from edge.modelfile import append_card, read_tflite
from edge.photo import read_photo
from tests.integration.conftest import TILE_PX, crack_edge

FILES = ("tiny.float32.tflite", "tiny.int8.tflite", "tiny.float32.onnx")


def test_the_command_offers_every_format() -> None:
    assert tuple(FORMATS) == FORMAT_NAMES


def test_the_files_have_the_names_of_the_readme(converted: Path) -> None:
    assert {path.name for path in converted.iterdir()} == {*FILES, "certificate.json"}


def test_every_tensor_of_the_int8_file_is_integer(converted: Path) -> None:
    interpreter = Interpreter(str(converted / "tiny.int8.tflite"))
    kinds = {np.dtype(tensor["dtype"]).kind for tensor in interpreter.get_tensor_details()}
    assert kinds <= {"i", "u"}
    assert interpreter.get_input_details()[0]["dtype"] == np.uint8


def test_int8_weights_are_quantized_per_channel(converted: Path) -> None:
    interpreter = Interpreter(str(converted / "tiny.int8.tflite"))
    scales = [
        len(tensor["quantization_parameters"]["scales"])
        for tensor in interpreter.get_tensor_details()
        if tensor["dtype"] == np.int8 and len(tensor["shape"]) == 4
    ]
    assert sum(count > 1 for count in scales) > 30


@pytest.mark.parametrize("name", ["tiny.float32.tflite", "tiny.float32.onnx"])
def test_float_files_give_the_parents_scores(trained: Path, converted: Path, name: str) -> None:
    tiles = np.stack([draw_tile(TILE_PX, seed=s, crack=s % 2 == 1).photo for s in range(8)])
    expected = keras.models.load_model(trained / "model.keras").predict_on_batch(tiles)[:, 0]
    scores = open_classifier(converted / name).scores(tiles)
    np.testing.assert_allclose(scores, expected, atol=1e-4)


@pytest.mark.parametrize("name", FILES)
def test_one_file_is_the_tile_view_and_the_dense_view(
    trained: Path, converted: Path, name: str
) -> None:
    photos = [draw_concrete((512, 384), seed=seed).photo for seed in range(3)]
    expected = np.stack(list(KerasScorer(load_parent(trained)).cell_logits(photos)))
    cells = np.stack(list(open_classifier(converted / name).cell_logits(photos)))
    assert cells.shape == (3, 12, 16)
    if "int8" in name:
        assert np.corrcoef(cells.ravel(), expected.ravel())[0, 1] > 0.7
    else:
        np.testing.assert_allclose(cells, expected, atol=1e-3)


def test_the_certificate_tells_what_was_held_against_what(trained: Path, converted: Path) -> None:
    certificate = json.loads((converted / "certificate.json").read_text())
    assert certificate["parent"]["sha256"] == sha256_of((trained / "model.keras").read_bytes())
    assert certificate["calibration"]["split"] == "train"
    assert certificate["verification"]["split"] == "test"
    for name in FILES:
        entry = certificate["files"][name]
        assert entry["sha256"] == sha256_of((converted / name).read_bytes())
        assert (
            entry["flips"] == len(entry["flipped"]) == round((1 - entry["agreement"]) * entry["n"])
        )
        assert {"accuracy", "precision", "recall", "f1", "auc"} <= set(entry["model"])


def test_int8_keeps_most_of_the_parents_verdicts(converted: Path) -> None:
    certificate = json.loads((converted / "certificate.json").read_text())
    assert certificate["files"]["tiny.int8.tflite"]["agreement"] >= 0.85
    assert certificate["files"]["tiny.float32.tflite"]["agreement"] == 1


def test_the_same_conversion_gives_the_same_bytes(
    trained: Path, converted: Path, tmp_path: Path
) -> None:
    run = crack_edge("convert", trained, "--out", tmp_path, "--to", "tflite-int8")
    assert run.code == 0
    again = (tmp_path / "tiny.int8.tflite").read_bytes()
    assert again == (converted / "tiny.int8.tflite").read_bytes()


def test_onnx_holds_a_valid_graph_and_the_card(converted: Path) -> None:
    model = onnx.load(converted / "tiny.float32.onnx")
    onnx.checker.check_model(model)
    card = json.loads({prop.key: prop.value for prop in model.metadata_props}["crack_edge_card"])
    assert card["notes"] == ["drawn"]


def test_files_that_stand_are_not_replaced(trained: Path, converted: Path) -> None:
    run = crack_edge("convert", trained, "--out", converted)
    assert run.code == 2
    assert "--force" in run.err


def test_a_file_that_misses_a_bar_does_not_get_its_name(
    trained: Path, converted: Path, tmp_path: Path
) -> None:
    samples = [s for s in read_manifest(trained / "manifest.csv") if s.split == "test"]
    tiles = np.stack([read_photo(sample.path) for sample in samples])
    before = KerasScorer(load_parent(trained)).scores(tiles)
    after = open_classifier(converted / "tiny.int8.tflite").scores(tiles)
    # A threshold between the two scores of one picture turns its verdict for sure.
    worst = int(np.abs(before - after).argmax())
    card = json.loads((trained / "card.json").read_text())
    card["threshold"] = float(before[worst] + after[worst]) / 2
    model = tmp_path / "tiny"
    shutil.copytree(trained, model)
    (model / "card.json").write_text(json.dumps(card))
    out = tmp_path / "out"
    run = crack_edge("convert", model, "--out", out, "--to", "tflite-int8", "--min-agreement", "1")
    assert run.code == 1
    assert "tiny.int8.tflite: agreement" in run.err
    assert [path.name for path in out.iterdir()] == ["certificate.json"]
    entry = json.loads((out / "certificate.json").read_text())["files"]["tiny.int8.tflite"]
    assert entry["flipped"]
    assert not entry["passed"]


def test_verify_prints_both_sides_and_passes(trained: Path, converted: Path) -> None:
    run = crack_edge(
        *("verify", trained / "model.keras", converted / "tiny.float32.tflite"),
        *(trained / "manifest.csv", "--split", "test", "--min-agreement", "1", "--json"),
    )
    assert run.code == 0
    assert run.json["agreement"] == 1
    assert run.json["flips"] == 0
    assert run.json["parent"]["recall"] == run.json["model"]["recall"]


@pytest.mark.parametrize("bar", [("--min-agreement", "0.9"), ("--max-recall-drop", "0.1")])
def test_verify_fails_a_model_that_decides_otherwise(
    trained: Path, converted: Path, tmp_path: Path, bar: tuple[str, str]
) -> None:
    file = read_tflite(converted / "tiny.int8.tflite")
    deaf = tmp_path / "deaf.tflite"
    deaf.write_bytes(append_card(file.model, dataclasses.replace(file.card, threshold=0.9999)))
    run = crack_edge(
        "verify", trained, deaf, trained / "manifest.csv", "--split", "test", *bar, "--json"
    )
    assert run.code == 1
    assert run.json["passed"] is False
    assert run.json["model"]["recall"] < run.json["parent"]["recall"]
    assert "Error" in run.err


def test_a_keras_model_without_its_card_is_refused(trained: Path, tmp_path: Path) -> None:
    shutil.copy(trained / "model.keras", tmp_path / "alone.keras")
    run = crack_edge("convert", tmp_path / "alone.keras", "--out", tmp_path / "out")
    assert run.code == 2
    assert "card" in run.err
    assert not (tmp_path / "out").exists()


def test_a_keras_model_with_code_inside_is_refused(trained: Path, tmp_path: Path) -> None:
    layers = [keras.layers.Input((32, 32, 3)), keras.layers.Lambda(lambda x: x * 2)]
    keras.Sequential(layers).save(tmp_path / "model.keras")
    shutil.copy(trained / "card.json", tmp_path)
    run = crack_edge("convert", tmp_path, "--out", tmp_path / "out")
    assert run.code == 2
    assert "model.keras" in run.err


def test_without_splits_calibration_and_verification_are_kept_apart(trained: Path) -> None:
    samples = [Sample(s.path, s.label, s.group) for s in read_manifest(trained / "manifest.csv")]
    settings = ConvertSettings(calibration_pictures=50)
    calibration, verification = choose_pictures(samples, settings)
    assert len(calibration) == 50
    assert sum(sample.is_crack for sample in calibration) == 25
    assert {s.path for s in calibration} | {s.path for s in verification} == {
        s.path for s in samples
    }
    assert len(calibration) + len(verification) == len(samples)
