"""The dense view: cut into pieces, the photo is scored as if it were whole."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from edge.detect.dense import (
    compute_cell_logits,
    scan_cells,
    score_rest,
    score_windows,
    stitch,
)
from edge.detect.pieces import cut_side, lay_out, plan_pieces
from edge.model.card import CELL_PX
from edge.model.logits import sigmoid
from edge.photo.preprocess import resize
from edge.photo.source import LoadedPhoto
from tests.unit.fakes import (
    DarknessScorer,
    NeighbourScorer,
    RememberingSource,
    darkness,
    draw_wall,
    make_card,
    mean_of_cells,
)


def _photo(rows: int, columns: int) -> np.ndarray:
    shape = (rows * CELL_PX, columns * CELL_PX, 3)
    return np.random.default_rng(rows).integers(0, 256, shape, dtype=np.uint8)


def _compute(scorer: NeighbourScorer, photo: np.ndarray, **words: int) -> np.ndarray:
    return compute_cell_logits(scorer, lay_out(LoadedPhoto(photo), make_card()), **words)


@settings(max_examples=25)
@given(
    st.integers(2, 30),
    st.integers(2, 30),
    st.integers(150, 250),
    st.integers(2, 3),
)
def test_with_whole_context_pieces_of_any_size_give_what_the_whole_photo_gives(
    rows: int, columns: int, max_cells: int, overlap: int
) -> None:
    photo = _photo(rows, columns)
    (whole,) = NeighbourScorer().cell_logits([photo])
    scorer = NeighbourScorer()
    cells = _compute(scorer, photo, max_cells=max_cells, overlap=overlap)
    assert cells.dtype == np.float32
    assert cells == pytest.approx(whole, rel=1e-5)
    assert len(set(scorer.shapes)) == 1
    assert scorer.shapes[0][0] * scorer.shapes[0][1] <= max_cells * CELL_PX**2


@settings(max_examples=25)
@given(st.integers(2, 14), st.integers(2, 14), st.integers(9, 80))
def test_where_pieces_share_one_cell_only_that_differs_from_the_whole_photo(
    rows: int, columns: int, max_cells: int
) -> None:
    photo = _photo(rows, columns)
    (whole,) = NeighbourScorer().cell_logits([photo])
    cells = _compute(NeighbourScorer(), photo, max_cells=max_cells, overlap=1)
    plan = plan_pieces(rows, columns, overlap=1, max_cells=max_cells)
    met = []
    for cut, count in zip(plan, (rows, columns), strict=True):
        taken = np.zeros(count, int)
        for begin, end in cut.used:
            taken[begin:end] += 1
        met.append(taken > 1)
    apart = ~(met[0][:, None] | met[1])
    assert cells[apart] == pytest.approx(whole[apart], rel=1e-5)


def test_a_shared_cell_is_the_mean_of_what_both_pieces_say() -> None:
    photo = _photo(2, 9)
    high, wide = cut_side(2, 1, 1), cut_side(9, 2, 1)
    assert wide.origins == (0, 4)
    left, right = (
        next(NeighbourScorer().cell_logits([photo[:, x * CELL_PX : (x + 5) * CELL_PX]]))
        for x in wide.origins
    )
    cells = stitch(NeighbourScorer(), lay_out(LoadedPhoto(photo), make_card()), high, wide)
    assert cells[:, 4] == pytest.approx((left[:, 4] + right[:, 0]) / 2)


def test_without_shared_cells_a_model_that_looks_around_shows_the_seams() -> None:
    photo = _photo(8, 8)
    (whole,) = NeighbourScorer().cell_logits([photo])
    cells = _compute(NeighbourScorer(), photo, overlap=0, max_cells=16)
    assert cells != pytest.approx(whole, rel=1e-5)


def test_only_wanted_pieces_are_scored() -> None:
    photo = _photo(8, 8)
    scorer = NeighbourScorer()
    wanted = np.array([[True, False], [False, False]])
    pieces = lay_out(LoadedPhoto(photo), make_card())
    cells = stitch(scorer, pieces, cut_side(8, 2, 2), cut_side(8, 2, 2), wanted=wanted)
    assert len(scorer.shapes) == 1
    assert np.isfinite(cells[:4, :4]).all()
    assert np.isnan(cells[4:]).all()
    assert np.isnan(cells[:, 4:]).all()


def test_a_photo_is_never_read_as_a_whole() -> None:
    source = RememberingSource(LoadedPhoto(_photo(30, 40)))
    scan_cells(DarknessScorer(), make_card(), source, max_cells=100)
    assert max((right - left) * (bottom - top) for left, top, right, bottom in source.boxes) <= (
        100 * CELL_PX**2
    )


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


@given(
    arrays(np.float32, (6, 7), elements=st.floats(-9, 9, width=32)),
    arrays(np.bool_, (6, 7)),
    st.integers(1, 4),
)
def test_what_is_left_of_a_window_scores_by_its_free_cells(
    cells: np.ndarray, claimed: np.ndarray, window: int
) -> None:
    left = score_rest(cells, window, claimed)
    for y, x in itertools.product(range(7 - window), range(8 - window)):
        part = np.s_[y : y + window, x : x + window]
        free = cells[part][~claimed[part]]
        if 2 * len(free) < window**2:
            assert left[y, x] == 0
        else:
            assert left[y, x] == pytest.approx(sigmoid(free.mean(dtype=float)), abs=1e-6)


def test_where_nothing_is_claimed_all_is_left() -> None:
    cells = np.random.default_rng(0).normal(size=(9, 8)).astype(np.float32)
    left = score_rest(cells, 3, np.zeros((9, 8), bool))
    assert left == pytest.approx(score_windows(cells, 3), abs=1e-6)


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
    cells = scan_cells(DarknessScorer(), make_card(), LoadedPhoto(photo))
    assert cells.shape == grid
    assert cells == pytest.approx(np.full(grid, (128 - 220) / 8))


def test_the_cells_lie_where_the_photo_is() -> None:
    photo = _photo(3, 5)[:-7, :-9]
    cells = scan_cells(DarknessScorer(), make_card(), LoadedPhoto(photo))
    assert cells.shape == (3, 5)
    assert cells[:2, :4] == pytest.approx(darkness(photo[:64, :128]))


@pytest.mark.parametrize(("window_px", "scale"), [(128, 2), (32, 0.5), (64, 1)])
def test_the_photo_is_brought_to_the_scale_of_the_windows(window_px: int, scale: float) -> None:
    card = make_card(window_px=window_px)
    assert card.stride_px == CELL_PX * scale
    side = round(CELL_PX * scale)
    photo = draw_wall((side * 5, side * 4), (side, 2 * side, 2 * side, 3 * side))
    cells = scan_cells(DarknessScorer(card), card, LoadedPhoto(photo))
    expected = np.full((4, 5), (128 - 220) / 8)
    expected[2, 1] = 128 / 8
    # Enlarging blurs over the border of a cell.
    assert cells == pytest.approx(expected, abs=1.0)


def test_the_scale_of_training_and_scanning_is_one() -> None:
    photo = _photo(8, 6)
    card = make_card(window_px=128)
    cells = scan_cells(DarknessScorer(card), card, LoadedPhoto(photo))
    assert cells == pytest.approx((128 - mean_of_cells(resize(photo, (96, 128)))) / 8)


@pytest.mark.parametrize("scale", [0.3, 0.5, 1.7, 2.0])
def test_a_scale_moves_no_cell_by_more_than_half_a_px_of_the_photo(scale: float) -> None:
    card = make_card()
    width, height = 700, 500
    ramp = np.linspace(0, 255, width)[None, :, None].repeat(height, 0).repeat(3, 2)
    cells = scan_cells(
        DarknessScorer(card), card, LoadedPhoto(ramp.astype(np.uint8)), scale=scale, max_cells=64
    )
    cell_px = CELL_PX / scale
    whole = int(width // cell_px)
    centres = (np.arange(whole) + 0.5) * cell_px
    expected = (128 - np.interp(centres, np.arange(width), ramp[0, :, 0])) / 8
    half_px = 0.5 * 255 / width / 8
    assert np.abs(cells[1:-1, :whole] - expected).max() < half_px + 1 / 8


class _Plain:
    """A grey photo of any size that is never in memory."""

    def __init__(self, size_wh: tuple[int, int]) -> None:
        self.size_wh = size_wh

    def read(self, left: int, top: int, right: int, bottom: int) -> np.ndarray:
        return np.full((bottom - top, right - left, 3), 100, np.uint8)


@pytest.mark.parametrize("scale", [0.05, 0.1, 0.5])
def test_a_photo_that_is_shrunk_much_is_read_bit_by_bit(scale: float) -> None:
    source = RememberingSource(_Plain((30000, 30000)))
    cells = scan_cells(DarknessScorer(), make_card(), source, scale=scale)
    assert cells == pytest.approx(np.full(cells.shape, 28 / 8))
    assert max((r - x) * (b - y) for x, y, r, b in source.boxes) < 16_000_000


def test_bands_give_what_one_read_gives(monkeypatch: pytest.MonkeyPatch) -> None:
    photo = _photo(30, 40)
    pieces = lay_out(LoadedPhoto(photo), make_card(), scale=0.5)
    whole = pieces.read(1, 2, 9, 11)
    monkeypatch.setattr("edge.detect.pieces._MAX_READ_PX", 3 * 11 * 64 * 64)
    assert np.array_equal(pieces.read(1, 2, 9, 11), whole)
