"""Every format, made from one parent: what is in it, who can read it, what it gives."""

from __future__ import annotations

import os
import subprocess
import sys
import warnings
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import cv2
import flatbuffers
import keras
import numpy as np
import onnx
import onnxruntime
import pytest
import tensorflow as tf
from ai_edge_litert import schema_py_generated as schema
from ai_edge_litert.interpreter import Interpreter
from onnx import numpy_helper

from converters.choices import DEFAULT_FORMATS, FORMAT_NAMES
from converters.formats.registry import FORMATS
from converters.parents.keras_model import KerasScorer
from converters.parents.load import load_parent
from converters.quantization.input_quantization import quantize_range
from crack_edge.commands.convert import ALL_FORMATS, choose_formats
from edge.evaluation.synthetic import draw_concrete, draw_tile
from edge.files.errors import ModelError
from edge.model.backends import open_backend
from edge.model.card import Card
from edge.model.classifier import open_classifier
from edge.model.onnx_file import ONNX_STEP_KEY, read_onnx
from edge.model.tflite_file import append_card, read_tflite
from tests.integration.conftest import FEW_TILES, LOW_GATES, TILE_PX
from tests.unit.fakes import make_card

FILES = {key: f"tiny.{kind.quantization}{kind.suffix}" for key, kind in FORMATS.items()}
TFLITE = [name for key, name in FILES.items() if key.startswith("tflite")]
INTEGER = ["tiny.int8.tflite", "tiny.int16x8.tflite"]
FLOAT = ["tiny.float32.tflite", "tiny.float16.tflite", "tiny.float32.onnx"]
ROUNDED = sorted({*FILES.values()} - {*FLOAT})


def _draw_tiles(count: int) -> np.ndarray:
    return np.stack([draw_tile(TILE_PX, seed=s, crack=s % 2 == 1).photo for s in range(count)])


def _tensors(path: Path) -> list[dict[str, Any]]:
    return list(Interpreter(str(path)).get_tensor_details())


def test_a_user_can_choose_every_format() -> None:
    assert tuple(FORMATS) == FORMAT_NAMES
    assert set(DEFAULT_FORMATS) <= set(FORMATS)


@pytest.mark.parametrize(
    ("given", "made"),
    [
        ((), DEFAULT_FORMATS),
        (("tflite-int8", "onnx-int8", "tflite-int8"), ("tflite-int8", "onnx-int8")),
        (("tflite-int8", ALL_FORMATS), FORMAT_NAMES),
    ],
)
def test_without_a_wish_the_formats_that_are_deployed_are_made(
    given: tuple[str, ...], made: tuple[str, ...]
) -> None:
    assert choose_formats(given) == made


def test_each_format_has_a_file_of_its_own(converted: Path) -> None:
    names = {path.name for path in converted.iterdir() if path.suffix in (".tflite", ".onnx")}
    assert names == {*FILES.values()}
    assert len(names) == len(FORMATS)


@pytest.mark.parametrize("name", INTEGER)
def test_every_tensor_of_an_integer_file_is_integer(converted: Path, name: str) -> None:
    assert {np.dtype(tensor["dtype"]).kind for tensor in _tensors(converted / name)} <= {"i", "u"}


@pytest.mark.parametrize("name", TFLITE)
def test_raw_uint8_goes_into_every_tflite_file(converted: Path, name: str) -> None:
    (entry,) = Interpreter(str(converted / name)).get_input_details()
    assert entry["dtype"] == np.uint8
    assert entry["shape"].tolist() == [1, TILE_PX, TILE_PX, 3]


@pytest.mark.parametrize("name", [*INTEGER, "tiny.dynamic.tflite"])
def test_tflite_weights_are_quantized_per_channel(converted: Path, name: str) -> None:
    scales = [
        len(tensor["quantization_parameters"]["scales"])
        for tensor in _tensors(converted / name)
        if tensor["dtype"] == np.int8 and len(tensor["shape"]) == 4
    ]
    assert sum(count > 1 for count in scales) > 30


def test_onnx_weights_are_int8_per_channel_and_the_last_layer_is_float(converted: Path) -> None:
    graph = onnx.load(converted / "tiny.int8.onnx").graph
    values = {item.name: numpy_helper.to_array(item) for item in graph.initializer}
    makers = {node.output[0]: node for node in graph.node}
    convolutions = [node for node in graph.node if node.op_type == "Conv"]
    assert convolutions[-1].input[1] in values
    assert values[convolutions[-1].input[1]].dtype == np.float32
    for node in convolutions[:-1]:
        weights, scales, _ = makers[node.input[1]].input
        assert values[weights].dtype == np.int8
        assert values[scales].shape == values[weights].shape[:1]


