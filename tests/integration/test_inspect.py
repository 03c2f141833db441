"""What ``inspect`` says of files of every kind, made from one parent."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.integration.conftest import crack_edge


def test_a_float_file_is_not_all_integer(converted: Path) -> None:
    contents = crack_edge("inspect", converted / "tiny.float32.tflite", "--json").json["contents"]
    assert contents["all_integer"] is False
    assert set(contents["weights"]) == {"float32"}
    assert contents["inputs"][0]["dtype"] == "uint8"


def test_an_int8_file_is_all_integer(converted: Path) -> None:
    contents = crack_edge("inspect", converted / "tiny.int8.tflite", "--json").json["contents"]
    assert contents["all_integer"] is True
    assert contents["not_integer"] == []


def test_an_onnx_file_has_as_many_weights_as_its_tflite_sibling(converted: Path) -> None:
    counts = [
        sum(crack_edge("inspect", converted / name, "--json").json["contents"]["weights"].values())
        for name in ("tiny.float32.tflite", "tiny.float32.onnx")
    ]
    assert counts[0] == counts[1]


@pytest.mark.parametrize("name", ["tiny.float32.tflite", "tiny.int8.tflite", "tiny.float32.onnx"])
def test_the_text_is_of_few_lines(converted: Path, name: str) -> None:
    run = crack_edge("inspect", converted / name)
    assert run.code == 0
    assert len(run.out.splitlines()) < 50


def test_of_a_keras_model_the_card_alone_is_shown(trained: Path) -> None:
    assert "contents" not in crack_edge("inspect", trained, "--json").json
