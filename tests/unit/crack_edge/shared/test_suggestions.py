"""Words of other tools, and misspelt ones, are answered with what means the same here."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from crack_edge.__main__ import main
from crack_edge.shared.suggestions import suggest_command


def _complain(*words: str) -> str:
    result = CliRunner().invoke(main, words)
    assert result.exit_code == 2
    line: str = result.stderr.splitlines()[-1]
    assert line.startswith("Error: ")
    return line


@pytest.mark.parametrize(
    ("command", "typed", "meant"),
    [
        ("scan", "--conf", "--threshold"),
        ("live", "--conf", "--threshold"),
        ("evaluate", "--model_confidence_threshold", "--threshold"),
        ("train", "--imgsz", "--input-px"),
        ("train", "-imgsz", "--input-px"),
        ("train", "--batch", "--batch-size"),
        ("train", "--epoch=3", "--epochs"),
        ("train", "--split", "--split-by"),
        ("convert", "--format", "--to"),
        ("scan", "--weights", "--model"),
        ("scan", "--project", "--out"),
        ("scan", "--name", "--out"),
        ("scan", "--workers", "--threads"),
        ("scan", "--mode", "--view"),
        ("scan", "--geo", "--positions"),
        ("scan", "--overlap_height_ratio", "--overlap"),
        ("live", "--port", "--serve"),
        ("evaluate", "--baseline", "--against"),
        ("scan", "--crack_threshold", "--crack-threshold"),
        ("scan", "--tresholt", "--threshold"),
        ("live", "--mqtt_user", "--mqtt-user"),
    ],
)
def test_a_wrong_option_is_answered_with_the_right_one(
    command: str, typed: str, meant: str
) -> None:
    assert _complain(command, typed).endswith(
        f"no such option: {typed.partition('=')[0]}; did you mean {meant}?"
    )


@pytest.mark.parametrize(
    ("command", "typed", "argument"),
    [
        ("scan", "--source", "PHOTOS"),
        ("train", "--data", "DATA"),
        ("evaluate", "--weights", "MODEL"),
        ("inspect", "--model", "MODEL"),
    ],
)
def test_what_needs_no_option_is_said_to_need_none(command: str, typed: str, argument: str) -> None:
    assert _complain(command, typed).endswith(f"give {argument} without an option")


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("--imgsz", "full size"),
        ("--slice_height", "the model sets the size of windows"),
        ("--device", "processor"),
        ("--resume", "the same command goes on where it stopped"),
        ("--recursive", "all their subfolders"),
    ],
)
def test_what_is_no_option_here_is_explained(typed: str, why: str) -> None:
    assert why in _complain("scan", typed)


@pytest.mark.parametrize(
    ("command", "typed"),
    [("report", "--conf"), ("live", "--verbose"), ("scan", "--config"), ("merge", "--seed")],
)
def test_nothing_of_another_meaning_is_suggested(command: str, typed: str) -> None:
    assert _complain(command, typed).endswith(f"no such option: {typed}")


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("detect", "scan"),
        ("predict", "scan"),
        ("infer", "scan"),
        ("export", "convert"),
        ("val", "evaluate"),
        ("cameras", "doctor"),
        ("export_review", "export-review"),
        ("scna", "scan"),
        ("Train", "train"),
        ("help", "--help"),
        ("version", "--version"),
    ],
)
def test_a_wrong_command_is_answered_with_the_right_one(typed: str, meant: str) -> None:
    assert _complain(typed).endswith(f"no such command: {typed}; did you mean {meant}?")


def test_a_word_like_nothing_is_only_refused() -> None:
    assert _complain("xylophone").endswith("no such command: xylophone")


def test_help_of_a_command_and_a_folder_of_photos_are_understood(tmp_path: Path) -> None:
    assert suggest_command("help", ["scan"], more=["scan"]) == "scan --help"
    photos = tmp_path / "bridge photos"
    photos.mkdir()
    assert suggest_command(str(photos), ["scan"]) == f"scan '{photos}'"


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        (["convert", "runs", "-o", "x", "format=tflite"], "format=tflite: .* did you mean --to?"),
        (["train", "data=set", "epochs=3"], "data=set: .* give DATA without an option"),
        (["train", "set", "-o", "x", "--model", "yolo.pt"], "did you mean --weights?"),
    ],
)
def test_options_as_other_tools_write_them_are_understood(words: list[str], answer: str) -> None:
    assert re.search(answer, _complain(*words))
