"""What a model file holds, told on the device: without TensorFlow and without onnx."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from crack_edge.__main__ import main
from edge.files.errors import ModelError
from edge.model.graph import describe_storage
from edge.model.model_summary import Contents, read_contents
from edge.model.tflite_file import append_card, find_model
from tests.unit.fakes import make_card
from tests.unit.wire import field, varint, write_onnx

FLOAT32, UINT8, INT8 = 1, 2, 3


@pytest.fixture(scope="module")
def shipped() -> Contents:
    return read_contents(find_model("small"))


def _inspect(*words: object) -> Result:
    return CliRunner().invoke(main, ["inspect", *(str(word) for word in words)])


def _constant(name: str, dtype: int, *shape: int) -> bytes:
    packed = b"".join(varint(size) for size in shape)
    return field(5, field(1, packed) + field(2, dtype) + field(8, name))


def _value(number: int, name: str, dtype: int, *shape: int | str) -> bytes:
    sizes = b"".join(field(1, field(1 if isinstance(size, int) else 2, size)) for size in shape)
    return field(number, field(1, name) + field(2, field(1, field(1, dtype) + field(2, sizes))))


def _node(kind: str, inputs: list[str], output: str) -> bytes:
    names = b"".join(field(1, name) for name in inputs)
    return field(1, names + field(2, output) + field(4, kind))


@pytest.fixture
def quantized_onnx(tmp_path: Path) -> Path:
    """Write the outline of a quantized ONNX model with two convolutions, one per channel."""
    graph = b"".join(
        (
            _node("DequantizeLinear", ["w1", "s1", "z1"], "w1 as floats"),
            _node("Conv", ["pictures", "w1 as floats"], "a"),
            _node("DequantizeLinear", ["w2", "s2", "z2"], "w2 as floats"),
            _node("Conv", ["a", "w2 as floats"], "b"),
            _node("MatMul", ["b", "w3"], "cells"),
            _constant("w1", INT8, 16, 3, 3, 3),
            _constant("s1", FLOAT32, 16),
            _constant("w2", INT8, 8, 16, 1, 1),
            _constant("s2", FLOAT32),
            _constant("w3", FLOAT32, 8, 1),
            _value(11, "pictures", UINT8, "batch", "height", 3),
            _value(12, "cells", FLOAT32, "batch", 1),
        )
    )
    path = tmp_path / "m.onnx"
    path.write_bytes(write_onnx(field(7, graph), make_card()))
    return path


def test_an_int8_file_is_all_integer_with_weights_per_channel(shipped: Contents) -> None:
    assert shipped.graph.not_integer == ()
    assert set(shipped.graph.weights) == {"int8, per channel"}
    convolutions = ("CONV_2D", "DEPTHWISE_CONV_2D")
    assert sum(shipped.graph.weights.values()) == sum(
        shipped.graph.operators[kind] for kind in convolutions
    )


def test_the_delegate_hides_no_operator(shipped: Contents) -> None:
    assert "DELEGATE" not in shipped.graph.operators
    assert list(shipped.graph.operators.values()) == sorted(
        shipped.graph.operators.values(), reverse=True
    )


def test_input_and_output_have_their_type_shape_and_quantization(shipped: Contents) -> None:
    (entry,) = shipped.graph.of_role("input")
    assert (entry.dtype, entry.shape[-1], entry.zero_points) == ("uint8", 3, (127,))
    (logits,) = shipped.graph.of_role("output")
    side = shipped.card.input_px // shipped.card.cell_px
    assert (logits.dtype, logits.shape) == ("int8", (1, side, side, 1))
    assert len(logits.scales) == 1


def test_every_tensor_has_one_role(shipped: Contents) -> None:
    roles = {tensor.role for tensor in shipped.graph.tensors}
    assert roles == {"input", "output", "constant", "activation"}


@pytest.mark.parametrize(
    ("channels", "scales", "words"),
    [(16, 0, "int8"), (16, 16, "int8, per channel"), (16, 1, "int8, per tensor")],
)
def test_storage_is_told_by_the_number_of_scales(channels: int, scales: int, words: str) -> None:
    assert describe_storage("int8", channels, scales) == words


def test_an_onnx_file_tells_its_parts_without_onnx(quantized_onnx: Path) -> None:
    contents = read_contents(quantized_onnx)
    assert contents.format == "ONNX"
    assert contents.graph.operators == {"DequantizeLinear": 2, "Conv": 2, "MatMul": 1}
    assert contents.graph.weights == {"int8, per channel": 1, "int8, per tensor": 1, "float32": 1}
    (entry,) = contents.graph.of_role("input")
    assert (entry.dtype, entry.shape) == ("uint8", ("batch", "height", 3))
    assert {tensor.name for tensor in contents.graph.not_integer} == {"s1", "s2", "w3", "cells"}


def test_an_onnx_file_whose_graph_is_no_message_is_named(tmp_path: Path) -> None:
    (tmp_path / "m.onnx").write_bytes(write_onnx(field(7, b"\xff\xff"), make_card()))
    with pytest.raises(ModelError, match=r"m\.onnx: is not an ONNX model"):
        read_contents(tmp_path / "m.onnx")


def test_a_tflite_file_that_no_runtime_opens_is_named(tmp_path: Path) -> None:
    (tmp_path / "m.tflite").write_bytes(append_card(b"\0\0\0\0TFL3 no flatbuffer", make_card()))
    with pytest.raises(ModelError, match=r"m\.tflite: the runtime cannot open it"):
        read_contents(tmp_path / "m.tflite")


def test_inspect_prints_card_and_contents_but_no_list_of_tensors() -> None:
    result = _inspect("small")
    assert result.exit_code == 0, result.output
    for words in ("all integer", "yes", "int8, per channel", "CONV_2D", "uint8 (1, ", "MB"):
        assert words in result.stdout
    assert "activation" not in result.stdout


def test_inspect_lists_every_tensor_when_asked(shipped: Contents) -> None:
    extra = len(_inspect("small", "--tensors").stdout.splitlines())
    short = len(_inspect("small").stdout.splitlines())
    assert extra - short == len(shipped.graph.tensors) + 1


def test_inspect_names_the_few_floats_of_a_file(quantized_onnx: Path) -> None:
    result = _inspect(quantized_onnx)
    assert "no, 4 of 7 are float: s1, s2, w3, cells" in result.stdout


def test_inspect_gives_card_and_contents_as_json(quantized_onnx: Path) -> None:
    found = json.loads(_inspect(quantized_onnx, "--json").stdout)
    assert found["labels"] == ["no_crack", "crack"]
    contents = found["contents"]
    assert contents["all_integer"] is False
    assert contents["inputs"][0]["shape"] == ["batch", "height", 3]
    assert len(contents["tensors"]) == 7
    assert contents["bytes"] == quantized_onnx.stat().st_size
