"""The card: whole through JSON, and refused where it cannot be followed."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.files.errors import ColourOrderError, ModelError
from edge.model.card import Card, SelfTest, parse_card
from tests.unit.fakes import make_card

FULL = make_card(
    name="Brücke 7",
    input_px=224,
    window_px=256,
    threshold=0.4375,
    quantization="int8",
    metrics={"test": {"auc": 0.96, "precision": None}},
    recipe={"epochs": 3},
    data={"n": 13000},
    notes=("CC BY 4.0", "attribution"),
    missed_gates=("agreement 0.98 is below 0.99",),
    versions={"tensorflow": "2.21"},
    parent_sha256="ab" * 32,
    model_sha256="cd" * 32,
    self_test=SelfTest(7, (0.1, -2.5, 3.0, 1e-7), 0.125, "LiteRT"),
)


@pytest.mark.parametrize("card", [make_card(), FULL], ids=["small", "full"])
def test_a_card_survives_json(card: Card) -> None:
    assert parse_card(card.to_json(), where="m") == card


@given(
    name=st.text(min_size=1),
    cells=st.integers(1, 32),
    window_px=st.integers(32, 4096),
    threshold=st.floats(0, 1, exclude_min=True, exclude_max=True),
    logits=st.lists(st.floats(-50, 50), max_size=5).map(tuple),
)
def test_no_digit_of_a_card_is_lost(
    name: str, cells: int, window_px: int, threshold: float, logits: tuple[float, ...]
) -> None:
    card = make_card(
        name=name,
        input_px=32 * cells,
        window_px=window_px,
        threshold=threshold,
        self_test=SelfTest(1, logits, 0.5, "x"),
    )
    assert parse_card(card.to_json(), where="m") == card


def test_the_same_card_gives_the_same_text() -> None:
    assert FULL.to_json() == parse_card(FULL.to_json(), where="m").to_json()


def test_a_cell_of_the_photo_is_scaled_as_the_window_is() -> None:
    assert FULL.stride_px == pytest.approx(32 * 256 / 224)
    assert FULL.window_cells == 7


def test_a_card_may_speak_of_other_cells_and_other_names_of_the_labels() -> None:
    changes = {"cell_px": 16, "labels": ["Positive", "Negative"], "positive": "Positive"}
    card = parse_card(_changed(**changes), where="m")
    assert (card.window_cells, card.labels) == (14, ("Positive", "Negative"))


def test_a_card_of_whole_tiles_has_one_cell_and_no_dense_view() -> None:
    changes = {"input_px": 299, "cell_px": 299, "output": "tile_logit"}
    card = parse_card(_changed(**changes), where="m")
    assert card.window_cells == 1
    assert not card.has_dense_view


def test_fields_of_later_versions_are_passed_over() -> None:
    assert parse_card(_changed(colour="blue"), where="m") == FULL


def _changed(**changes: Any) -> str:
    return json.dumps(json.loads(FULL.to_json()) | changes)


@pytest.mark.parametrize(
    "changes",
    [
        {"version": 2},
        {"version": None},
        {"labels": ["crack", "rust"]},
        {"labels": ["crack"]},
        {"labels": None},
        {"labels": "crack"},
        {"labels": ["crack", "cracked"]},
        {"labels": ["no_crack", "crack", "crack"]},
        {"positive": "cracked"},
        {"positive": ["crack"]},
        {"positive": "no_crack"},
        {"input_dtype": "int8"},
        {"output": "probability"},
        {"cell_px": 15},
        {"cell_px": 0},
        {"cell_px": -32},
        {"cell_px": 448},
        {"output": "tile_logit"},
        {"quantization": "int4"},
        {"quantization": None},
        {"input_px": 0},
        {"input_px": 225},
        {"input_px": -224},
        {"input_px": "224"},
        {"input_px": 224.0},
        {"input_px": None},
        {"name": None},
        {"window_px": 31},
        {"window_px": 5000},
        {"window_px": 224.5},
        {"threshold": 0},
        {"threshold": 1},
        {"threshold": 1.5},
        {"threshold": float("nan")},
        {"threshold": "0.5"},
        {"threshold": None},
        {"notes": 5},
        {"self_test": "passed"},
        {"self_test": {}},
        {"self_test": {"seed": 1, "logits": 3, "step": 0, "backend": "x"}},
        {"self_test": {"seed": 1, "logits": ["high"], "step": 0, "backend": "x"}},
        {"self_test": {"seed": None, "logits": [1], "step": 0, "backend": "x"}},
        {"self_test": {"seed": -1, "logits": [1], "step": 0, "backend": "x"}},
        {"self_test": {"seed": 1, "logits": [1], "step": "small", "backend": "x"}},
    ],
    ids=str,
)
def test_a_malformed_field_is_refused_with_the_file_named(changes: dict[str, Any]) -> None:
    with pytest.raises(ModelError, match=r"^m\.tflite: "):
        parse_card(_changed(**changes), where="m.tflite")


@pytest.mark.parametrize("order", ["BGR", "RGBA", "rgb", "", None, 3])
def test_another_colour_order_than_rgb_is_refused_by_name(order: object) -> None:
    expected = rf"^m\.tflite: made for another colour order: .*colour_order {order!r}, .*RGB"
    with pytest.raises(ColourOrderError, match=expected) as got:
        parse_card(_changed(colour_order=order), where="m.tflite")
    assert got.value.exit_code == 3


@pytest.mark.parametrize("field", ["name", "input_px", "window_px", "threshold", "threshold_rule"])
def test_a_missing_field_is_refused_and_named(field: str) -> None:
    facts = json.loads(FULL.to_json())
    del facts[field]
    with pytest.raises(ModelError, match=rf"m\.tflite: .*{field}"):
        parse_card(json.dumps(facts), where="m.tflite")


@pytest.mark.parametrize("text", ["", "{", "[]", '"card"', "null", "5"])
def test_what_is_no_card_is_refused_with_the_file_named(text: str) -> None:
    with pytest.raises(ModelError, match=r"^m\.tflite: "):
        parse_card(text, where="m.tflite")


def test_a_card_of_before_has_no_missed_gates_and_nothing_to_say() -> None:
    older = json.loads(make_card().to_json())
    del older["missed_gates"]
    card = parse_card(json.dumps(older), where="m")
    assert card.missed_gates == ()
    assert card.reservation == ""


def test_a_file_that_missed_gates_says_so_in_one_line() -> None:
    card = make_card(name="wall", quantization="int8", missed_gates=("one thing", "another"))
    said = card.reservation
    assert said.startswith("wall (int8) decides differently")
    assert "one thing; another" in said
    assert "\n" not in said
