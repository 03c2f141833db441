"""``crack-edge doctor``: what it prints, its exit code, and the test shot."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from crack_edge.__main__ import main
from crack_edge.commands.doctor import format_checks, report_checks
from edge.doctor.check import Check
from edge.files.errors import EnvironmentLacksError
from edge.photo.codec import read_photo, write_photo
from tests.unit.edge.live.observations_made import plain_picture


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, ["doctor", *map(str, arguments)])


def test_lines_are_aligned_and_end_with_the_remedy() -> None:
    lines = format_checks([Check("numpy", "ok", "2.4"), Check("disk", "warning", "full", "tidy")])
    assert lines == ["ok       numpy  2.4", "warning  disk   full  -> tidy"]


def test_a_remedy_that_does_not_fit_stands_below_what_was_found() -> None:
    lines = format_checks([Check("disk", "warning", "f" * 60, "r" * 40)])
    assert lines == [f"warning  disk  {'f' * 60}", f"               -> {'r' * 40}"]


def test_only_a_failed_check_makes_the_exit_code_3(capsys: pytest.CaptureFixture[str]) -> None:
    fine = [Check("a", "ok", "1"), Check("b", "optional", "no", "x"), Check("c", "warning", "?")]
    report_checks(fine, as_json=True)
    assert json.loads(capsys.readouterr().out)["ok"] is True
    with pytest.raises(EnvironmentLacksError, match="machine: d") as caught:
        report_checks([*fine, Check("d", "failed", "none", "get it")], as_json=True)
    assert caught.value.exit_code == 3
    assert json.loads(capsys.readouterr().out)["ok"] is False


def test_a_check_in_json_has_its_facts(capsys: pytest.CaptureFixture[str]) -> None:
    report_checks([Check("CPU", "ok", "4 cores", facts={"cores": 4})], as_json=True)
    assert json.loads(capsys.readouterr().out)["checks"] == [
        {"name": "CPU", "state": "ok", "found": "4 cores", "remedy": "", "facts": {"cores": 4}}
    ]


def test_the_command_fails_for_a_model_that_is_not_there() -> None:
    result = run("--model", "nowhere.tflite", "--json")
    assert result.exit_code == 3
    checks = {check["name"]: check for check in json.loads(result.stdout)["checks"]}
    assert checks["model"]["state"] == "failed"
    assert checks["model"]["found"].startswith("nowhere.tflite: no such model file")


def test_a_test_shot_is_one_more_line_and_is_not_replaced_unless_told(tmp_path: Path) -> None:
    striped = plain_picture(200, (320, 240))
    striped[::2] = 20
    write_photo(tmp_path / "photos" / "wall.png", striped)
    out = tmp_path / "shot.jpg"
    words = ("--test-shot", tmp_path / "photos", "--out", out)
    result = run(*words)
    assert result.exit_code == 0, result.output
    assert read_photo(out).shape == (240, 320, 3)
    shot, ready, following = result.stdout.splitlines()[-3:]
    assert shot.startswith("ok        test shot")
    assert ready == "crack-edge can scan on this machine"
    assert following == "next: crack-edge scan PHOTOS"
    refused = run(*words)
    assert refused.exit_code == 2
    assert "add --force" in refused.stderr


def test_a_file_for_the_test_shot_needs_a_test_shot(tmp_path: Path) -> None:
    result = run("--out", tmp_path / "shot.jpg")
    assert result.exit_code == 2
    assert "--out is for --test-shot" in result.stderr


def test_a_test_shot_that_fails_ends_with_3_and_the_reason(tmp_path: Path) -> None:
    out = tmp_path / "shot.jpg"
    result = run("--test-shot", "/dev/video99", "--out", out, "--json")
    assert result.exit_code == 3
    check = json.loads(result.stdout)["checks"][-1]
    assert (check["name"], check["state"]) == ("test shot", "failed")
    assert check["found"].startswith("/dev/video99: no such device now")
    assert result.stderr.splitlines()[-1].endswith("machine: test shot")
    assert not out.exists()


def test_a_source_that_does_not_exist_is_a_failed_check(tmp_path: Path) -> None:
    result = run("--test-shot", "nonesuch", "--out", tmp_path / "shot.jpg")
    assert result.exit_code == 3
    assert "nonesuch: no such source" in result.stdout
