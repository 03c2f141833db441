"""What a TFLite file says of itself: readable by others, true, and without touching the model."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

pytest.importorskip("flatbuffers", reason="comes with LiteRT")
pytest.importorskip("ai_edge_litert", reason="the schema of TFLite models comes with LiteRT")

from ai_edge_litert import schema_py_generated as schema
from ai_edge_litert.interpreter import Interpreter
from flatbuffers.table import Table

from converters.formats.tflite.card import METADATA_NAME, put_card_into_tflite, write_metadata
from converters.formats.tflite.flatbuffer import put_buffer
from edge.model.tflite_file import TfliteFile, read_tflite, shipped_models
from tests.unit.fakes import make_card

ALIGNMENT = 16


@pytest.fixture(scope="module")
def shipped() -> TfliteFile:
    return read_tflite(shipped_models()["small"])


@pytest.fixture(scope="module")
def described(shipped: TfliteFile, tmp_path_factory: pytest.TempPathFactory) -> TfliteFile:
    path = tmp_path_factory.mktemp("models") / "m.tflite"
    path.write_bytes(put_card_into_tflite(shipped.model, shipped.card))
    return read_tflite(path)


def _buffers(model: bytes) -> list[tuple[int, bytes]]:
    """Return where each buffer's content lies, and the content."""
    root = schema.Model.GetRootAs(model, 0)
    found = []
    for place in range(root.BuffersLength()):
        table = root.Buffers(place)._tab
        field = table.Offset(4)
        start = table.Vector(field) if field else 0
        size = table.VectorLen(field) if field else 0
        found.append((start, model[start : start + size]))
    return found


def _metadata(model: bytes) -> list[bytes]:
    root = schema.Model.GetRootAs(model, 0)
    buffers = _buffers(model)
    entries = [root.Metadata(i) for i in range(root.MetadataLength())]
    return [buffers[e.Buffer()][1] for e in entries if e.Name() == METADATA_NAME.encode()]


class Reader:
    """A table of a flatbuffer, read by the places of its fields in the schema."""

    def __init__(self, table: Any) -> None:
        self._table = table

    @classmethod
    def root(cls, data: bytes) -> Reader:
        return cls(Table(data, int.from_bytes(data[:4], "little")))

    def _place(self, slot: int) -> int:
        return int(self._table.Pos + self._table.Offset(4 + 2 * slot))

    def has(self, slot: int) -> bool:
        return bool(self._table.Offset(4 + 2 * slot))

    def text(self, slot: int) -> str:
        return str(self._table.String(self._place(slot)).decode())

    def byte(self, slot: int) -> int:
        return int(self._table.Bytes[self._place(slot)])

    def child(self, slot: int) -> Reader:
        return Reader(Table(self._table.Bytes, self._table.Indirect(self._place(slot))))

    def children(self, slot: int) -> list[Reader]:
        field = self._table.Offset(4 + 2 * slot)
        start = self._table.Vector(field)
        places = [start + 4 * i for i in range(self._table.VectorLen(field))]
        return [Reader(Table(self._table.Bytes, self._table.Indirect(p))) for p in places]

    def floats(self, slot: int) -> list[float]:
        field = self._table.Offset(4 + 2 * slot)
        start = self._table.Vector(field)
        count = self._table.VectorLen(field)
        return np.frombuffer(self._table.Bytes, "<f4", count, start).tolist()

    def integer(self, slot: int) -> int:
        place = self._place(slot)
        return int.from_bytes(self._table.Bytes[place : place + 4], "little")


def test_the_old_model_lies_unchanged_at_the_end_of_the_new_one(
    shipped: TfliteFile, described: TfliteFile
) -> None:
    assert described.model.rstrip(b"\0").endswith(shipped.model.rstrip(b"\0"))


def test_no_buffer_changes_its_content_or_its_alignment(
    shipped: TfliteFile, described: TfliteFile
) -> None:
    before, after = _buffers(shipped.model), _buffers(described.model)
    assert len(after) == len(before) + 1
    assert [content for _, content in after[:-1]] == [content for _, content in before]
    assert [start % ALIGNMENT for start, content in after[:-1] if content] == [
        start % ALIGNMENT for start, content in before if content
    ]
    assert after[-1][0] % ALIGNMENT == 0


def test_litert_gives_the_same_logits_from_as_many_operators(
    shipped: TfliteFile, described: TfliteFile
) -> None:
    tiles = np.random.default_rng(0).integers(0, 256, (3, 1, 224, 224, 3), np.uint8)
    logits, operators = [], []
    for model in (shipped.model, described.model):
        interpreter = Interpreter(model_content=model, num_threads=1)
        entry = interpreter.get_input_details()[0]["index"]
        interpreter.resize_tensor_input(entry, tiles[0].shape)
        interpreter.allocate_tensors()
        for tile in tiles:
            interpreter.set_tensor(entry, tile)
            interpreter.invoke()
            logits.append(interpreter.get_tensor(interpreter.get_output_details()[0]["index"]))
        # With the delegate's own, so that a model which it no longer takes shows.
        operators.append([one["op_name"] for one in interpreter._get_ops_details()])
    np.testing.assert_array_equal(logits[:3], logits[3:])
    assert operators[0] == operators[1]


