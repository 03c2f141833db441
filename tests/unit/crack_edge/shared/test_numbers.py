"""What is no number is answered in plain words."""

from __future__ import annotations

import click
import pytest

from crack_edge.shared.numbers import Number, WholeNumber


@pytest.mark.parametrize(
    ("kind", "word", "answer"),
    [
        (Number(0, 1), "0,5", "'0,5' is not a number; write decimals with a point, such as 0.4"),
        (Number(0, 1), "half", "'half' is not a number"),
        (WholeNumber(1), "2.5", "'2.5' is not a whole number"),
        (Number(0, 1), "50", "50.0 is not in the range 0<=x<=1."),
        (Number(0, 1), "nan", "'nan' is not a number"),
    ],
)
def test_a_wrong_word_is_answered(kind: click.ParamType, word: str, answer: str) -> None:
    with pytest.raises(click.BadParameter) as caught:
        kind.convert(word, None, None)
    assert caught.value.message == answer


def test_numbers_are_taken() -> None:
    assert Number(0, 1).convert("0.5", None, None) == 0.5
    assert WholeNumber(1).convert("3", None, None) == 3
