"""What ``inspect`` prints of a model file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from crack_edge.__main__ import main
from tests.unit.edge.model.test_model_summary import write_quantized_onnx


def _inspect(*words: object) -> Result:
    return CliRunner().invoke(main, ["inspect", *(str(word) for word in words)])


@pytest.fixture
def quantized_onnx(tmp_path: Path) -> Path:
    return write_quantized_onnx(tmp_path / "m.onnx")


def test_card_and_contents_are_printed() -> None:
    result = _inspect("small")
    assert result.exit_code == 0, result.output
    for words in ("all integer", "yes", "CONV_2D", "uint8 (1, ", "MB"):
        assert words in result.stdout


def test_the_first_lines_say_what_a_model_is_and_how_good() -> None:
    rows = [line[:16].strip() for line in _inspect("small").stdout.splitlines()[:10]]
    for name in ("model", "file", "finds", "accuracy", "input", "window", "thresholds"):
        assert name in rows
    metrics = json.loads(_inspect("small", "--json").stdout)["metrics"]["model"]
    said = " ".join(_inspect("small").stdout.split())
    assert f"finds {metrics['recall']:.1%} of the cracks" in said
    assert f"{metrics['precision']:.1%} of what it flags is a crack" in said


def test_no_line_is_too_long_for_a_terminal() -> None:
    assert max(map(len, _inspect("default").stdout.splitlines())) <= 100


def test_a_model_without_figures_says_so(quantized_onnx: Path) -> None:
    assert "unknown: the card has no figures" in _inspect(quantized_onnx).stdout


def test_the_few_floats_of_a_file_are_named(quantized_onnx: Path) -> None:
    assert "no, 4 of 7 tensors are float: s1, s2, w3, cells" in _inspect(quantized_onnx).stdout


def test_card_and_contents_are_given_as_json(quantized_onnx: Path) -> None:
    found = json.loads(_inspect(quantized_onnx, "--json").stdout)
    assert found["labels"] == ["no_crack", "crack"]
    contents = found["contents"]
    assert contents["all_integer"] is False
    assert contents["inputs"][0]["shape"] == ["batch", "height", 3]
    assert contents["tensors"] == 7
    assert contents["bytes"] == quantized_onnx.stat().st_size
