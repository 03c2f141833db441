"""Counts and scores in words."""

from __future__ import annotations

from edge.files.formatting import count_of, format_score


def test_the_noun_is_in_the_plural_unless_it_is_one() -> None:
    assert [count_of(n, "pair") for n in (0, 1, 2)] == ["0 pairs", "1 pair", "2 pairs"]
    assert count_of(1200, "copy", "copies") == "1,200 copies"


def test_a_score_is_rounded_down() -> None:
    assert [format_score(score) for score in (0.29, 0.1545, 0.8999, 0.9, 1.0)] == [
        *("0.29", "0.15", "0.89", "0.90", "1.00")
    ]
