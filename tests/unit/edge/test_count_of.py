"""Counts in words."""

from __future__ import annotations

from edge.files.formatting import count_of


def test_the_noun_is_in_the_plural_unless_it_is_one() -> None:
    assert [count_of(n, "pair") for n in (0, 1, 2)] == ["0 pairs", "1 pair", "2 pairs"]
    assert count_of(1200, "copy", "copies") == "1,200 copies"
