"""``evaluate``, alone and against another model."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from crack_edge.__main__ import main
from edge.evaluation.synthetic import draw_tile
from edge.model.tflite_file import append_card, find_model, read_tflite
from edge.photo.codec import write_photo


def _evaluate(*words: object) -> Result:
    return CliRunner().invoke(main, ["evaluate", *(str(word) for word in words)])


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    for seed in range(6):
        label = "crack" if seed % 2 else "no_crack"
        photo = draw_tile(256, seed=seed, crack=label == "crack").photo
        write_photo(folder / label / f"{seed}.png", photo)
    return folder


def test_alone_the_report_is_the_models(data: Path, tmp_path: Path) -> None:
    out = tmp_path / "report.json"
    result = _evaluate("small", data, "--out", out, "--json")
    assert result.exit_code == 0, result.output
    report = json.loads(out.read_text())
    assert report == json.loads(result.stdout)
    assert (report["n"], report["model"]["name"]) == (6, "small")


def test_against_itself_a_model_changes_nothing(data: Path, tmp_path: Path) -> None:
    pytest.importorskip("jinja2")
    out = tmp_path / "c.json"
    result = _evaluate("small", data, "--against", "small", "--out", out)
    assert result.exit_code == 0, result.output
    assert "agreement 1.0000" in result.stdout
    (entry,) = json.loads(out.read_text())["files"].values()
    assert (entry["agreement"], entry["passed"]) == (1, True)
    assert "All gates are passed." in (tmp_path / "c.html").read_text()
    again = _evaluate("small", data, "--against", "small", "--out", out)
    assert again.exit_code == 2
    assert "--force" in again.stderr


def test_a_missed_gate_is_named_and_the_exit_code_is_1(data: Path, tmp_path: Path) -> None:
    file = read_tflite(find_model("small"))
    deaf = tmp_path / "deaf.tflite"
    deaf.write_bytes(append_card(file.model, dataclasses.replace(file.card, threshold=0.9999)))
    result = _evaluate(deaf, data, "--against", "small", "--max-recall-drop", "0.1", "--json")
    assert result.exit_code == 1
    entry = json.loads(result.stdout)
    assert entry["model"]["recall"] < entry["parent"]["recall"]
    assert "--max-recall-drop 0.1" in result.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--min-agreement", "0.9"), "--min-agreement is for --against"),
        (("--max-recall-drop", "0.1"), "--max-recall-drop is for --against"),
        (("--against", "small", "--threshold", "0.4"), "--threshold is not for --against"),
        (("--against", "small", "--cascade", "small"), "--cascade is not for --against"),
        (("--against", "small", "--scale", "0.5"), "--scale is not for --against"),
        (("--against", "small", "--out", "proof"), "expected a .json file"),
        (("--scale", "0.5"), "whole photos"),
    ],
)
def test_options_without_a_meaning_are_refused(
    data: Path, words: tuple[str, ...], said: str
) -> None:
    result = _evaluate("small", data, *words)
    assert result.exit_code == 2
    assert said in result.stderr
