"""``crack-edge audit``: what it prints, what it writes and what it refuses."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from crack_edge.__main__ import main
from tests.unit.trainer.audit.audits import copy, draw, write_leaking_manifest


def _run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, ["audit", *map(str, arguments)])


@pytest.fixture
def leaking(tmp_path: Path) -> Path:
    return write_leaking_manifest(tmp_path)


def test_json_on_stdout_has_the_keys_that_others_read(leaking: Path) -> None:
    result = _run(leaking, "--json")
    assert result.exit_code == 0, result.output
    facts = json.loads(result.stdout)
    assert facts["exact_duplicates"] == {"groups": 1, "surplus": 1, "conflicting": 0}
    assert facts["near_duplicates"]["pairs"] == 1
    assert facts["classes"] == {"no_crack": 2, "crack": 2}
    assert facts["groups"]["count"] == 3
    assert facts["unreadable"] == []
    counts = {key: facts["leaks"][key] for key in ("groups", "copies", "near_pairs")}
    assert counts == {"groups": 1, "copies": 1, "near_pairs": 1}


def test_the_summary_names_the_leaks_and_nothing_is_written(leaking: Path) -> None:
    before = sorted(leaking.parent.iterdir())
    result = _run(leaking)
    assert result.exit_code == 0, result.output
    assert "1 group, 1 copied file, 1 pair of near-duplicates" in result.stdout
    assert "1 of the 1 test pictures (100.0%)" in result.stdout
    assert result.stdout.splitlines()[-1] == f"next: crack-edge train {leaking} -o runs/manifest"
    assert sorted(leaking.parent.iterdir()) == before


@pytest.mark.parametrize(
    ("given", "data", "run"),
    [
        ("..", "..", "bridge.7"),
        (".", ".", "crack"),
        ("../../bridge.7", "../../bridge.7", "bridge.7"),
        ("-x", "./-x", "first"),
        ("-x/labels.v2.csv", "./-x/labels.v2.csv", "labels.v2"),
    ],
)
def test_the_next_command_names_a_training_after_the_data(
    given: str, data: str, run: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = tmp_path / "bridge.7" / "crack"
    draw(here / "-x" / "crack" / "a.jpg", 1)
    draw(here / "-x" / "no_crack" / "b.jpg", 2)
    (here / "-x" / "labels.v2.csv").write_text("path,label\ncrack/a.jpg,crack\n")
    monkeypatch.chdir(here)
    result = _run("--", given)
    assert result.exit_code == 0, result.output
    assert result.stdout.splitlines()[-1] == f"next: crack-edge train {data} -o runs/{run}"


def test_results_in_a_folder_are_kept_unless_forced(leaking: Path, tmp_path: Path) -> None:
    pytest.importorskip("jinja2")
    out = tmp_path / "out"
    assert _run(leaking, "--out", out).exit_code == 0
    assert sorted(path.name for path in out.iterdir()) == ["audit.html", "audit.json"]
    (out / "audit.json").write_text("precious")
    refused = _run(leaking, "--out", out)
    assert refused.exit_code == 2
    assert "--force" in refused.stderr
    assert (out / "audit.json").read_text() == "precious"
    assert _run(leaking, "--out", out, "--force").exit_code == 0
    assert json.loads((out / "audit.json").read_text())["leaks"]["groups"] == 1


def test_a_folder_that_cannot_be_written_is_told_before_the_pictures_are_read(
    leaking: Path, tmp_path: Path
) -> None:
    pytest.importorskip("jinja2")
    (tmp_path / "file").touch()
    result = _run(leaking, "--out", tmp_path / "file" / "audit")
    assert result.exit_code == 2
    (line,) = result.stderr.splitlines()
    assert "cannot be written" in line


def test_a_wrong_expression_is_one_line(leaking: Path) -> None:
    result = _run(leaking, "--group-regex", "(")
    assert result.exit_code == 2
    (line,) = result.stderr.splitlines()
    assert "group-regex" in line


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no such names")
def test_names_that_are_not_utf_8_are_told(tmp_path: Path) -> None:
    pytest.importorskip("jinja2")
    folder = tmp_path / os.fsdecode(b"Br\xfccke")
    first = draw(folder / "crack/a.jpg", 1)
    copy(first, folder / "no_crack/b.jpg")
    result = _run(folder, "--out", tmp_path / "out")
    assert result.exit_code == 0, result.output
    assert "Br\ufffdcke" in result.stdout
    assert _run(folder, "--json").exit_code == 0
    assert "Br?cke" in (tmp_path / "out" / "audit.html").read_text()
