"""The dense view: cut into pieces, the photo is scored as if it were whole."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from edge.card import CELL_PX
from edge.dense import (
    MAX_PIECE_CELLS,
    Cut,
    compute_cell_logits,
    cut_side,
    plan_pieces,
    scan_cells,
    score_windows,
)
from edge.metrics import sigmoid
from edge.preprocess import resize
from tests.unit.fakes import (
    DarknessScorer,
    NeighbourScorer,
    darkness,
    draw_wall,
    make_card,
    mean_of_cells,
)


def _photo(rows: int, columns: int) -> np.ndarray:
    shape = (rows * CELL_PX, columns * CELL_PX, 3)
    return np.random.default_rng(rows).integers(0, 256, shape, dtype=np.uint8)


def _require_sound(cut: Cut, cells: int, halo: int) -> None:
    assert [begin for begin, _ in cut.owned] == [0, *(end for _, end in cut.owned[:-1])]
    assert cut.owned[-1][1] == cells
    assert len(cut.origins) == len(cut.owned)
    for origin, (begin, end) in zip(cut.origins, cut.owned, strict=True):
        assert begin < end
        assert 0 <= origin <= cells - cut.length
        assert begin == 0 or begin - origin >= halo
        assert end == cells or origin + cut.length - end >= halo


@given(st.data(), st.integers(0, 3), st.integers(1, 400))
def test_a_cut_owns_every_cell_once_with_a_halo_at_inner_borders(
    data: st.DataObject, halo: int, cells: int
) -> None:
    most = max(1, cells - 2 * halo)
    _require_sound(cut_side(cells, data.draw(st.integers(1, most)), halo), cells, halo)


def test_one_piece_is_the_whole_side() -> None:
    assert cut_side(13, 1, 2) == Cut(13, (0,), ((0, 13),))


def test_two_pieces_share_the_side_and_overlap_by_two_halos() -> None:
    assert cut_side(10, 2, 1) == Cut(6, (0, 4), ((0, 5), (5, 10)))


_SIDE = st.integers(1, 90)


@settings(max_examples=60)
@given(_SIDE, _SIDE, st.integers(0, 2), st.integers(25, 500), st.integers(1, 4))
def test_a_plan_is_sound_and_no_piece_too_large(
    rows: int, columns: int, halo: int, max_cells: int, workers: int
) -> None:
    plan = plan_pieces(rows, columns, halo=halo, max_cells=max_cells, workers=workers)
    for cut, cells in zip(plan, (rows, columns), strict=True):
        _require_sound(cut, cells, halo)
    assert plan[0].length * plan[1].length <= max_cells


def test_a_photo_that_fits_is_not_cut_for_one_worker() -> None:
    high, wide = plan_pieces(20, 30, halo=1, max_cells=MAX_PIECE_CELLS, workers=1)
    assert (high.origins, wide.origins) == ((0,), (0,))


def test_two_workers_get_a_piece_each() -> None:
    high, wide = plan_pieces(20, 30, halo=1, max_cells=MAX_PIECE_CELLS, workers=2)
    assert len(high.origins) * len(wide.origins) == 2


def test_pieces_too_small_for_their_halo_are_refused() -> None:
    with pytest.raises(ValueError, match="too small"):
        plan_pieces(50, 50, halo=3, max_cells=36, workers=1)


@settings(max_examples=25)
@given(st.integers(1, 14), st.integers(1, 14), st.integers(9, 80), st.integers(1, 3))
def test_pieces_of_any_size_give_what_the_whole_photo_gives(
    rows: int, columns: int, max_cells: int, workers: int
) -> None:
    photo = _photo(rows, columns)
    (whole,) = NeighbourScorer().cell_logits([photo])
    scorer = NeighbourScorer()
    cells = compute_cell_logits(
        scorer, photo, workers=workers, max_cells=max_cells, cell_px=CELL_PX
    )
    assert cells.dtype == np.float32
    assert cells == pytest.approx(whole, rel=1e-5)
    assert len(set(scorer.shapes)) == 1
    assert scorer.shapes[0][0] * scorer.shapes[0][1] <= max_cells * CELL_PX**2


def test_without_a_halo_a_model_that_looks_around_shows_the_seams() -> None:
    photo = _photo(8, 8)
    (whole,) = NeighbourScorer().cell_logits([photo])
    cells = compute_cell_logits(NeighbourScorer(), photo, halo=0, max_cells=16, cell_px=CELL_PX)
    assert cells != pytest.approx(whole, rel=1e-5)


@given(
    arrays(
        np.float32,
        st.tuples(st.integers(1, 9), st.integers(1, 9)),
        elements=st.floats(-9, 9, width=32),
    ),
    st.integers(1, 9),
)
def test_a_window_scores_the_sigmoid_of_the_mean_of_its_cells(
    cells: np.ndarray, window: int
) -> None:
    window = min(window, *cells.shape)
    rows, columns = cells.shape[0] - window + 1, cells.shape[1] - window + 1
    means = np.empty((rows, columns))
    for y, x in itertools.product(range(rows), range(columns)):
        means[y, x] = cells[y : y + window, x : x + window].mean(dtype=np.float64)
    found = score_windows(cells, window)
    assert found.shape == means.shape
    assert found == pytest.approx(sigmoid(means), rel=1e-6)


@pytest.mark.parametrize(
    ("size_wh", "grid"),
    [
        ((64, 64), (2, 2)),
        ((1, 1), (2, 2)),
        ((40, 10), (2, 2)),
        ((300, 20), (2, 10)),
        ((96, 128), (4, 3)),
        ((97, 129), (5, 4)),
    ],
)
def test_a_photo_of_any_size_gives_whole_cells_and_at_least_one_window(
    size_wh: tuple[int, int], grid: tuple[int, int]
) -> None:
    photo = draw_wall(size_wh)
    cells = scan_cells(DarknessScorer(), make_card(), photo)
    assert cells.shape == grid
    assert cells == pytest.approx(np.full(grid, (128 - 220) / 8))


def test_the_cells_lie_where_the_photo_is() -> None:
    photo = _photo(3, 5)[:-7, :-9]
    cells = scan_cells(DarknessScorer(), make_card(), photo)
    assert cells.shape == (3, 5)
    assert cells[:2, :4] == pytest.approx(darkness(photo[:64, :128]))


@pytest.mark.parametrize(("window_px", "scale"), [(128, 2), (32, 0.5), (64, 1)])
def test_the_photo_is_brought_to_the_scale_of_the_windows(window_px: int, scale: float) -> None:
    card = make_card(window_px=window_px)
    assert card.stride_px == CELL_PX * scale
    side = round(CELL_PX * scale)
    photo = draw_wall((side * 5, side * 4), (side, 2 * side, 2 * side, 3 * side))
    cells = scan_cells(DarknessScorer(card), card, photo)
    expected = np.full((4, 5), (128 - 220) / 8)
    expected[2, 1] = 128 / 8
    # Enlarging blurs over the border of a cell.
    assert cells == pytest.approx(expected, abs=1.0)


def test_the_scale_of_training_and_scanning_is_one() -> None:
    photo = _photo(8, 6)
    card = make_card(window_px=128)
    cells = scan_cells(DarknessScorer(card), card, photo)
    assert cells == pytest.approx((128 - mean_of_cells(resize(photo, (96, 128)))) / 8)
