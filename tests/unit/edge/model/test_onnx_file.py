"""An ONNX file and its card, read without the onnx package; every flipped bit shows."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.files.errors import DamagedModelError, ModelError
from edge.files.hashing import sha256_of
from edge.model.card import SelfTest
from edge.model.onnx_file import ONNX_CARD_KEY, ONNX_STEP_KEY, read_onnx, split_metadata
from edge.model.protobuf import numbers_of, read_fields, texts_of
from tests.unit.fakes import make_card
from tests.unit.wire import field, varint, write_onnx, write_properties

# The version of the format, who made it, and a graph.
MODEL = field(1, 8) + field(2, "by hand") + field(7, bytes(range(40)))


def _write(folder: Path, data: bytes) -> Path:
    path = folder / "m.onnx"
    path.write_bytes(data)
    return path


def test_model_card_and_other_keys_come_back(tmp_path: Path) -> None:
    file = read_onnx(_write(tmp_path, write_onnx(MODEL, make_card(name="small"), colour="red")))
    assert file.model == MODEL
    assert file.card == make_card(name="small", model_sha256=sha256_of(MODEL))
    assert file.metadata["colour"] == "red"


def test_metadata_may_stand_anywhere_in_the_file(tmp_path: Path) -> None:
    card = write_onnx(MODEL, make_card())[len(MODEL) :]
    graph = MODEL.index(field(7, bytes(range(40))))
    data = MODEL[:graph] + card + MODEL[graph:]
    assert read_onnx(_write(tmp_path, data)).model == MODEL


def test_other_keys_may_be_changed_by_the_user(tmp_path: Path) -> None:
    data = write_onnx(MODEL, make_card()) + write_properties({"resolution": "0.1"})
    assert read_onnx(_write(tmp_path, data)).metadata["resolution"] == "0.1"


TESTED = make_card(name="small", notes=("ü",), self_test=SelfTest(7, (0.5, 1.0), 0.25, "LiteRT"))


@pytest.mark.parametrize("bit", range(8))
def test_a_flipped_bit_gives_the_same_model_or_is_damage(tmp_path: Path, bit: int) -> None:
    data = write_onnx(MODEL, TESTED, colour="red", **{ONNX_STEP_KEY: "0.25"})
    whole = read_onnx(_write(tmp_path, data))
    for place in range(len(data)):
        flipped = bytearray(data)
        flipped[place] ^= 1 << bit
        try:
            found = read_onnx(_write(tmp_path, bytes(flipped)))
        except DamagedModelError:
            continue
        # Other keys are the user's.
        assert (found.model, found.card) == (whole.model, whole.card), f"byte {place}"
        assert float(found.metadata[ONNX_STEP_KEY]) == 0.25, f"byte {place}"


@pytest.mark.parametrize(
    ("place", "said"),
    [
        (MODEL.index(bytes(range(40))) + 20, "the model does not match"),
        (write_onnx(MODEL, TESTED).index(b'"small"') + 1, "its card was changed"),
        (write_onnx(MODEL, TESTED).index(ONNX_CARD_KEY.encode()), "the name of its card"),
        (write_onnx(MODEL, TESTED).index(bytes(range(40))) - 1, "its structure cannot be read"),
    ],
)
def test_damage_says_what_of_the_file_is_damaged(tmp_path: Path, place: int, said: str) -> None:
    flipped = bytearray(write_onnx(MODEL, TESTED))
    flipped[place] ^= 1
    with pytest.raises(DamagedModelError, match=rf"m\.onnx: damaged: {said}"):
        read_onnx(_write(tmp_path, bytes(flipped)))


@pytest.mark.parametrize("others", [{}, {ONNX_STEP_KEY: "0.5"}, {ONNX_STEP_KEY: "small"}], ids=str)
def test_a_step_beside_the_card_that_is_not_the_cards_is_damage(
    tmp_path: Path, others: dict[str, str]
) -> None:
    with pytest.raises(
        DamagedModelError, match=r"m\.onnx: damaged: crack_edge_step does not match"
    ):
        read_onnx(_write(tmp_path, write_onnx(MODEL, TESTED, **others)))


@pytest.mark.parametrize("missing", [1, 20, 100])
def test_a_file_cut_short_is_refused(tmp_path: Path, missing: int) -> None:
    with pytest.raises(DamagedModelError, match=r"m\.onnx: damaged: .*truncated"):
        read_onnx(_write(tmp_path, write_onnx(MODEL, make_card())[:-missing]))


def test_a_model_without_a_card_is_refused_with_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(
        ModelError, match=r"m\.onnx: has no model card; .*crack-edge convert"
    ) as got:
        read_onnx(_write(tmp_path, MODEL))
    assert got.value.exit_code == 2


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04 a zip", b"hello", b"\xff" * 20, varint(8)])
def test_another_kind_of_file_is_refused(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(ModelError, match=r"m\.onnx: is not an ONNX model"):
        read_onnx(_write(tmp_path, data))


def test_a_card_whose_hash_was_made_for_another_model_is_damage(tmp_path: Path) -> None:
    other = field(7, b"another graph")
    data = other + write_onnx(MODEL, make_card())[len(MODEL) :]
    with pytest.raises(DamagedModelError, match="damaged: the model"):
        read_onnx(_write(tmp_path, data))


def test_a_card_without_its_hash_is_damage(tmp_path: Path) -> None:
    data = MODEL + write_properties({ONNX_CARD_KEY: make_card().to_json()})
    with pytest.raises(DamagedModelError, match="damaged: its card was changed"):
        read_onnx(_write(tmp_path, data))


@given(st.lists(st.tuples(st.integers(1, 500), st.one_of(st.integers(0, 2**64 - 1), st.binary()))))
def test_fields_come_back_in_order_and_cover_the_message(
    parts: list[tuple[int, int | bytes]],
) -> None:
    message = b"".join(field(number, content) for number, content in parts)
    found = list(read_fields(message))
    assert [(one.number, one.content) for one in found] == parts
    assert b"".join(message[one.start : one.end] for one in found) == message


@given(st.binary(max_size=60))
def test_any_bytes_are_a_message_or_a_value_error(data: bytes) -> None:
    try:
        split_metadata(data)
    except ValueError:
        return
    assert list(read_fields(data))


@given(st.lists(st.integers(0, 2**63 - 1)))
def test_a_list_of_numbers_reads_the_same_packed_or_not(values: list[int]) -> None:
    packed = field(1, b"".join(varint(value) for value in values))
    assert numbers_of(packed, 1) == values
    assert numbers_of(b"".join(field(1, value) for value in values), 1) == values


def test_texts_that_are_no_utf8_do_not_stop_the_reader() -> None:
    assert texts_of(field(3, b"a\xff"), 3) == ["a\ufffd"]
