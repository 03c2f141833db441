"""What ``inspect`` says of files of every kind, made from one parent."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.integration.conftest import crack_edge


@pytest.mark.parametrize(
    ("name", "is_integer"), [("tiny.float32.tflite", False), ("tiny.int8.tflite", True)]
)
def test_a_file_is_all_integer_or_its_floats_are_named(
    converted: Path, name: str, is_integer: bool
) -> None:
    contents = crack_edge("inspect", converted / name, "--json").json["contents"]
    assert contents["all_integer"] is is_integer
    assert (contents["float_tensors"] == []) is is_integer
    assert contents["inputs"][0]["dtype"] == "uint8"


def test_an_onnx_file_has_as_many_convolutions_as_its_tflite_sibling(converted: Path) -> None:
    operators = [
        crack_edge("inspect", converted / name, "--json").json["contents"]["operators"]
        for name in ("tiny.float32.tflite", "tiny.float32.onnx")
    ]
    assert operators[0]["CONV_2D"] + operators[0]["DEPTHWISE_CONV_2D"] == operators[1]["Conv"]


@pytest.mark.parametrize("name", ["tiny.float32.tflite", "tiny.int8.tflite", "tiny.float32.onnx"])
def test_the_text_is_of_few_lines(converted: Path, name: str) -> None:
    run = crack_edge("inspect", converted / name)
    assert run.code == 0
    assert len(run.out.splitlines()) < 50


def test_of_a_keras_model_the_card_alone_is_shown(trained: Path) -> None:
    assert "contents" not in crack_edge("inspect", trained, "--json").json
