"""From scores to regions: nothing above the threshold is lost, nothing lies outside."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from edge.dense import score_windows
from edge.metrics import logit
from edge.regions import (
    centre_on_cells,
    find_regions,
    highest_covering,
    join_touching,
    join_windows,
    mark_cells,
    unite,
)

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


def _regions(
    picture: str, *, cell_px: float = 32, size_wh: tuple[int, int] = (640, 640)
) -> list[tuple[int, int, int, int]]:
    rows = picture.split()
    mask = np.array([[cell == "#" for cell in row] for row in rows])
    found = find_regions(
        join_touching(mask), mask.astype(np.float32), cell_px=cell_px, size_wh=size_wh
    )
    return [region.xyxy for region in found]


@pytest.mark.parametrize(
    ("picture", "count"),
    [
        ("..... ..... .....", 0),
        ("##... ##... .....", 1),
        ("#.... .#... ..#..", 1),
        ("..#.. .#... #....", 1),
        ("##.## ..... .....", 1),
        ("#.... ..... ..#..", 1),
        ("#..## ..... .....", 2),
        ("#...# ..... .....", 2),
        ("##... ##... ..... ..... ...##", 2),
        ("#...# ..... ..... ..... #...#", 4),
    ],
)
def test_cells_that_touch_or_leave_a_gap_of_one_are_one_region(picture: str, count: int) -> None:
    assert len(_regions(picture)) == count


def test_a_region_has_the_px_of_its_cells() -> None:
    mask = np.array([[0, 0, 0, 0], [0, 1, 1, 0], [0, 0, 1, 0]], bool)
    scores = np.arange(12, dtype=np.float32).reshape(3, 4) / 12
    (region,) = find_regions(join_touching(mask), scores, cell_px=16, size_wh=(64, 48))
    assert region.xyxy == (16, 16, 48, 48)
    assert region.area_px == 3 * 16**2
    assert region.score == pytest.approx(10 / 12)


def test_a_cell_scaled_by_a_fraction_is_rounded_outwards_or_to_the_nearest() -> None:
    assert _regions("... .#. ...", cell_px=10.5) == [(10, 10, 21, 21)]


def test_a_mirrored_margin_is_clipped_to_the_photo() -> None:
    assert _regions("...# ....", size_wh=(100, 50)) == [(96, 0, 100, 32)]
    assert _regions(".... ...#", size_wh=(60, 20)) == [(59, 19, 60, 20)]


@given(
    arrays(np.bool_, st.tuples(st.integers(1, 9), st.integers(1, 9))),
    st.floats(1, 80),
    st.tuples(st.integers(1, 400), st.integers(1, 400)),
)
def test_every_region_lies_inside_the_photo_and_has_an_area(
    mask: np.ndarray, cell_px: float, size_wh: tuple[int, int]
) -> None:
    for region in find_regions(
        join_touching(mask), mask.astype(np.float32), cell_px=cell_px, size_wh=size_wh
    ):
        left, top, right, bottom = region.xyxy
        assert 0 <= left < right <= size_wh[0]
        assert 0 <= top < bottom <= size_wh[1]


@given(arrays(np.bool_, st.tuples(st.integers(1, 12), st.integers(1, 12))))
def test_no_marked_cell_is_lost_and_none_counted_twice(mask: np.ndarray) -> None:
    found = find_regions(join_touching(mask), mask.astype(np.float32), cell_px=1, size_wh=(99, 99))
    assert sum(region.area_px for region in found) == mask.sum()


@given(_grids(0, 1))
def test_the_surest_region_comes_first(scores: np.ndarray) -> None:
    found = find_regions(join_touching(scores > 0.5), scores, cell_px=32, size_wh=(999, 999))
    highest = [region.score for region in found]
    assert highest == sorted(highest, reverse=True)
    assert not highest or highest[0] == scores.max()


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


def _layer(picture: str) -> np.ndarray:
    return np.array([[int(cell) for cell in row] for row in picture.split()], np.int32)


def test_one_layer_is_united_already() -> None:
    layer = _layer("0120 0030")
    assert unite([layer]) is layer


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
    united = unite([_layer(layer) for layer in layers])
    wanted = _layer(expected)
    assert np.array_equal(united > 0, wanted > 0)
    pairs = set(zip(united.ravel().tolist(), wanted.ravel().tolist(), strict=True))
    assert len({a for a, _ in pairs}) == len({b for _, b in pairs}) == len(pairs)


@given(st.lists(arrays(np.int32, (4, 5), elements=st.integers(0, 3)), min_size=2, max_size=4))
def test_cells_of_one_group_stay_in_one_and_no_cell_is_lost(layers: list[np.ndarray]) -> None:
    united = unite(layers)
    assert np.array_equal(united > 0, np.any([layer > 0 for layer in layers], axis=0))
    for layer in layers:
        for number in range(1, 4):
            assert len(set(united[layer == number].tolist())) <= 1
