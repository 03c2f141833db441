"""The windows of a scan come out where they were, with the scores that they had."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from edge.detect.grid import Grid
from edge.detect.photo_scan import scan_photo
from edge.detect.settings import ScanSettings
from edge.detect.window_grid import (
    WindowGrid,
    box_of,
    find_peaks,
    lay_windows,
    pick,
    widen,
)
from edge.model.logits import sigmoid
from edge.photo.source import LoadedPhoto
from edge.photo.tiling import Box
from tests.unit.fakes import DarknessScorer, darkness, draw_wall, make_card

DENSE = ScanSettings(threshold=0.5)


def lay_scan(photo: NDArray[np.uint8], **changes: object) -> list[WindowGrid]:
    given_ = ScanSettings(**({"threshold": 0.5} | changes))  # type: ignore[arg-type]
    scorer = DarknessScorer()
    found = scan_photo(scorer, LoadedPhoto(photo), given_)
    return lay_windows(found.grids, found.size_wh, scorer.card, given_)


def lay_scores(scores: NDArray[np.float32], side: int = 64, stride: int = 32) -> WindowGrid:
    tops, lefts = (np.arange(count, dtype=np.int64) * stride for count in scores.shape)
    return WindowGrid(scores, tops, lefts, side)


def boxes_of(windows: WindowGrid, size_wh: tuple[int, int]) -> list[Box]:
    rows, columns = windows.scores.shape
    return [box_of(windows, row, col, size_wh) for row in range(rows) for col in range(columns)]


def test_a_window_has_the_score_of_the_px_in_its_box() -> None:
    photo = draw_wall((320, 256), (96, 64, 160, 128), (0, 200, 30, 256))
    (windows,) = lay_scan(photo)
    assert windows.side == 64
    for place, (left, top, right, bottom) in enumerate(boxes_of(windows, (320, 256))):
        row, column = divmod(place, windows.scores.shape[1])
        expected = sigmoid(darkness(photo[top:bottom, left:right]).mean())
        assert windows.scores[row, column] == pytest.approx(float(expected), abs=1e-5)


def test_each_scale_has_windows_of_its_own_size_on_the_photo() -> None:
    windows = lay_scan(draw_wall((320, 256)), scales=(0.5, 1.0))
    assert [one.side for one in windows] == [64, 128]


@pytest.mark.parametrize("overlap", [0.0, 0.5])
def test_a_tile_of_the_tiles_mode_has_its_own_score(overlap: float) -> None:
    photo = draw_wall((200, 150), (64, 64, 128, 128))
    (windows,) = lay_scan(photo, view="tile", overlap=overlap)
    boxes = boxes_of(windows, (200, 150))
    assert (136, 86, 200, 150) in boxes  # the last one is moved back
    for place, (left, top, right, bottom) in enumerate(boxes):
        score = windows.scores.ravel()[place]
        own = float(sigmoid(darkness(photo[top:bottom, left:right]).mean()))
        assert score >= own - 1e-6
        if (left, top) == (64, 64):
            assert score == pytest.approx(own)


@settings(max_examples=25, deadline=None)
@given(
    width=st.integers(20, 300),
    height=st.integers(20, 300),
    view=st.sampled_from(["dense", "tile"]),
    scale=st.sampled_from([0.3, 0.5, 1.0, 1.7]),
)
def test_every_window_lies_inside_the_photo(
    width: int, height: int, view: str, scale: float
) -> None:
    photo = draw_wall((width, height), (0, 0, 10, 10))
    (windows,) = lay_scan(photo, view=view, scales=(scale,), overlap=0.3)
    for left, top, right, bottom in boxes_of(windows, (width, height)):
        assert 0 <= left < right <= width
        assert 0 <= top < bottom <= height


def test_grids_of_another_model_are_no_windows() -> None:
    grid = Grid("cell_logits", 32.0, np.zeros((1, 5), np.float32))
    with pytest.raises(ValueError, match="fewer than a window"):
        lay_windows([grid], (160, 32), make_card(), DENSE)


def test_a_missing_grid_is_an_error() -> None:
    with pytest.raises(ValueError, match="zip"):
        lay_windows([], (160, 160), make_card(), DENSE)


def test_beside_a_window_lies_what_shares_more_than_half_of_it() -> None:
    scores = np.zeros((5, 5), np.float32)
    scores[2, 2] = 1
    near = widen(lay_scores(scores, side=128), scores == 1)
    assert near[1:4, 1:4].all()  # across the corner it is 0.75 * 0.75
    assert near.sum() == 9  # two beside it is 0.5
    near = widen(lay_scores(scores, side=160), scores == 1)
    assert near[2, 4]  # 0.6
    assert not near[1, 4]  # 0.8 * 0.6


def test_a_peak_is_what_nothing_higher_lies_on() -> None:
    scores = np.zeros((1, 9), np.float32)
    scores[0] = (0.1, 0.5, 0.9, 0.6, 0.2, 0.1, 0.1, 0.3, 0.1)
    peaks = find_peaks(lay_scores(scores, side=96))
    assert np.flatnonzero(peaks[0]).tolist() == [2, 7]


@settings(max_examples=50, deadline=None)
@given(seed=st.integers(0, 1000), stride=st.integers(10, 64), most=st.integers(1, 40))
def test_what_is_picked_shares_no_more_than_half(seed: int, stride: int, most: int) -> None:
    scores = np.random.default_rng(seed).random((6, 7), np.float32)
    windows = lay_scores(scores, stride=stride)
    picked = list(pick(windows, scores > 0.2, np.argsort(-scores, axis=None), most))
    assert 1 <= len(picked) <= most
    assert all(scores[place] > 0.2 for place in picked)
    for n, (row, column) in enumerate(picked):
        for other_row, other_column in picked[:n]:
            down, across = abs(row - other_row) * stride, abs(column - other_column) * stride
            assert max(0, 64 - down) * max(0, 64 - across) <= 64 * 64 / 2
