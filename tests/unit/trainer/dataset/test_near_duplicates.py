"""Pictures of one spot are found, pictures of others are not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from edge.evaluation.synthetic import draw_concrete, draw_tile
from edge.files.progress import Silent
from tests.unit.fakes import Remembering
from trainer.dataset.disjoint_sets import merge_linked
from trainer.dataset.near_duplicates import (
    MAX_PARTNERS,
    NEAR_CORRELATION,
    find_near_duplicates,
    make_thumbnail,
)

_Picture = NDArray[np.uint8]
_SIDE_PX = 224


def _draw_wall() -> _Picture:
    """Draw a piece of wall, larger than a picture, with a crack across it."""
    return draw_concrete((300, 300), seed=3, cracks=1, joints=0).photo


def _cut(wall: _Picture, left: int = 30, top: int = 30) -> _Picture:
    return wall[top : top + _SIDE_PX, left : left + _SIDE_PX]


def _encode_again(picture: _Picture) -> _Picture:
    _, data = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 60])
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)


def _darken(picture: _Picture) -> _Picture:
    return np.asarray(np.clip(picture * 0.75 - 10, 0, 255), np.uint8)


def _pairs(pictures: Sequence[_Picture]) -> list[tuple[int, int]]:
    thumbs = np.stack([make_thumbnail(np.ascontiguousarray(picture)) for picture in pictures])
    return [(pair.first, pair.second) for pair in find_near_duplicates(thumbs, Silent())]


@pytest.mark.parametrize(
    "change",
    [
        lambda picture: picture,
        _encode_again,
        _darken,
        np.rot90,
        lambda picture: np.rot90(picture, 2),
        lambda picture: np.rot90(picture, 3),
        lambda picture: picture[:, ::-1],
        lambda picture: np.rot90(picture[::-1]),
        lambda picture: cv2.resize(picture, (150, 150), interpolation=cv2.INTER_AREA),
    ],
    ids=["copy", "encoded", "darker", "90", "180", "270", "mirrored", "transposed", "smaller"],
)
def test_a_changed_picture_is_still_of_the_same_spot(
    change: Callable[[_Picture], _Picture],
) -> None:
    picture = _cut(_draw_wall())
    other = draw_tile(_SIDE_PX, seed=8, crack=True).photo
    assert _pairs([picture, other, change(picture)]) == [(0, 2)]
    assert _pairs([change(picture), picture]) == [(0, 1)]


@pytest.mark.parametrize("shift_px", [(8, 0), (0, -4), (-3, 3)])
def test_a_picture_cut_out_some_pixels_apart_is_of_the_same_spot(shift_px: tuple[int, int]) -> None:
    wall = _draw_wall()
    assert _pairs([_cut(wall), _cut(wall, 30 + shift_px[0], 30 + shift_px[1])]) == [(0, 1)]


def test_other_pieces_of_the_same_structure_are_other_spots() -> None:
    pictures = [
        draw_tile(_SIDE_PX, seed=seed, crack=seed % 2 == 0, look_seed=1).photo for seed in range(24)
    ]
    assert _pairs(pictures) == []


def test_flat_pictures_resemble_nothing() -> None:
    flat = [np.full((64, 64, 3), level, np.uint8) for level in (0, 120, 120, 255)]
    noisy = np.random.default_rng(0).integers(118, 122, (2, 224, 224, 3)).astype(np.uint8)
    assert _pairs([*flat, *noisy]) == []


def test_the_best_correlated_pair_comes_first_and_each_comes_once() -> None:
    wall = _draw_wall()
    pictures = [_cut(wall), _darken(_encode_again(_cut(wall, 34, 33))), _cut(wall)]
    thumbs = np.stack([make_thumbnail(picture) for picture in pictures])
    pairs = find_near_duplicates(thumbs, Silent())
    assert (pairs[0].first, pairs[0].second) == (0, 2)
    assert pairs[0].correlation == pytest.approx(1, abs=1e-3)
    assert {(pair.first, pair.second) for pair in pairs} == {(0, 1), (0, 2), (1, 2)}
    assert len(pairs) == 3
    correlations = [pair.correlation for pair in pairs]
    assert correlations == sorted(correlations, reverse=True)
    assert min(correlations) >= NEAR_CORRELATION


def test_many_pictures_of_one_spot_do_not_make_all_their_pairs_but_stay_joined() -> None:
    rng = np.random.default_rng(0)
    count = 10 * MAX_PARTNERS
    films = [
        make_thumbnail(draw_tile(_SIDE_PX, seed=seed, crack=True).photo).astype(int)
        + rng.integers(-3, 4, (count, 64, 64))
        for seed in (1, 2)
    ]
    thumbs = np.asarray(np.clip(np.concatenate(films), 0, 255), np.uint8)
    pairs = find_near_duplicates(thumbs, Silent())
    assert len(pairs) <= 2 * count * MAX_PARTNERS
    joined = merge_linked(2 * count, [(pair.first, pair.second) for pair in pairs])
    assert Counter(joined) == {0: count, count: count}


def test_no_pictures_have_no_pairs() -> None:
    assert find_near_duplicates(np.empty((0, 64, 64), np.uint8), Silent()) == []


def test_the_progress_ends_with_all_pictures() -> None:
    progress = Remembering()
    find_near_duplicates(np.zeros((5, 64, 64), np.uint8), progress)
    assert progress.steps[-1][1:] == (5, 5)
