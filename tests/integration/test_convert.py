"""Conversion of the tiny model: every file verified against its parent."""

from __future__ import annotations

import dataclasses
import json
import shutil
from pathlib import Path

import keras
import numpy as np
import onnx
import pytest

import crack_edge as ce
from converters.formats.registry import FORMATS
from converters.parents.keras_model import KerasScorer
from converters.parents.load import load_parent
from crack_edge.commands.convert import convert_command
from edge.evaluation.dataset import read_manifest, write_manifest
from edge.files.errors import ModelError
from edge.files.hashing import sha256_of
from edge.model.classifier import open_classifier
from edge.model.tflite_file import append_card, read_tflite
from edge.photo.codec import read_photo
from tests.integration.conftest import FEW_TILES, Run, crack_edge

FILES = tuple(f"tiny.{kind.quantization}{kind.suffix}" for kind in FORMATS.values())
CERTIFICATE = ("tiny.certificate.json", "tiny.certificate.html")


def test_the_files_have_the_names_of_the_readme(converted: Path) -> None:
    assert {path.name for path in converted.iterdir()} == {*FILES, *CERTIFICATE}


def test_the_certificate_says_what_was_compared_with_what(trained: Path, converted: Path) -> None:
    certificate = json.loads((converted / "tiny.certificate.json").read_text())
    assert certificate["parent"]["sha256"] == sha256_of((trained / "model.keras").read_bytes())
    assert certificate["calibration"]["split"] == "train"
    assert certificate["matching"]["split"] == "val"
    assert certificate["verification"]["split"] == "test"
    for name in FILES:
        entry = certificate["files"][name]
        assert entry["sha256"] == sha256_of((converted / name).read_bytes())
        assert (
            entry["flips"] == len(entry["flipped"]) == round((1 - entry["agreement"]) * entry["n"])
        )
        assert {"accuracy", "precision", "recall", "f1", "auc"} <= set(entry["model"])


def test_int8_keeps_most_of_the_parents_verdicts(converted: Path) -> None:
    certificate = json.loads((converted / "tiny.certificate.json").read_text())
    assert certificate["files"]["tiny.int8.tflite"]["agreement"] >= 0.85
    assert certificate["files"]["tiny.float32.tflite"]["agreement"] == 1


def test_onnx_holds_a_valid_graph_and_the_card(converted: Path) -> None:
    model = onnx.load(converted / "tiny.float32.onnx")
    onnx.checker.check_model(model)
    card = json.loads({prop.key: prop.value for prop in model.metadata_props}["crack_edge_card"])
    assert card["notes"] == ["drawn"]


def test_files_that_stand_are_not_replaced(trained: Path, converted: Path) -> None:
    run = crack_edge("convert", trained, "--out", converted)
    assert run.code == 2
    assert "--force" in run.err


def test_only_a_quantized_file_gets_a_threshold_of_its_own(trained: Path, converted: Path) -> None:
    parent = json.loads((trained / "card.json").read_text())
    for name in FILES:
        card = open_classifier(converted / name).card
        if "float" not in name:
            assert card.threshold != parent["threshold"]
            assert card.threshold_rule.startswith("set for this file to find as many of")
            assert f"at {parent['threshold']:.4f}" in card.threshold_rule
        else:
            assert card.threshold == parent["threshold"]
            assert card.threshold_rule == parent["threshold_rule"]


def _find_inversion(before: np.ndarray, after: np.ndarray) -> float:
    """Find a threshold of the parent that no threshold of the file agrees with on all pictures."""
    order = np.argsort(before)
    ranked, followed = before[order], after[order]
    gaps = [
        (ranked[j] - ranked[i], i, j)
        for i in range(len(order))
        for j in range(i + 1, len(order))
        if followed[i] > followed[j]
    ]
    _, i, j = max(gaps)
    return float(ranked[i] / 2 + ranked[j] / 2)