def test_nothing_in_an_int8_onnx_file_is_scaled_in_float_first(converted: Path) -> None:
    graph = onnx.load(converted / "tiny.int8.onnx").graph
    assert graph.input[0].type.tensor_type.elem_type == onnx.TensorProto.UINT8
    (first,) = [node for node in graph.node if graph.input[0].name in node.input]
    assert first.op_type == "DequantizeLinear"
    assert not {"Cast", "Mul", "Sub"} & {node.op_type for node in graph.node}


def test_a_step_of_an_int8_onnx_file_is_a_share_of_the_range_of_its_logits(
    converted: Path,
) -> None:
    file = read_onnx(converted / "tiny.int8.onnx")
    assert file.card.self_test is not None
    assert file.card.self_test.step == float(file.metadata[ONNX_STEP_KEY])
    cells = np.stack(
        list(open_classifier(converted / "tiny.int8.onnx").cell_logits(_draw_tiles(8)))
    )
    assert 0.2 < file.card.self_test.step * 255 / np.ptp(cells) < 5


def test_fewer_bits_make_smaller_files(converted: Path) -> None:
    sizes = {key: (converted / name).stat().st_size for key, name in FILES.items()}
    assert sizes["tflite-float16"] < 0.6 * sizes["tflite-float32"]
    assert sizes["tflite-int8"] < 0.5 * sizes["tflite-float32"]
    assert sizes["tflite-dynamic"] < 0.5 * sizes["tflite-float32"]
    assert sizes["onnx-int8"] < 0.5 * sizes["onnx-float32"]


@pytest.mark.parametrize("name", FLOAT)
def test_float_files_give_the_parents_scores(trained: Path, converted: Path, name: str) -> None:
    tiles = _draw_tiles(8)
    expected = keras.models.load_model(trained / "model.keras").predict_on_batch(tiles)[:, 0]
    allowed = 5e-3 if "float16" in name else 1e-4
    np.testing.assert_allclose(
        open_classifier(converted / name).scores(tiles), expected, atol=allowed
    )


@pytest.mark.parametrize("name", FILES.values())
def test_one_file_is_the_tile_view_and_the_dense_view(
    trained: Path, converted: Path, name: str
) -> None:
    photos = [draw_concrete((512, 384), seed=seed).photo for seed in range(2)]
    expected = np.stack(list(KerasScorer(load_parent(trained)).cell_logits(photos)))
    cells = np.stack(list(open_classifier(converted / name).cell_logits(photos)))
    assert cells.shape == (2, 12, 16)
    if name in ROUNDED:
        assert np.corrcoef(cells.ravel(), expected.ravel())[0, 1] > 0.7
    else:
        allowed = 0.25 if "float16" in name else 1e-3
        np.testing.assert_allclose(cells, expected, atol=allowed)


@pytest.mark.parametrize("name", TFLITE)
def test_resized_and_as_it_is_a_file_gives_the_same_cells(converted: Path, name: str) -> None:
    (tile,) = _draw_tiles(1)
    backend = open_backend(converted / name)
    runner = backend.open_runner((2 * TILE_PX, TILE_PX))
    assert runner(np.concatenate([tile, tile])).shape == (2 * TILE_PX // 32, TILE_PX // 32)
    interpreter = Interpreter(str(converted / name), num_threads=1)
    interpreter.allocate_tensors()
    interpreter.set_tensor(interpreter.get_input_details()[0]["index"], tile[None])
    interpreter.invoke()
    exit_ = interpreter.get_output_details()[0]
    scale, zero = exit_["quantization"]
    cells = interpreter.get_tensor(exit_["index"])[0, :, :, 0].astype(np.float32)
    if scale:
        cells = (cells - zero) * scale
    np.testing.assert_allclose(backend.open_runner((TILE_PX, TILE_PX))(tile), cells, atol=1e-6)


@pytest.mark.parametrize("name", TFLITE)
def test_tf_lite_gives_what_litert_gives(converted: Path, name: str) -> None:
    tiles = _draw_tiles(4)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=r"(?s).*tf\.lite\.Interpreter is deprecated")
        interpreter = tf.lite.Interpreter(model_content=(converted / name).read_bytes())
    interpreter.allocate_tensors()
    exit_ = interpreter.get_output_details()[0]
    scale, zero = exit_["quantization"]
    found = []
    for tile in tiles:
        interpreter.set_tensor(interpreter.get_input_details()[0]["index"], tile[None])
        interpreter.invoke()
        cells = interpreter.get_tensor(exit_["index"]).astype(np.float64)
        found.append(np.mean((cells - zero) * (scale or 1)))
    expected = open_classifier(converted / name).mean_logits(tiles)
    np.testing.assert_allclose(found, expected, atol=1e-5 if name in INTEGER else 1e-2)


