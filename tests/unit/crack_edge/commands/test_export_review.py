"""``crack-edge export-review``: what it prints, refuses and returns."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result

from crack_edge.__main__ import main
from edge.detect.settings import ScanSettings
from edge.photo.codec import write_photo
from edge.review.export import DEFAULT_COUNT
from tests.unit.scans import scan_drawn


def run(*words: str | Path | int) -> Result:
    return CliRunner().invoke(main, ["export-review", *map(str, words)])


@pytest.fixture
def scanned(tmp_path: Path) -> Path:
    shades = np.random.default_rng(0).integers(100, 160, (5, 5, 1), np.uint8)
    photo = np.ascontiguousarray(np.kron(shades, np.ones((64, 64, 3), np.uint8)), np.uint8)
    for name in ("a.png", "b.png"):
        write_photo(tmp_path / "photos" / name, photo)
    out = tmp_path / "scan"
    scan_drawn(tmp_path / "photos", out, settings=ScanSettings(threshold=0.3))
    return out


def import_labels(review: Path, export: Path, *words: str) -> Result:
    return CliRunner().invoke(main, ["import-review", str(review), str(export), *words])


def test_it_says_how_many_tiles_there_are_and_how_to_go_on(scanned: Path, tmp_path: Path) -> None:
    result = run(scanned, "--out", tmp_path / "review", "--count", 8)
    assert result.exit_code == 0, result.output
    lines = result.stdout.splitlines()
    assert lines[0].startswith("cut out: 8 tiles of 2 photos: ")
    assert str(tmp_path / "review" / "to_sort") in lines[1]
    assert str(tmp_path / "review" / "README.txt") in lines[2]
    assert lines[-1] == f"next: crack-edge train DATA {tmp_path / 'review'} --out FOLDER"


def test_json_is_for_machines(scanned: Path, tmp_path: Path) -> None:
    result = run(scanned, "--out", tmp_path / "review", "--count", 8, "--json")
    summary = json.loads(result.stdout)
    assert summary["tiles"] == sum(summary["whys"].values()) == 8
    assert summary["left_out"] == {}


def test_a_photo_that_is_gone_gives_exit_code_1(scanned: Path, tmp_path: Path) -> None:
    (tmp_path / "photos" / "a.png").unlink()
    result = run(scanned, "--out", tmp_path / "review")
    assert result.exit_code == 1
    assert "left out: 1 photo," in result.stdout
    assert "a.png" in result.stderr


def test_labels_come_back_as_a_manifest(scanned: Path, tmp_path: Path) -> None:
    review = tmp_path / "review"
    run(scanned, "--out", review, "--count", 4)
    tasks = json.loads((review / "tasks.json").read_text())
    for task, label in zip(tasks, ("crack", "no_crack", "unsure", "crack"), strict=True):
        task["annotations"] = [{"result": [{"value": {"choices": [label]}}]}]
    export = tmp_path / "export.json"
    export.write_text(json.dumps(tasks))
    result = import_labels(review, export)
    assert result.exit_code == 0, result.output
    assert result.stdout.splitlines() == [
        "labelled: 3 tiles: 2 crack, 1 no_crack",
        "left out: 1 unsure",
        f"manifest: {review / 'manifest.csv'}",
        f"next: crack-edge train DATA {review / 'manifest.csv'} --out FOLDER",
    ]
    again = import_labels(review, export, "--json")
    assert again.exit_code == 2
    assert "--force" in again.stderr
    summary = json.loads(import_labels(review, export, "--json", "--force").stdout)
    assert summary["labels"] == {"crack": 2, "no_crack": 1}


@pytest.mark.parametrize(
    ("review", "export", "said"),
    [
        ("review", "gone.json", "gone.json: no such file; expected the JSON export"),
        ("photos", "gone.json", "photos: holds no tiles to label; expected a folder that"),
        ("nowhere", "gone.json", "nowhere: no such folder; expected a folder that"),
    ],
)
def test_labels_that_are_not_there_are_named(
    scanned: Path, tmp_path: Path, review: str, export: str, said: str
) -> None:
    run(scanned, "--out", tmp_path / "review", "--count", 4)
    result = import_labels(tmp_path / review, tmp_path / export)
    assert result.exit_code == 2
    (line,) = result.stderr.splitlines()
    assert said in line


def test_an_output_that_cannot_be_written_is_refused_before_any_work(
    scanned: Path, tmp_path: Path
) -> None:
    result = run(scanned, "--out", tmp_path / "photos" / "a.png" / "review")
    assert result.exit_code == 2
    (line,) = result.stderr.splitlines()
    assert "cannot be written" in line


def test_a_folder_without_a_scan_is_one_line(tmp_path: Path) -> None:
    result = run(tmp_path, "--out", tmp_path / "review")
    assert result.exit_code == 2
    (line,) = result.stderr.splitlines()
    assert line.startswith("Error: ")
    assert "holds no scan" in line


def test_the_help_tells_the_default_of_the_library() -> None:
    assert f"default: {DEFAULT_COUNT}" in run("--help").stdout
