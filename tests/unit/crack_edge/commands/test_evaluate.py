"""``evaluate``, alone and against another model."""

from __future__ import annotations

import dataclasses
import json
import shutil
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
    assert "Every file passed every gate." in (tmp_path / "c.html").read_text()
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
    assert "by more than 0.1 (--max-recall-drop)" in result.stderr


def test_a_missed_default_gate_is_said_and_the_exit_code_is_0(data: Path, tmp_path: Path) -> None:
    file = read_tflite(find_model("small"))
    deaf = tmp_path / "deaf.tflite"
    deaf.write_bytes(append_card(file.model, dataclasses.replace(file.card, threshold=0.9999)))
    result = _evaluate(deaf, data, "--against", "small")
    assert result.exit_code == 0, result.stderr
    assert "is below 0.99 (--min-agreement)" in result.stdout
    assert "of them to wrong" in result.stdout
    # Another gate than the one that is missed was named.
    assert _evaluate(deaf, data, "--against", "small", "--min-agreement", "0").exit_code == 0


def test_the_report_says_what_was_measured_on_what_and_ends_on_the_next_command(
    data: Path,
) -> None:
    lines = _evaluate("small", data).stdout.splitlines()
    assert lines[0].startswith("small (int8) on 6 pictures in ")
    assert lines[0].endswith(", 3 of them with a crack:")
    assert lines[-1] == "next: crack-edge scan YOUR-PHOTOS --model small"


@pytest.mark.parametrize("words", [(), ("--against", "small")])
def test_pictures_that_cannot_be_read_are_named_and_the_exit_code_is_1(
    data: Path, tmp_path: Path, words: tuple[str, ...]
) -> None:
    folder = tmp_path / "data"
    shutil.copytree(data, folder)
    (folder / "crack" / "broken.jpg").write_bytes(b"no picture")
    text, as_json = _evaluate("small", folder, *words), _evaluate("small", folder, *words, "--json")
    assert text.exit_code == as_json.exit_code == 1
    assert "1 picture left out of these figures: " in text.stdout
    assert "broken.jpg" in text.stdout
    (complaint,) = json.loads(as_json.stdout)["unreadable"]
    assert "broken.jpg" in complaint


def test_a_photo_that_tiles_csv_names_and_is_not_there_is_named(tmp_path: Path) -> None:
    write_photo(tmp_path / "here.png", draw_tile(256, seed=1, crack=True).photo)
    rows = ["photo,x,y,width,height,label", "here.png,0,0,256,256,crack", "gone.png,0,0,9,9,crack"]
    (tmp_path / "tiles.csv").write_text("\n".join(rows))
    result = _evaluate("small", tmp_path)
    assert result.exit_code == 1
    assert "1 photo left out of these figures: " in result.stdout
    assert "gone.png" in result.stdout


def test_a_report_that_cannot_be_written_is_told_before_the_work(
    data: Path, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    result = _evaluate("small", data, "--out", tmp_path / "file" / "report.json")
    assert result.exit_code == 2
    (line,) = result.stderr.splitlines()
    assert "cannot be written" in line


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--min-agreement", "0.9"), "--min-agreement needs --against PARENT"),
        (("--max-recall-drop", "0.1"), "--max-recall-drop needs --against PARENT"),
        (("--against", "small", "--threshold", "0.4"), "--threshold has no meaning with --against"),
        (("--against", "small", "--cascade", "small"), "--cascade has no meaning with --against"),
        (("--against", "small", "--scale", "0.5"), "--scale has no meaning with --against"),
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
