"""The card in an ONNX file: the file stays valid, and other tools read their keys."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import helper, numpy_helper

from converters.formats.onnx.card import describe_for_maps, put_card_into_onnx
from edge.files.hashing import sha256_of
from edge.model.onnx_file import read_onnx, split_metadata
from tests.unit.fakes import make_card


@pytest.fixture(scope="module")
def bare() -> bytes:
    """Return a small model: a cell is the mean of its px."""
    kernel = np.full((1, 3, 32, 32), 1 / 3072, np.float32)
    nodes = [
        helper.make_node("Cast", ["pictures"], ["floats"], to=onnx.TensorProto.FLOAT),
        helper.make_node("Transpose", ["floats"], ["planes"], perm=[0, 3, 1, 2]),
        helper.make_node("Conv", ["planes", "kernel"], ["means"], strides=[32, 32]),
        helper.make_node("Transpose", ["means"], ["cell_logits"], perm=[0, 2, 3, 1]),
    ]
    graph = helper.make_graph(
        nodes,
        "cells",
        [helper.make_tensor_value_info("pictures", onnx.TensorProto.UINT8, ["n", "h", "w", 3])],
        [helper.make_tensor_value_info("cell_logits", onnx.TensorProto.FLOAT, ["n", "y", "x", 1])],
        [numpy_helper.from_array(kernel, "kernel")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    helper.set_model_props(model, {"old": "key"})
    return bytes(model.SerializeToString())


def test_the_file_passes_the_full_check_and_the_card_comes_back(
    bare: bytes, tmp_path: Path
) -> None:
    data = put_card_into_onnx(bare, make_card(name="means"))
    onnx.checker.check_model(onnx.load_model_from_string(data), full_check=True)
    (tmp_path / "m.onnx").write_bytes(data)
    file = read_onnx(tmp_path / "m.onnx")
    assert file.card.name == "means"
    assert file.card.model_sha256 == sha256_of(split_metadata(data)[0])
    assert "old" not in file.metadata


def test_the_same_model_and_card_give_the_same_bytes(bare: bytes) -> None:
    assert put_card_into_onnx(bare, make_card()) == put_card_into_onnx(bare, make_card())


def test_onnx_may_write_the_file_again_with_a_key_of_the_users(bare: bytes, tmp_path: Path) -> None:
    proto = onnx.load_model_from_string(put_card_into_onnx(bare, make_card()))
    proto.metadata_props.add(key="resolution", value="0.1")
    onnx.save(proto, tmp_path / "m.onnx")
    assert read_onnx(tmp_path / "m.onnx").metadata["resolution"] == "0.1"


def test_every_key_for_other_tools_is_json_of_its_value(bare: bytes) -> None:
    proto = onnx.load_model_from_string(put_card_into_onnx(bare, make_card()))
    found = {prop.key: prop.value for prop in proto.metadata_props}
    for key, value in describe_for_maps(make_card()).items():
        assert json.loads(found[key]) == value


@pytest.mark.parametrize("labels", [("no_crack", "crack"), ("Positive", "Negative")])
def test_class_names_are_numbered_from_0_and_the_crack_is_1(labels: tuple[str, str]) -> None:
    positive = "crack" if "crack" in labels else "Positive"
    names = describe_for_maps(make_card(labels=labels, positive=positive))["class_names"]
    assert sorted(names) == ["0", "1"]
    assert names["1"] == positive
    assert set(names.values()) == set(labels)


def test_standardization_gives_back_raw_values() -> None:
    keys = describe_for_maps(make_card())
    raw = np.arange(256, dtype=np.uint8)
    mean, deviation = keys["standardization_mean"][0], keys["standardization_std"][0]
    np.testing.assert_allclose((np.float32(raw / 255.0) - mean) / deviation, raw, atol=1e-4)
