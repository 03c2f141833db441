"""Drawn concrete: cracks where the mask says, and nowhere else."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from edge.evaluation.synthetic import draw_concrete, draw_tile


def test_a_photo_and_its_mask_have_the_size_asked_for() -> None:
    drawing = draw_concrete((320, 200), seed=1)
    assert drawing.photo.shape == (200, 320, 3)
    assert drawing.photo.dtype == np.uint8
    assert drawing.crack_mask.shape == (200, 320)
    assert drawing.crack_mask.dtype == np.bool_


@pytest.mark.parametrize("crack", [True, False])
def test_the_same_seed_draws_the_same_picture(crack: bool) -> None:
    first, second = (draw_tile(96, seed=5, crack=crack) for _ in range(2))
    assert np.array_equal(first.photo, second.photo)
    assert np.array_equal(first.crack_mask, second.crack_mask)


def test_another_seed_draws_another_picture_of_the_same_structure() -> None:
    first, second = (draw_tile(96, seed=seed, crack=True, look_seed=3) for seed in (5, 6))
    assert not np.array_equal(first.photo, second.photo)
    assert not np.array_equal(first.crack_mask, second.crack_mask)


@pytest.mark.parametrize("seed", range(10))
def test_without_a_crack_the_mask_is_empty(seed: int) -> None:
    assert not draw_tile(64, seed=seed, crack=False).crack_mask.any()
    assert not draw_concrete((200, 150), seed=seed, cracks=0, joints=2).crack_mask.any()


@pytest.mark.parametrize("seed", range(20))
def test_a_crack_crosses_its_tile(seed: int) -> None:
    mask = draw_tile(96, seed=seed, crack=True).crack_mask
    columns, rows = mask.any(axis=0).sum(), mask.any(axis=1).sum()
    assert max(columns, rows) > 96 / 3
    assert mask.mean() < 0.25


@pytest.mark.parametrize("seed", range(20))
def test_cracks_are_darker_than_their_surroundings(seed: int) -> None:
    drawing = draw_tile(128, seed=seed, crack=True)
    grey = drawing.photo.mean(axis=2)
    near = cv2.dilate(drawing.crack_mask.astype(np.uint8), np.ones((21, 21), np.uint8)) > 0
    edge = cv2.dilate(drawing.crack_mask.astype(np.uint8), np.ones((7, 7), np.uint8)) > 0
    assert grey[drawing.crack_mask].mean() < 0.85 * grey[near & ~edge].mean()


@pytest.mark.parametrize("seed", range(5))
def test_concrete_is_warmer_than_grey_so_that_swapped_channels_show(seed: int) -> None:
    red, green, blue = draw_tile(96, seed=seed, crack=False).photo.mean(axis=(0, 1))
    assert red > green > blue


@pytest.mark.parametrize("size_wh", [(0, 100), (100, 15), (-5, -5)])
def test_a_side_too_short_is_refused(size_wh: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="size"):
        draw_concrete(size_wh, seed=1)


def test_negative_counts_and_seeds_and_thin_cracks_are_refused() -> None:
    with pytest.raises(ValueError, match="negative"):
        draw_concrete((64, 64), seed=1, cracks=-1)
    with pytest.raises(ValueError, match="negative"):
        draw_tile(64, seed=-1, crack=False)
    with pytest.raises(ValueError, match="crack_width_px"):
        draw_concrete((64, 64), seed=1, crack_width_px=(6, 2))