def test_a_file_that_the_runtime_is_too_old_for_is_told_in_one_line(
    converted: Path, tmp_path: Path
) -> None:
    file = read_tflite(converted / "tiny.int8.tflite")
    model = schema.ModelT.InitFromObj(schema.Model.GetRootAs(file.model, 0))
    model.operatorCodes[0].version = 99
    builder = flatbuffers.Builder()
    builder.Finish(model.Pack(builder), file_identifier=b"TFL3")
    newer = tmp_path / "newer.tflite"
    newer.write_bytes(append_card(bytes(builder.Output()), file.card))
    with pytest.raises(ModelError, match=r"newer\.tflite: LiteRT cannot open it .*99") as told:
        open_classifier(newer)
    assert "pip install" in str(told.value)
    assert "\n" not in str(told.value)


@pytest.mark.parametrize("side", [TILE_PX, 2 * TILE_PX])
def test_opencv_gives_the_logits_of_onnx_runtime(converted: Path, side: int) -> None:
    data = (converted / "tiny.float32.onnx").read_bytes()
    session = onnxruntime.InferenceSession(data, providers=["CPUExecutionProvider"])
    net = cv2.dnn.readNetFromONNX(np.frombuffer(data, np.uint8))
    for seed in range(3):
        picture = draw_concrete((side, side), seed=seed).photo[None]
        (expected,) = session.run(None, {"pictures": picture})
        net.setInput(picture)
        np.testing.assert_allclose(net.forward(), expected, atol=1e-3)


def test_onnx_files_take_several_pictures_at_once(converted: Path) -> None:
    tiles = _draw_tiles(3)
    for name in ("tiny.float32.onnx", "tiny.int8.onnx"):
        session = onnxruntime.InferenceSession(converted / name, providers=["CPUExecutionProvider"])
        (together,) = session.run(None, {"pictures": tiles})
        alone = np.concatenate([session.run(None, {"pictures": tile[None]})[0] for tile in tiles])
        assert together.shape == (3, TILE_PX // 32, TILE_PX // 32, 1)
        np.testing.assert_allclose(together, alone, atol=1e-3)


def test_another_process_writes_the_same_bytes(
    trained: Path, converted: Path, tmp_path: Path
) -> None:
    # The integer files hold all that the others do, and what is fitted and drawn besides.
    formats = ("tflite-int8", "onnx-int8")
    words = ["convert", str(trained), "--out", str(tmp_path), *FEW_TILES, *LOW_GATES]
    words += [word for one in formats for word in ("--to", one)]
    subprocess.run(
        [sys.executable, "-m", "crack_edge", *words],
        check=True,
        capture_output=True,
        env={**os.environ, "PYTHONHASHSEED": "1"},
        cwd=Path(__file__).resolve().parents[2],
    )
    differ = [
        name
        for name in (FILES[one] for one in formats)
        if (tmp_path / name).read_bytes() != (converted / name).read_bytes()
    ]
    assert differ == []


@dataclass(frozen=True)
class _Parent:
    """A model of one operation, with the seams that the makers of files use."""

    operation: Any
    model: Any
    path: Path = Path("odd.keras")
    card: Card = field(default_factory=make_card)
    scaled_range: tuple[float, float] = (-1.0, 1.0)
    free_side: int | None = None

    def cells(self, pictures: Any) -> Any:
        return self.cells_of_scaled(tf.cast(pictures, tf.float32) / 127.5 - 1)

    def cells_of_scaled(self, scaled: Any) -> Any:
        return self.operation(tf.nn.avg_pool2d(scaled, 32, 32, "VALID")[..., :1])


class _Claim(keras.layers.Layer):
    """Says that it is built and has a million weights."""

    def __init__(self) -> None:
        super().__init__()
        self.built = True

    def count_params(self) -> int:
        return 10**6


def _make(key: str, parent: Any) -> bytes:
    int8 = SimpleNamespace(
        calibration=_draw_tiles(2),
        input_quantization=quantize_range(parent.scaled_range),
        cells_of_scaled=parent.cells_of_scaled,
    )
    return FORMATS[key].make(parent, int8)


@pytest.mark.parametrize("key", ["tflite-int8", "onnx-float32", "onnx-int8"])
def test_what_a_converter_cannot_convert_is_told_in_one_line(key: str) -> None:
    parent = _Parent(lambda x: tf.math.igamma(x * x + 1, x * x + 1), _Claim())
    with pytest.raises(ModelError, match=rf"^odd\.keras: cannot be converted to {key} \(") as told:
        _make(key, parent)
    assert "\n" not in str(told.value)


@pytest.mark.parametrize("key", ["tflite-float32", "onnx-float32"])
def test_a_file_too_small_for_its_weights_is_refused(key: str) -> None:
    with pytest.raises(ModelError, match=rf"odd\.keras: {key} has \d+ bytes, too few for 1000000"):
        _make(key, _Parent(lambda x: x, _Claim()))
