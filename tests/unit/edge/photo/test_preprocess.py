"""The one resize."""

from __future__ import annotations

import numpy as np
import pytest

from edge.photo.preprocess import resize, to_tile


def _noise(height: int, width: int) -> np.ndarray:
    return np.random.default_rng(3).integers(0, 256, (height, width, 3), dtype=np.uint8)


def test_a_picture_of_the_right_size_is_untouched() -> None:
    picture = _noise(48, 64)
    assert np.array_equal(resize(picture, (64, 48)), picture)
    assert np.array_equal(to_tile(picture[:, :48], 48), picture[:, :48])


@pytest.mark.parametrize("size_wh", [(10, 20), (200, 100), (64, 100), (1, 1)])
def test_width_and_height_are_those_asked_for(size_wh: tuple[int, int]) -> None:
    resized = resize(_noise(48, 64), size_wh)
    assert resized.shape == (size_wh[1], size_wh[0], 3)
    assert resized.dtype == np.uint8


def test_shrinking_averages_areas_so_that_a_hairline_only_fades() -> None:
    picture = np.full((64, 64, 3), 200, np.uint8)
    picture[:, 33] = 0
    shrunk = resize(picture, (16, 16))
    assert np.all(shrunk[:, 8] == 150)
    assert np.all(np.delete(shrunk, 8, axis=1) == 200)


def test_enlarging_invents_no_new_levels() -> None:
    picture = np.zeros((4, 4, 3), np.uint8)
    picture[:, 2:] = 100
    enlarged = resize(picture, (32, 32))
    assert enlarged.min() == 0
    assert enlarged.max() == 100
    assert np.all(np.diff(enlarged[0, :, 0].astype(int)) >= 0)


def test_a_tile_is_the_whole_picture_not_a_part() -> None:
    picture = np.zeros((90, 60, 3), np.uint8)
    picture[:, :30] = 255
    picture[80:] = 128
    tile = to_tile(picture, 32)
    assert tile.shape == (32, 32, 3)
    assert (tile[5, 2, 0], tile[5, 29, 0], tile[31, 15, 0]) == (255, 0, 128)


def test_channels_keep_their_order() -> None:
    picture = np.full((20, 20, 3), (200, 100, 0), np.uint8)
    assert np.array_equal(to_tile(picture, 7)[3, 3], (200, 100, 0))
