"""What a model file holds, read on the device: without TensorFlow and without onnx."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge.files.errors import ModelError
from edge.model.model_summary import ModelSummary, summarize_model
from edge.model.tflite_file import append_card, find_model
from tests.unit.fakes import make_card
from tests.unit.wire import field, varint, write_onnx

FLOAT32, UINT8, INT8 = 1, 2, 3


@pytest.fixture(scope="module")
def shipped() -> ModelSummary:
    return summarize_model(find_model("small"))


def _constant(name: str, dtype: int, *shape: int) -> bytes:
    packed = b"".join(varint(size) for size in shape)
    return field(5, field(1, packed) + field(2, dtype) + field(8, name))


def _value(number: int, name: str, dtype: int, *shape: int | str) -> bytes:
    sizes = b"".join(field(1, field(1 if isinstance(size, int) else 2, size)) for size in shape)
    return field(number, field(1, name) + field(2, field(1, field(1, dtype) + field(2, sizes))))


def _node(kind: str, inputs: list[str], output: str) -> bytes:
    names = b"".join(field(1, name) for name in inputs)
    return field(1, names + field(2, output) + field(4, kind))


def write_quantized_onnx(path: Path) -> Path:
    """Write the outline of a quantized ONNX model with two convolutions and a float layer."""
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
    path.write_bytes(write_onnx(field(7, graph), make_card()))
    return path


def test_an_int8_file_is_all_integer(shipped: ModelSummary) -> None:
    assert shipped.is_all_integer
    assert shipped.graph.tensors > 100


def test_the_delegate_hides_no_operator(shipped: ModelSummary) -> None:
    counts = list(shipped.graph.operators.values())
    assert "DELEGATE" not in shipped.graph.operators
    assert shipped.graph.operators["CONV_2D"] > 30
    assert counts == sorted(counts, reverse=True)


def test_input_and_output_have_their_type_and_shape(shipped: ModelSummary) -> None:
    (entry,), (logits,) = shipped.graph.inputs, shipped.graph.outputs
    side = shipped.card.input_px // shipped.card.cell_px
    assert (entry.dtype, entry.shape[-1]) == ("uint8", 3)
    assert (logits.dtype, logits.shape) == ("int8", (1, side, side, 1))


def test_an_onnx_file_is_read_without_onnx(tmp_path: Path) -> None:
    summary = summarize_model(write_quantized_onnx(tmp_path / "m.onnx"))
    assert summary.format == "ONNX"
    assert summary.graph.operators == {"DequantizeLinear": 2, "Conv": 2, "MatMul": 1}
    (entry,) = summary.graph.inputs
    assert (entry.dtype, entry.shape) == ("uint8", ("batch", "height", 3))
    assert summary.graph.float_tensors == ("s1", "s2", "w3", "cells")
    assert not summary.is_all_integer


def test_an_onnx_file_whose_graph_is_not_a_message_is_named(tmp_path: Path) -> None:
    (tmp_path / "m.onnx").write_bytes(write_onnx(field(7, b"\xff\xff"), make_card()))
    with pytest.raises(ModelError, match=r"m\.onnx: is not an ONNX model"):
        summarize_model(tmp_path / "m.onnx")


def test_a_tflite_file_that_no_runtime_opens_is_named(tmp_path: Path) -> None:
    (tmp_path / "m.tflite").write_bytes(append_card(b"\0\0\0\0TFL3 no flatbuffer", make_card()))
    with pytest.raises(ModelError, match=r"m\.tflite: the runtime cannot open it"):
        summarize_model(tmp_path / "m.tflite")
