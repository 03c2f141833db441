"""Cells that make cracks: nothing above the threshold is lost, what belongs together is one."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from edge.detect.components import (
    centre_on_cells,
    close_gaps,
    highest_covering,
    hysteresis,
    join_windows,
    mark_cells,
    merge_layers,
)
from edge.detect.dense import score_windows
from edge.model.logits import logit

_THRESHOLD = st.sampled_from([1e-4, 0.01, 0.3, 0.5, 0.51, 0.9, 0.99, 0.999, 0.9999])
_WINDOW = st.integers(1, 4)


def _grids(least: float = -12, most: float = 12) -> st.SearchStrategy[np.ndarray]:
    values = st.floats(least, most, width=32) | st.integers(int(least), int(most)).map(float)
    return arrays(
        np.float32, st.tuples(st.integers(4, 9), st.integers(4, 9)), elements=values, fill=values
    )


def _unmarked_cracks(cells: np.ndarray, window: int, threshold: float) -> list[tuple[int, int]]:
    """Return the windows at or above the threshold without a marked cell."""
    windows = score_windows(cells, window)
    mask = mark_cells(cells, highest_covering(windows, window), threshold)
    return [
        (y, x)
        for y, x in np.argwhere(windows >= threshold).tolist()
        if not mask[y : y + window, x : x + window].any()
    ]


@given(_grids(), _WINDOW, _THRESHOLD)
def test_every_window_above_the_threshold_holds_a_marked_cell(
    cells: np.ndarray, window: int, threshold: float
) -> None:
    assert _unmarked_cracks(cells, window, threshold) == []


@pytest.mark.parametrize("threshold", [1e-4, 0.1, 0.5, 0.9, 0.99, 0.999, 0.9999, 0.99999])
def test_a_surface_just_at_the_threshold_is_marked(threshold: float) -> None:
    for offset in np.linspace(-0.01, 0.01, 401):
        cells = np.full((3, 3), logit(threshold) + offset, np.float32)
        assert _unmarked_cracks(cells, 2, threshold) == [], offset


@given(_grids(), _WINDOW, _THRESHOLD)
def test_no_cell_is_marked_outside_all_windows_above_the_threshold(
    cells: np.ndarray, window: int, threshold: float
) -> None:
    windows = score_windows(cells, window)
    allowed = np.zeros(cells.shape, bool)
    for y, x in np.argwhere(windows >= threshold):
        allowed[y : y + window, x : x + window] = True
    mask = mark_cells(cells, highest_covering(windows, window), threshold)
    assert not np.any(mask & ~allowed)


@given(_grids(0, 1), _WINDOW)
def test_a_cell_takes_the_highest_score_of_the_windows_over_it(
    windows: np.ndarray, window: int
) -> None:
    covering = highest_covering(windows, window)
    expected = np.zeros(np.array(windows.shape) + window - 1, np.float32)
    for y, x in itertools.product(*map(range, windows.shape)):
        part = expected[y : y + window, x : x + window]
        np.maximum(part, windows[y, x], out=part)
    assert np.array_equal(covering, expected)


@given(_grids(0, 1), _WINDOW)
def test_the_heat_map_has_each_window_at_its_centre(windows: np.ndarray, window: int) -> None:
    heat = centre_on_cells(windows, window)
    before = (window - 1) // 2
    assert heat.shape == tuple(np.array(windows.shape) + window - 1)
    inner = heat[before : before + windows.shape[0], before : before + windows.shape[1]]
    assert np.array_equal(inner, windows)
    assert heat[0, 0] == windows[0, 0]
    assert heat[-1, -1] == windows[-1, -1]


@given(_grids(), _WINDOW, _THRESHOLD)
def test_every_marked_cell_belongs_to_one_region_and_no_other_does(
    cells: np.ndarray, window: int, threshold: float
) -> None:
    windows = score_windows(cells, window)
    mask = mark_cells(cells, highest_covering(windows, window), threshold)
    labels = join_windows(mask, windows, window, threshold)
    assert np.array_equal(labels > 0, mask)


def _cells_with(marked: list[tuple[int, int]], size: tuple[int, int] = (6, 20)) -> np.ndarray:
    cells = np.full(size, -1, np.float32)
    for place in marked:
        cells[place] = 40
    return cells


def _join(cells: np.ndarray, window: int = 4, threshold: float = 0.5) -> np.ndarray:
    windows = score_windows(cells, window)
    mask = mark_cells(cells, highest_covering(windows, window), threshold)
    return join_windows(mask, windows, window, threshold)


def test_what_one_window_sees_together_is_one_region() -> None:
    labels = _join(_cells_with([(2, 5), (3, 8)]))
    assert labels[2, 5] == labels[3, 8] > 0


def test_cells_under_windows_that_do_not_touch_are_two_regions() -> None:
    labels = _join(_cells_with([(2, 3), (3, 16)]))
    assert labels[2, 3] != labels[3, 16]
    assert set(np.unique(labels)) == {0, labels[2, 3], labels[3, 16]}


def test_groups_without_a_seed_are_dropped() -> None:
    seeds = np.zeros((2, 5), bool)
    seeds[1, 1] = seeds[0, 0] = True
    kept = hysteresis(_layer("01102 33011"), seeds)
    assert np.array_equal(kept, _layer("00000 33000"))


def test_a_seed_outside_all_groups_keeps_nothing() -> None:
    assert not hysteresis(_layer("01 00"), np.array([[True, False], [False, False]])).any()


def _layer(picture: str) -> np.ndarray:
    return np.array([[int(cell) for cell in row] for row in picture.split()], np.int32)


@pytest.mark.parametrize(
    ("picture", "filled"),
    [
        ("00000 01010 00000", "00000 01110 00000"),
        ("00000 01001 00000", "00000 01111 00000"),
        ("000000 010001 000000", "000000 010001 000000"),
        ("11111 10001 11111", "11111 11111 11111"),
        ("02220 02020 02220", "02220 02220 02220"),
    ],
)
def test_gaps_of_up_to_two_cells_and_small_holes_are_filled(picture: str, filled: str) -> None:
    assert np.array_equal(close_gaps(_layer(picture)), _layer(filled))


def test_a_hole_as_large_as_a_window_stays() -> None:
    ring = np.ones((12, 12), np.int32)
    ring[3:9, 3:9] = 0
    assert np.array_equal(close_gaps(ring), ring)


@given(arrays(np.int32, (6, 7), elements=st.integers(0, 3)))
def test_filling_takes_no_cell_from_a_group(labels: np.ndarray) -> None:
    filled = close_gaps(labels)
    assert np.array_equal(filled[labels > 0], labels[labels > 0])


def test_one_layer_is_united_already() -> None:
    layer = _layer("0120 0030")
    assert merge_layers([layer]) is layer


@pytest.mark.parametrize(
    ("layers", "expected"),
    [
        (["110022", "000000"], "110022"),
        (["110022", "011110"], "111111"),
        (["100000", "000002"], "100002"),
        (["110033", "010220"], "110333"),
        (["101010", "120000", "022000", "000033"], "111011"),
    ],
)
def test_groups_of_several_layers_that_lie_on_one_another_are_one(
    layers: list[str], expected: str
) -> None:
    united = merge_layers([_layer(layer) for layer in layers])
    wanted = _layer(expected)
    assert np.array_equal(united > 0, wanted > 0)
    pairs = set(zip(united.ravel().tolist(), wanted.ravel().tolist(), strict=True))
    assert len({a for a, _ in pairs}) == len({b for _, b in pairs}) == len(pairs)


@given(st.lists(arrays(np.int32, (4, 5), elements=st.integers(0, 3)), min_size=2, max_size=4))
def test_cells_of_one_group_stay_in_one_and_no_cell_is_lost(layers: list[np.ndarray]) -> None:
    united = merge_layers(layers)
    assert np.array_equal(united > 0, np.any([layer > 0 for layer in layers], axis=0))
    for layer in layers:
        for number in range(1, 4):
            assert len(set(united[layer == number].tolist())) <= 1
