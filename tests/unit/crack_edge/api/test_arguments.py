"""Arguments of callers, checked."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crack_edge.api.arguments import choose_among, list_texts, require_count, require_number


@given(st.floats(), st.floats(-10, 0), st.floats(0, 10), st.booleans())
def test_a_number_passes_within_its_limits_only(
    value: float, least: float, most: float, is_open: bool
) -> None:
    is_inside = least < value < most if is_open else least <= value <= most
    if is_inside:
        assert require_number(value, "x", least, most, is_open=is_open) == value
    else:
        with pytest.raises(ValueError, match=r"^x is .*; expected a (value|finite number)"):
            require_number(value, "x", least, most, is_open=is_open)


@pytest.mark.parametrize("value", [math.inf, -math.inf, math.nan, np.float32("inf")])
def test_without_limits_a_number_must_still_be_finite(value: float) -> None:
    with pytest.raises(ValueError, match="expected a finite number"):
        require_number(value, "x")


@pytest.mark.parametrize("value", [2, 2.0, np.float32(2), np.float64(2), np.int64(2), np.uint8(2)])
def test_numbers_come_out_as_those_of_python(value: Any) -> None:
    assert type(require_number(value, "x")) is float
    if not isinstance(value, float | np.floating):
        assert type(require_count(value, "x", 0)) is int


def test_a_large_count_keeps_its_digits() -> None:
    assert require_count(2**63 - 1, "seed", 0) == 2**63 - 1


@pytest.mark.parametrize("value", [2.0, np.float32(2), "2", None, b"2"])
def test_what_is_no_whole_number_is_no_count(value: Any) -> None:
    with pytest.raises(TypeError, match=r"x is of type .*; expected a whole number"):
        require_count(value, "x", 0)


def test_a_single_text_is_not_taken_for_its_letters() -> None:
    assert list_texts("CC BY 4.0", "notes") == ("CC BY 4.0",)
    assert choose_among("ab", ("a", "b", "ab"), "x") == ("ab",)
    assert choose_among(["b", "a", "b"], ("a", "b", "ab"), "x") == ("b", "a")