def test_all_else_that_the_model_lists_is_still_listed(
    shipped: TfliteFile, described: TfliteFile
) -> None:
    before, after = (schema.Model.GetRootAs(f.model, 0) for f in (shipped, described))
    assert after.Version() == before.Version()
    assert after.Description() == before.Description()
    assert after.SignatureDefs(0).SignatureKey() == before.SignatureDefs(0).SignatureKey()
    own = METADATA_NAME.encode()
    names = [[m.Metadata(i).Name() for i in range(m.MetadataLength())] for m in (before, after)]
    assert names[1] == [*(name for name in names[0] if name != own), own]


def test_a_second_buffer_of_the_name_takes_the_place_of_the_first(shipped: TfliteFile) -> None:
    model = put_buffer(put_buffer(shipped.model, METADATA_NAME, b"old"), METADATA_NAME, b"new one")
    assert _metadata(model) == [b"new one"]


@pytest.mark.parametrize("size", [0, 1, 15, 16, 17, 4096])
def test_a_buffer_of_any_size_comes_back(shipped: TfliteFile, size: int) -> None:
    content = bytes(i % 251 for i in range(size))
    assert _metadata(put_buffer(shipped.model, METADATA_NAME, content)) == [content]


def test_the_same_model_and_card_give_the_same_bytes(shipped: TfliteFile) -> None:
    first, second = (put_card_into_tflite(shipped.model, shipped.card) for _ in range(2))
    assert first == second


def test_the_metadata_has_its_mark_and_the_models_facts(described: TfliteFile) -> None:
    (data,) = _metadata(described.model)
    assert data[4:8] == b"M001"
    root = Reader.root(data)
    assert root.text(0) == described.card.name
    assert root.text(7) == "1.0.0"
    assert root.text(5).splitlines() == list(described.card.notes)


def test_the_input_is_an_rgb_picture_of_the_cards_size(described: TfliteFile) -> None:
    (subgraph,) = Reader.root(_metadata(described.model)[0]).children(3)
    (picture,) = subgraph.children(2)
    image, rgb = 2, 1
    assert picture.child(3).byte(0) == image
    properties = picture.child(3).child(1)
    assert properties.byte(0) == rgb
    assert [properties.child(1).integer(slot) for slot in (0, 1)] == [described.card.input_px] * 2


def test_normalization_and_quantization_leave_raw_values_as_they_are(
    described: TfliteFile,
) -> None:
    (subgraph,) = Reader.root(_metadata(described.model)[0]).children(3)
    (unit,) = subgraph.children(2)[0].children(4)
    (mean,), (deviation,) = unit.child(1).floats(0), unit.child(1).floats(1)
    details = Interpreter(model_content=described.model).get_input_details()[0]
    scale, zero_point = details["quantization"]
    raw = np.arange(256)
    entered = np.round((raw - mean) / deviation / scale + zero_point)
    np.testing.assert_array_equal(entered, raw)


def test_the_output_names_the_file_with_the_labels(described: TfliteFile) -> None:
    (subgraph,) = Reader.root(_metadata(described.model)[0]).children(3)
    (logits,) = subgraph.children(3)
    (labels,) = logits.children(6)
    axis_labels = 2
    assert labels.text(0) == "labels.txt"
    assert labels.byte(2) == axis_labels
    assert "logit" in logits.text(1)


def test_the_metadata_does_not_depend_on_what_is_proven_later(shipped: TfliteFile) -> None:
    earlier = make_card(threshold=0.3)
    later = make_card(threshold=0.7, metrics={"auc": 0.9}, notes=earlier.notes)
    assert write_metadata(shipped.model, earlier) == write_metadata(shipped.model, later)


def test_a_model_without_a_dense_view_promises_no_grid(shipped: TfliteFile) -> None:
    card = make_card(output="tile_logit", cell_px=64)
    (subgraph,) = Reader.root(write_metadata(shipped.model, card)).children(3)
    assert subgraph.children(3)[0].text(0) == "tile_logit"
    for tensor in (*subgraph.children(2), *subgraph.children(3)):
        assert "grid" not in tensor.text(1)
        assert "multiple" not in tensor.text(1)


def test_a_card_without_notes_or_versions_makes_no_empty_entries(shipped: TfliteFile) -> None:
    root = Reader.root(write_metadata(shipped.model, make_card(name="bare")))
    assert root.text(0) == "bare"
    version, licence = 2, 5
    assert not root.has(version)
    assert not root.has(licence)
