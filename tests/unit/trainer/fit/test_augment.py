"""Variations of a tile: other pixels, the same kind of picture."""

from __future__ import annotations

import numpy as np
import pytest

from edge.evaluation.synthetic import draw_tile
from trainer.fit.augment import augment

TILE = draw_tile(64, seed=3, crack=True).photo


def _vary(seed: int, tile: np.ndarray = TILE) -> np.ndarray:
    return augment(tile, np.random.default_rng(seed))


@pytest.mark.parametrize("seed", range(40))
def test_a_variation_has_the_shape_and_type_of_its_tile(seed: int) -> None:
    varied = _vary(seed)
    assert varied.shape == TILE.shape
    assert varied.dtype == np.uint8
    assert varied.flags["C_CONTIGUOUS"]


def test_the_seed_decides() -> None:
    assert np.array_equal(_vary(1), _vary(1))
    assert len({_vary(seed).tobytes() for seed in range(40)}) == 40


def test_the_tile_handed_in_is_left_as_it_was() -> None:
    tile = TILE.copy()
    for seed in range(40):
        _vary(seed, tile)
    assert np.array_equal(tile, TILE)


def test_a_variation_never_loses_its_contrast() -> None:
    spread = [float(_vary(seed).std()) for seed in range(100)]
    assert min(spread) > TILE.std() / 4


def test_a_tile_of_one_level_comes_back_brighter_and_darker() -> None:
    grey = np.full((32, 32, 3), 128, np.uint8)
    levels = [float(_vary(seed, grey).mean()) for seed in range(100)]
    assert min(levels) < 110
    assert max(levels) > 146
    assert np.mean(levels) == pytest.approx(128, abs=10)


def test_all_eight_ways_of_turning_a_tile_occur() -> None:
    tile = np.zeros((64, 64, 3), np.uint8)
    tile[:32, :32], tile[:32, 32:] = 200, 100  # upper left, then upper right
    places = set()
    for seed in range(200):
        quarters = _vary(seed, tile).reshape(2, 32, 2, 32, 3).mean(axis=(1, 3, 4)).ravel()
        places.add(tuple(np.argsort(quarters)[::-1][:2].tolist()))
    assert places == {(0, 1), (1, 0), (0, 2), (2, 0), (1, 3), (3, 1), (2, 3), (3, 2)}
