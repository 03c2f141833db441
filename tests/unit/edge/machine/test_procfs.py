"""Files of a kernel are read whatever they hold."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.machine.procfs import clean_name, parse_number, read_fact, read_number


def test_a_text_has_no_blanks_and_zero_bytes_around_it(tmp_path: Path) -> None:
    (tmp_path / "model").write_bytes(b" A board\n\0")
    assert read_fact(tmp_path / "model") == "A board"


def test_what_cannot_be_read_is_empty(tmp_path: Path) -> None:
    assert read_fact(tmp_path) == ""
    assert read_fact(tmp_path / "nothing") == ""
    assert read_fact(tmp_path / "a\0b") == ""
    assert read_number(tmp_path / "nothing") is None


def test_bytes_that_are_no_text_and_too_many_of_them_do_not_hurt(tmp_path: Path) -> None:
    (tmp_path / "odd").write_bytes(b"\xff" * (5 << 20))
    text = read_fact(tmp_path / "odd")
    assert 0 < len(text) <= 4 << 20
    assert len(clean_name(text)) <= 100


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("0", 0),
        ("2400000", 2_400_000),
        (str(2**64 - 1), 2**64 - 1),
        *((odd, None) for odd in ("max", "-1", "", "1.5", "²", "٣")),
        pytest.param("9" * 5000, None, id="too long"),
    ],
)
def test_a_number_is_whole_and_of_64_bits(text: str, number: int | None) -> None:
    assert parse_number(text) == number


@given(st.text())
def test_a_name_is_one_printable_line(text: str) -> None:
    name = clean_name(text)
    assert name.isprintable()
    assert name == name.strip()
    assert len(name) <= 100