@pytest.fixture(scope="module")
def moved(trained: Path, converted: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a training whose threshold no threshold of its int8 file can follow."""
    samples = [s for s in read_manifest(trained / "manifest.csv") if s.split == "test"]
    tiles = np.stack([read_photo(sample.path) for sample in samples])
    before = KerasScorer(load_parent(trained)).scores(tiles)
    after = open_classifier(converted / "tiny.int8.tflite").scores(tiles)
    card = json.loads((trained / "card.json").read_text())
    card["threshold"] = _find_inversion(before, after)
    model = tmp_path_factory.mktemp("moved") / "tiny"
    shutil.copytree(trained, model)
    (model / "card.json").write_text(json.dumps(card))
    return model


MISSED = ("--min-agreement", "1", "--max-recall-drop", "1")


def _convert_to_int8(model: Path, out: Path, *words: str) -> Run:
    return crack_edge("convert", model, "--out", out, "--to", "tflite-int8", *FEW_TILES, *words)


def test_a_file_that_misses_a_named_gate_is_kept_and_says_so(moved: Path, tmp_path: Path) -> None:
    run = _convert_to_int8(moved, tmp_path, *MISSED)
    assert run.code == 1
    assert "tiny.int8.tflite: agreement" in run.err
    assert "is below 1 (--min-agreement)" in run.err
    assert {path.name for path in tmp_path.iterdir()} == {"tiny.int8.tflite", *CERTIFICATE}
    entry = json.loads((tmp_path / CERTIFICATE[0]).read_text())["files"]["tiny.int8.tflite"]
    assert entry["flipped"]
    wrong = [flip for flip in entry["flipped"] if flip["turned"] == "wrong"]
    assert entry["flips_to_wrong"] == len(wrong)
    card = open_classifier(tmp_path / "tiny.int8.tflite").card
    assert list(card.missed_gates) == entry["missed"]
    assert entry["missed"][0] in card.reservation


def test_a_missed_gate_that_nobody_named_is_said_and_the_exit_code_is_0(
    moved: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (option,) = [one for one in convert_command.params if one.name == "min_agreement"]
    monkeypatch.setattr(option, "default", 1.0)
    run = _convert_to_int8(moved, tmp_path)
    assert run.code == 0, run.err
    assert "is below 1 (--min-agreement)" in run.out
    assert open_classifier(tmp_path / "tiny.int8.tflite").card.missed_gates
    last = f"next: crack-edge scan YOUR-PHOTOS --model {tmp_path / 'tiny.int8.tflite'}"
    assert run.out.splitlines()[-1] == last


def test_strict_refuses_a_file_that_misses_a_gate(moved: Path, tmp_path: Path) -> None:
    (tmp_path / "tiny.int8.tflite").write_bytes(b"from an earlier conversion")
    run = _convert_to_int8(moved, tmp_path, *MISSED, "--strict", "--force")
    assert run.code == 1
    assert "tiny.int8.tflite: agreement" in run.err
    assert str(tmp_path / CERTIFICATE[1]) in run.err
    assert {path.name for path in tmp_path.iterdir()} == set(CERTIFICATE)
    entry = json.loads((tmp_path / CERTIFICATE[0]).read_text())["files"]["tiny.int8.tflite"]
    assert not entry["passed"]


@pytest.fixture
def broken_onnx(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let ONNX have an operation too few."""

    def fail(*_: object) -> bytes:
        raise ModelError("tiny: cannot be converted to onnx-float32 (no such operation)")

    broken = dataclasses.replace(FORMATS["onnx-float32"], make=fail)
    monkeypatch.setitem(FORMATS, "onnx-float32", broken)  # type: ignore[misc]


BOTH = ("--to", "onnx-float32", "--to", "tflite-float32", *FEW_TILES)


def test_a_format_that_cannot_be_made_is_named_and_the_others_are_kept(
    broken_onnx: None, trained: Path, tmp_path: Path
) -> None:
    (tmp_path / "tiny.float32.onnx").write_bytes(b"from an earlier conversion")
    run = crack_edge("convert", trained, "--out", tmp_path, *BOTH, "--force")
    assert run.code == 1
    assert "cannot be converted to onnx-float32" in run.err.splitlines()[-1]
    assert f"the other files are in {tmp_path}" in run.err.splitlines()[-1]
    assert {path.name for path in tmp_path.iterdir()} == {"tiny.float32.tflite", *CERTIFICATE}
    assert "not made: tiny: cannot be converted to onnx-float32" in run.out
    last = f"next: crack-edge scan YOUR-PHOTOS --model {tmp_path / 'tiny.float32.tflite'}"
    assert run.out.splitlines()[-1] == last
    certificate = json.loads((tmp_path / CERTIFICATE[0]).read_text())
    assert list(certificate["files"]) == ["tiny.float32.tflite"]
    assert list(certificate["failures"]) == ["onnx-float32"]
    assert "no such operation" in (tmp_path / CERTIFICATE[1]).read_text()


def test_python_too_keeps_the_other_files_and_says_what_could_not_be_made(
    broken_onnx: None, trained: Path, tmp_path: Path
) -> None:
    with pytest.raises(ce.CrackEdgeError, match=r"to onnx-float32.*the other files are in"):
        ce.convert(trained, tmp_path, formats=("onnx-float32", "tflite-float32"), calibration=8)
    assert (tmp_path / "tiny.float32.tflite").is_file()


def test_nothing_is_written_where_no_format_can_be_made(
    broken_onnx: None, trained: Path, tmp_path: Path
) -> None:
    line = _complaint("convert", trained, "--out", tmp_path / "out", "--to", "onnx-float32")
    assert "cannot be converted to onnx-float32" in line
    assert not (tmp_path / "out").exists()


def test_a_model_whose_card_names_another_folder_writes_nothing_there(
    trained: Path, tmp_path: Path
) -> None:
    evil = tmp_path / "evil"
    shutil.copytree(trained, evil)
    card = json.loads((evil / "card.json").read_text())
    (evil / "card.json").write_text(json.dumps(card | {"name": "../outside"}))
    before = sorted(tmp_path.rglob("*"))
    line = _complaint("convert", evil, "--out", tmp_path / "out")
    assert "its name '../outside' holds '/'" in line
    assert "--name" in line
    assert sorted(tmp_path.rglob("*")) == before


def test_two_models_can_be_converted_into_one_folder(trained: Path, tmp_path: Path) -> None:
    for name in ("one", "two"):
        words = ("--to", "tflite-float32", "--name", name, *FEW_TILES)
        assert crack_edge("convert", trained, "--out", tmp_path, *words).code == 0
    suffixes = ("certificate.html", "certificate.json", "float32.tflite")
    expected = {f"{name}.{suffix}" for name in ("one", "two") for suffix in suffixes}
    assert {path.name for path in tmp_path.iterdir()} == expected


def test_a_comparison_writes_a_certificate_where_it_is_asked_for(
    trained: Path, converted: Path, tmp_path: Path
) -> None:
    words = (converted / "tiny.float32.onnx", trained / "manifest.csv", "--split", "test")
    words = (*words, "--against", trained, "--out", tmp_path / "tiny.certificate.json")
    run = crack_edge("evaluate", *words)
    assert run.code == 0
    assert {path.name for path in tmp_path.iterdir()} == set(CERTIFICATE)
    certificate = json.loads((tmp_path / "tiny.certificate.json").read_text())
    assert (
        certificate["files"]["tiny.float32.onnx"]["parent_sha256"]
        == (certificate["parent"]["sha256"])
    )
    assert crack_edge("evaluate", *words).code == 2


def test_any_two_model_files_can_be_compared(trained: Path, converted: Path) -> None:
    run = crack_edge(
        *("evaluate", converted / "tiny.float32.onnx", trained / "manifest.csv"),
        *("--against", converted / "tiny.float32.tflite", "--split", "test", "--json"),
    )
    assert run.code == 0
    assert run.json["max_difference"] < 1e-4


def test_a_comparison_gives_both_sides_and_passes(trained: Path, converted: Path) -> None:
    run = crack_edge(
        *("evaluate", converted / "tiny.float32.tflite", trained / "manifest.csv"),
        *("--against", trained / "model.keras", "--split", "test", "--min-agreement", "1"),
        "--json",
    )
    assert run.code == 0
    assert run.json["agreement"] == 1
    assert run.json["flips"] == 0
    assert run.json["parent"]["recall"] == run.json["model"]["recall"]


@pytest.mark.parametrize("gate", [("--min-agreement", "0.9"), ("--max-recall-drop", "0.1")])
def test_a_model_that_decides_otherwise_misses_a_gate(
    trained: Path, converted: Path, tmp_path: Path, gate: tuple[str, str]
) -> None:
    file = read_tflite(converted / "tiny.int8.tflite")
    deaf = tmp_path / "deaf.tflite"
    deaf.write_bytes(append_card(file.model, dataclasses.replace(file.card, threshold=0.9999)))
    words = (deaf, trained / "manifest.csv", "--split", "test", "--against", trained)
    run = crack_edge("evaluate", *words, *gate, "--json")
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


@pytest.fixture
def model(trained: Path, tmp_path: Path) -> Path:
    """Return a copy of the training's model and card, with nothing to calibrate or verify with."""
    folder = tmp_path / "model"
    folder.mkdir()
    for name in ("model.keras", "card.json"):
        shutil.copy(trained / name, folder)
    return folder


def _complaint(*words: object, code: int = 2) -> str:
    """Return the one line that bad input gives, or a damaged file."""
    run = crack_edge(*words)
    assert run.code == code
    (line,) = [line for line in run.err.splitlines() if line.startswith("Error")]
    assert run.err.strip().endswith(line)
    return line


def test_what_is_no_model_cannot_be_converted(model: Path, drawn: Path, tmp_path: Path) -> None:
    (model / "model.keras").write_bytes(b"no model")
    words = ("convert", model, "--data", drawn, "--out", tmp_path / "out")
    assert "model.keras" in _complaint(*words)
    assert not (tmp_path / "out").exists()


def test_a_keras_file_that_is_truncated_is_refused(
    model: Path, drawn: Path, tmp_path: Path
) -> None:
    file = model / "model.keras"
    file.write_bytes(file.read_bytes()[:100_000])
    assert "model.keras" in _complaint("convert", model, "--data", drawn, "--out", tmp_path / "out")


def test_a_conversion_without_data_says_what_to_give(model: Path, tmp_path: Path) -> None:
    assert "--data FOLDER" in _complaint("convert", model, "--out", tmp_path / "out")


def test_pictures_of_one_label_verify_no_conversion(
    model: Path, trained: Path, tmp_path: Path
) -> None:
    samples = read_manifest(trained / "manifest.csv")
    kept = [s for s in samples if s.split != "test" or s.is_crack]
    write_manifest(model / "manifest.csv", kept)
    line = _complaint("convert", model, "--out", tmp_path / "out", "--to", "tflite-float32")
    assert "the verification data has only crack" in line
    assert not (tmp_path / "out").exists()


def test_pictures_of_one_label_verify_no_file(trained: Path, converted: Path, drawn: Path) -> None:
    only = drawn / "crack"
    line = _complaint("evaluate", converted / "tiny.int8.tflite", only, "--against", trained)
    assert "has only crack" in line


@pytest.mark.parametrize("name", FILES)
def test_a_model_file_that_is_truncated_is_refused(
    trained: Path, converted: Path, drawn: Path, tmp_path: Path, name: str
) -> None:
    data = (converted / name).read_bytes()
    (tmp_path / name).write_bytes(data[: len(data) // 2])
    # TFLite Metadata names the card at the beginning; of ONNX files the card was at the end.
    code = 3 if name.endswith(".tflite") else 2
    assert name in _complaint("evaluate", tmp_path / name, drawn, "--against", trained, code=code)


def test_a_file_whose_card_was_written_for_another_is_refused(
    trained: Path, converted: Path, drawn: Path, tmp_path: Path
) -> None:
    data = bytearray((converted / "tiny.int8.tflite").read_bytes())
    data[len(data) // 3] ^= 1
    changed = tmp_path / "changed.tflite"
    changed.write_bytes(data)
    line = _complaint("evaluate", changed, drawn, "--against", trained, code=3)
    assert "changed.tflite: damaged" in line
