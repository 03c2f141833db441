"""Pictures of one spot are found, pictures of others are not; looks gather what is alike."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from edge.evaluation.synthetic import draw_concrete, draw_tile
from edge.files.progress import Silent
from tests.unit.fakes import Remembering
from trainer.likeness import (
    LOOK_NUMBERS,
    MAX_PARTNERS,
    NEAR_CORRELATION,
    cluster_looks,
    describe_look,
    find_near_pairs,
    join_linked,
    make_thumb,
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
    thumbs = np.stack([make_thumb(np.ascontiguousarray(picture)) for picture in pictures])
    return [(pair.first, pair.second) for pair in find_near_pairs(thumbs, Silent())]


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
    thumbs = np.stack([make_thumb(picture) for picture in pictures])
    pairs = find_near_pairs(thumbs, Silent())
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
        make_thumb(draw_tile(_SIDE_PX, seed=seed, crack=True).photo).astype(int)
        + rng.integers(-3, 4, (count, 64, 64))
        for seed in (1, 2)
    ]
    thumbs = np.asarray(np.clip(np.concatenate(films), 0, 255), np.uint8)
    pairs = find_near_pairs(thumbs, Silent())
    assert len(pairs) <= 2 * count * MAX_PARTNERS
    joined = join_linked(2 * count, [(pair.first, pair.second) for pair in pairs])
    assert Counter(joined) == {0: count, count: count}


def test_no_pictures_have_no_pairs() -> None:
    assert find_near_pairs(np.empty((0, 64, 64), np.uint8), Silent()) == []


def test_the_progress_ends_with_all_pictures() -> None:
    progress = Remembering()
    find_near_pairs(np.zeros((5, 64, 64), np.uint8), progress)
    assert progress.steps[-1][1:] == (5, 5)


def test_looks_of_one_structure_gather() -> None:
    # Two structures as unlike as two days: a dark warm one and a bright cold one.
    tones = ((0.55, 0.5, 0.42), (1.0, 1.05, 1.15))
    looks = [
        describe_look(
            np.asarray(
                np.clip(draw_tile(96, seed=seed, crack=False, look_seed=5).photo * tone, 0, 255),
                np.uint8,
            )
        )
        for tone in tones
        for seed in range(8)
    ]
    assert {look.shape for look in looks} == {(LOOK_NUMBERS,)}
    numbers = cluster_looks(np.stack(looks), 2, seed=0)
    assert len(set(numbers[:8].tolist())) == len(set(numbers[8:].tolist())) == 1
    assert numbers[0] != numbers[8]
    assert np.array_equal(numbers, cluster_looks(np.stack(looks), 2, seed=0))


def test_looks_without_any_difference_can_be_clustered() -> None:
    numbers = cluster_looks(np.ones((4, LOOK_NUMBERS), np.float32), 2, seed=0)
    assert numbers.shape == (4,)


_LINKS = st.lists(st.tuples(st.integers(0, 19), st.integers(0, 19)), max_size=30)


@given(_LINKS)
def test_linked_places_get_the_smallest_of_their_places(links: list[tuple[int, int]]) -> None:
    joined = join_linked(20, links)
    assert all(joined[a] == joined[b] for a, b in links)
    assert all(joined[first] == first <= place for place, first in enumerate(joined))
    # Nothing else is joined: n places and f links that join something make n - f sets.
    neighbours = {place: {place} for place in range(20)}
    for a, b in links:
        union = neighbours[a] | neighbours[b]
        for place in union:
            neighbours[place] = union
    assert [min(neighbours[place]) for place in range(20)] == joined
