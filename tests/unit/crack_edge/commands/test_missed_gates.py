"""A converted file that missed a gate says so wherever it is opened."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
from click.testing import CliRunner

from crack_edge.__main__ import main
from edge.evaluation.synthetic import draw_concrete
from edge.live.run.settings import LiveSettings
from edge.live.run.watch_camera import watch_camera
from edge.model.tflite_file import append_card, find_model, read_tflite
from edge.photo.codec import write_photo

COMPLAINT = "agreement 0.9824 (3 of 170 verdicts changed, 0 of them to wrong) is below 0.99"


@pytest.fixture
def wanting(tmp_path: Path) -> Path:
    file = read_tflite(find_model("small"))
    path = tmp_path / "wanting.int8.tflite"
    card = dataclasses.replace(file.card, missed_gates=(COMPLAINT,))
    path.write_bytes(append_card(file.model, card))
    return path


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    write_photo(tmp_path / "photos" / "wall.png", draw_concrete((320, 256), seed=4).photo)
    return tmp_path / "photos"


def test_a_scan_says_it_once(wanting: Path, photos: Path, tmp_path: Path) -> None:
    words = ["scan", photos, "--out", tmp_path / "out", "--model", wanting]
    result = CliRunner().invoke(main, [str(word) for word in words])
    assert result.exit_code == 0, result.stderr
    notes = [line for line in result.stderr.splitlines() if line.startswith("note: ")]
    assert [COMPLAINT in note for note in notes] == [True]


def test_live_says_it_once(wanting: Path, photos: Path) -> None:
    lines: list[str] = []
    watch_camera(LiveSettings(str(photos), model=str(wanting)), say=lines.append)
    assert [COMPLAINT in line for line in lines if line.startswith("note: ")] == [True]


def test_inspect_names_each(wanting: Path) -> None:
    result = CliRunner().invoke(main, ["inspect", str(wanting)])
    said = " ".join(result.stdout.split())
    assert f"missed gate {COMPLAINT}" in said
    assert "missed gate" not in CliRunner().invoke(main, ["inspect", "small"]).stdout
