"""The command line: what a user did wrong is one line on stderr and an exit code."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import click
import numpy as np
import pytest
from click.testing import CliRunner, Result

from crack_edge.__main__ import COMMANDS, GROUPS, main
from edge.photo.codec import write_photo


def _run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def _require_one_line(result: Result, *words: str) -> None:
    """Check for exit code 2 and one line on stderr that says the words."""
    assert result.exit_code == 2, result.output
    assert isinstance(result.exception, SystemExit)
    (line,) = result.stderr.splitlines()
    assert line.startswith("Error: ")
    assert all(word in line for word in words), line
    assert result.stdout == ""


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    path = tmp_path / "wall.png"
    write_photo(path, np.full((64, 64, 3), 200, np.uint8))
    return path


def test_the_help_lists_every_command() -> None:
    result = _run("--help")
    assert result.exit_code == 0
    assert all(f"\n  {command} " in result.stdout for command in COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself_and_its_options(command: str) -> None:
    result = _run(command, "--help")
    assert result.exit_code == 0, result.output
    assert result.stdout.startswith(f"Usage: main {command} ")
    for option in main.get_command(None, command).params:
        if option.param_type_name == "option":
            assert option.help, f"{option.name} has no help"
            shown = re.search(rf"^  {option.opts[0]}\b(?!-)", result.stdout, re.MULTILINE)
            assert (shown is not None) != option.hidden


def _get(command: str) -> click.Command:
    found = main.get_command(click.Context(main), command)
    assert found is not None
    return found


@pytest.mark.parametrize("command", COMMANDS)
def test_the_short_option_for_help_works(command: str) -> None:
    assert _run(command, "-h").stdout == _run(command, "--help").stdout


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_gives_an_example_that_it_takes(command: str) -> None:
    lines = _run(command, "--help").stdout.splitlines()
    example = lines[lines.index("  Example:") + 1]
    program, name, *words = shlex.split(example)
    assert (program, name) == ("crack-edge", command)
    assert _get(command).make_context(name, words, parent=click.Context(main)).params


@pytest.mark.parametrize("command", COMMANDS)
def test_every_help_is_written_in_sentences(command: str) -> None:
    found = _get(command)
    for option in found.params:
        if isinstance(option, click.Option) and option.help:
            said = option.help.partition("  [default: ")[0]
            assert re.fullmatch(r"[A-Z].*\.", said), f"{option.name}: {said}"
    assert re.fullmatch(r"[A-Z][^\n]*\.", COMMANDS[command])


@pytest.mark.parametrize("command", COMMANDS)
def test_every_out_is_o_too(command: str) -> None:
    for option in _get(command).params:
        if "--out" in option.opts:
            assert "-o" in option.opts


def test_the_help_has_groups_exit_codes_and_how_to_complete_words() -> None:
    shown = _run("--help").stdout
    for words in (*(f"\n{title}:\n" for title in GROUPS), "\n  130  Stopped by Ctrl-C.\n"):
        assert words in shown
    assert 'eval "$(_CRACK_EDGE_COMPLETE=bash_source crack-edge)"' in shown


def test_rarely_needed_options_are_shown_when_asked_for() -> None:
    for _ in range(2):
        assert "--unsure-from" not in _run("scan", "--help").stdout
        shown = _run("scan", "--help-all")
        assert shown.exit_code == 0
        assert "--unsure-from" in shown.stdout
        assert "--help-all" in shown.stdout
    assert "--help-all" not in _run("report", "--help").stdout


def test_an_unknown_command_is_named() -> None:
    result = _run("scna")
    assert result.exit_code == 2
    assert "scna" in result.stderr.splitlines()[-1]


@pytest.mark.parametrize("command", ["scan", "evaluate", "inspect"])
def test_an_unknown_model_is_named(command: str, photo: Path, tmp_path: Path) -> None:
    labelled = tmp_path / "crack" / "a.png"
    labelled.parent.mkdir()
    labelled.write_bytes(photo.read_bytes())
    arguments = {
        "scan": (photo, "--model", "nonesuch", "--out", tmp_path / "out"),
        "evaluate": ("nonesuch", tmp_path),
        "inspect": ("nonesuch",),
    }
    _require_one_line(_run(command, *arguments[command]), "nonesuch", "no such model")
    assert not (tmp_path / "out").exists()


def test_a_keras_model_handed_to_scan_is_sent_to_convert(photo: Path, tmp_path: Path) -> None:
    (tmp_path / "model.keras").write_bytes(b"PK\x03\x04")
    result = _run("scan", photo, "--model", tmp_path / "model.keras", "--out", tmp_path / "out")
    _require_one_line(result, "model.keras", "crack-edge convert")
    assert not (tmp_path / "out").exists()


def test_a_model_without_a_card_is_named(photo: Path, tmp_path: Path) -> None:
    (tmp_path / "m.tflite").write_bytes(b"\0\0\0\0TFL3 bare")
    result = _run("scan", photo, "--model", tmp_path / "m.tflite", "--out", tmp_path / "out")
    _require_one_line(result, "m.tflite", "no model card")


def test_a_keras_model_without_a_card_is_named(tmp_path: Path) -> None:
    (tmp_path / "model.keras").write_bytes(b"PK\x03\x04")
    _require_one_line(_run("inspect", tmp_path / "model.keras"), "model.keras", "card.json")


def test_a_folder_without_classes_is_named(photo: Path, tmp_path: Path) -> None:
    (tmp_path / "holiday").mkdir()
    photo.rename(tmp_path / "holiday" / "a.png")
    _require_one_line(
        _run("evaluate", "default", tmp_path / "holiday"),
        "holiday",
        "none in a folder named after a label",
    )


def test_overlap_is_for_tiles_only(photo: Path, tmp_path: Path) -> None:
    result = _run("scan", photo, "--overlap", "0.5", "--out", tmp_path / "out")
    assert result.exit_code == 2
    errors = [line for line in result.stderr.splitlines() if line.startswith("Error: ")]
    assert len(errors) == 1
    assert "--overlap" in errors[0]
    assert "--view tile" in errors[0]
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    "arguments",
    [
        ("scan", "x.jpg"),
        ("scan", "--out", "o"),
        ("scan", "x.jpg", "--out", "o", "--threshold", "1"),
        ("scan", "x.jpg", "--out", "o", "--view", "sparse"),
        ("scan", "x.jpg", "--out", "o", "--shard", "3/2"),
        ("scan", "x.jpg", "--out", "o", "--shard", "0/2"),
        ("scan", "x.jpg", "--out", "o", "--shard", "half"),
        ("scan", "x.jpg", "--out", "o", "--scale", "0"),
        ("scan", "x.jpg", "--out", "o", "--cascade", "small", "--view", "tile"),
        ("scan", "x.jpg", "--out", "o", "--unsure-from", "0.1"),
        ("evaluate", "default", "d", "--cascade", "small", "--view", "tile"),
        ("merge", "a"),
        ("evaluate", "default"),
        ("evaluate", "default", "d", "--split", "dev"),
    ],
    ids=" ".join,
)
def test_a_wrong_option_is_refused_before_any_work(arguments: tuple[str, ...]) -> None:
    result = _run(*arguments)
    assert result.exit_code == 2
    assert result.stderr.splitlines()[-1].startswith("Error: ")


def test_a_cascade_says_what_it_lost_and_gained(photo: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    result = _run("scan", photo, "--out", out, "--cascade", "small", "--threads", "1")
    assert result.exit_code == 0
    assert re.search(r"cascade: the large model looked at \d+\.\d% of the cells", result.stdout)
    assert "<td>Cascade<td>the large model" in (out / "report.html").read_text()
    assert json.loads((out / "scan.json").read_text())["cascade"]["cells"] > 0
    other = _run("scan", photo, "--out", out, "--threads", "1")
    assert other.exit_code == 2
    assert "other settings" in other.stderr


def test_a_scan_said_again_does_nothing_twice(photo: Path, tmp_path: Path) -> None:
    words = ("scan", photo, "--out", tmp_path / "out", "--threads", "1", "--scale", "0.5")
    assert _run(*words).exit_code == 0
    again = _run(*words, "--json")
    assert again.exit_code == 0
    assert json.loads(again.stdout)["scanned"] == 0
    assert json.loads(again.stdout)["resumed"] == 1


def test_an_unsure_score_above_the_threshold_is_refused(photo: Path, tmp_path: Path) -> None:
    words = ("--cascade", "small", "--unsure-from", "0.9", "--out", tmp_path / "out")
    _require_one_line(_run("scan", photo, *words), "--unsure-from 0.9", "above the threshold")


def test_a_folder_in_use_is_kept_by_the_demo(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("precious")
    _require_one_line(_run("demo", "--out", tmp_path), tmp_path.name, "--force")
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


def test_a_report_that_exists_is_kept_by_evaluate(tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    report.write_text("precious")
    _require_one_line(_run("evaluate", "default", tmp_path, "--out", report), "report.json")
    assert report.read_text() == "precious"


def test_squares_are_evaluated_alone(tmp_path: Path) -> None:
    (tmp_path / "tiles.csv").write_text("photo,x,y,width,height,label\n")
    result = _run("evaluate", "default", tmp_path, "--split", "test")
    _require_one_line(result, "tiles.csv", "without --split")


def test_ctrl_c_ends_any_command_with_130(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("edge.doctor.examine.examine_machine", interrupt)
    result = _run("doctor")
    assert result.exit_code == 130
    assert result.stderr.strip() == "stopped"
