"""A photo is cut into pieces that leave no cell out."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.detect.pieces import MAX_PIECE_CELLS, Cut, cut_side, plan_pieces


def _require_sound(cut: Cut, cells: int, overlap: int) -> None:
    taken = np.zeros(cells, int)
    assert len(cut.origins) == len(cut.used)
    for origin, (begin, end) in zip(cut.origins, cut.used, strict=True):
        assert begin < end
        assert 0 <= origin <= cells - cut.length
        assert begin == 0 or begin - origin >= overlap // 2
        assert end == cells or origin + cut.length - end >= overlap // 2
        taken[begin:end] += 1
    assert taken.min() == 1
    assert taken.max() <= 2
    for (_, end), (begin, _) in itertools.pairwise(cut.used):
        assert begin in (end, end - 1)
    for left, right in itertools.pairwise(cut.origins):
        assert left + cut.length - right >= overlap


@given(st.data(), st.integers(0, 6), st.integers(1, 400))
def test_a_cut_takes_every_cell_once_or_where_pieces_meet_twice(
    data: st.DataObject, overlap: int, cells: int
) -> None:
    most = max(1, cells - overlap)
    _require_sound(cut_side(cells, data.draw(st.integers(1, most)), overlap), cells, overlap)


def test_one_piece_is_the_whole_side() -> None:
    assert cut_side(13, 1, 2) == Cut(13, (0,), ((0, 13),))


def test_two_pieces_that_share_two_cells_give_up_one_each() -> None:
    assert cut_side(10, 2, 2) == Cut(6, (0, 4), ((0, 5), (5, 10)))


def test_one_shared_cell_is_taken_from_both_pieces() -> None:
    assert cut_side(9, 2, 1) == Cut(5, (0, 4), ((0, 5), (4, 9)))


_SIDE = st.integers(1, 90)


@settings(max_examples=60)
@given(_SIDE, _SIDE, st.integers(0, 4), st.integers(150, 500))
def test_a_plan_is_sound_and_no_piece_too_large(
    rows: int, columns: int, overlap: int, max_cells: int
) -> None:
    plan = plan_pieces(rows, columns, overlap=overlap, max_cells=max_cells)
    for cut, cells in zip(plan, (rows, columns), strict=True):
        _require_sound(cut, cells, overlap)
    assert plan[0].length * plan[1].length <= max_cells


@pytest.mark.parametrize("side", [1, 8, 16])
def test_a_small_photo_is_not_cut(side: int) -> None:
    high, wide = plan_pieces(side, side, overlap=1, max_cells=MAX_PIECE_CELLS)
    assert (high.origins, wide.origins) == ((0,), (0,))


@pytest.mark.parametrize("size", [(112, 144), (94, 125), (71, 125), (170, 256)])
def test_the_pieces_of_a_photo_can_be_shared_by_four(size: tuple[int, int]) -> None:
    high, wide = plan_pieces(*size, overlap=1, max_cells=MAX_PIECE_CELLS)
    count = len(high.origins) * len(wide.origins)
    assert -(-count // 4) * 4 * high.length * wide.length < 1.15 * size[0] * size[1]


def test_pieces_of_a_file_in_strips_are_low() -> None:
    high, wide = plan_pieces(100, 1000, overlap=1, max_cells=MAX_PIECE_CELLS, max_rows=9)
    assert high.length <= 9
    assert wide.length > 60


def test_a_long_strip_is_cut_across_only() -> None:
    high, wide = plan_pieces(2, 5000, overlap=1, max_cells=MAX_PIECE_CELLS)
    assert high.length == 2
    assert wide.length > 200


def test_pieces_too_small_for_their_overlap_are_refused() -> None:
    with pytest.raises(ValueError, match="too small"):
        plan_pieces(50, 50, overlap=6, max_cells=36)
