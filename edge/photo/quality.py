"""How much of a photo nobody could judge: blurred, dark or washed out, by small samples of it.

Detail is measured by second differences: how far a px lies from the mean of the two beside it, at
a distance of l px. On what is blurred they fall with the fourth power of l, because a smooth curve
bends little on a short way; sharp concrete is rough at every size. So the ratio of the squares at
l and 2 l tells a blurred surface (1/16) from a sharp one (1/8 and more), however rough it is.
Movement wipes out detail along its way only, so each direction is measured on its own, and
directions that cross are compared.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.photo.facts import Quality
from edge.photo.source import PhotoSource

_Stack = NDArray[np.float32]  # (N, side, side)
_Directed = NDArray[np.float64]  # (N, 4), in the order of _DIRECTIONS

# Samples: at most so many across and down, of this side. They take 4 ms of a photo.
_COLUMNS, _ROWS = 9, 7
_SAMPLE_PX = 128
# A smaller sample does not hold enough detail to be judged.
_LEAST_PX = 64

# Levels, 0 to 255, of nearly all px of a sample or of half of them. The default model's recall on
# tiles of SDNET2018, 0.94, falls to 0.78 where their light is shrunk to a fifth, which takes nine
# in ten samples below this level, and to 0.75 where it is stretched by 1.6, which takes eight in
# ten above.
_DARK_LEVEL, _DARK_SHARE = 40, 0.95
_BRIGHT_LEVEL, _BRIGHT_SHARE = 250, 0.5

# Measured on 308 pictures of concrete and of the ground, as they are and blurred, with noise and
# as JPEG of quality 50 to 95. The recall of above is 0.41 at a sigma of 3 px. There the ratio in
# the smoothest direction is 0.087 or less on 99 % of the samples, and 0.095 or more on 99 % of the
# sharp ones.
_SMOOTH_RATIO = 0.092
# Detail along a movement as a share of that across it: 0.14 or more on 99 % of the sharp samples,
# less on two thirds of those moved by 15 px and nearly all of those moved by 30.
_MOVED_RATIO = 0.14
# Detail at half size as a share of that at a quarter: 0.32 or more on 99 % of the sharp samples.
_LOST_RATIO = 0.25
# Of the squares that white noise gives at full size, the share that it gives at half size; at
# twice the distance there are three times as much.
_NOISE_SHARE = 0.0102
# What rounding and JPEG leave in the squares of a flat surface, levels squared.
_FLOOR = 0.12
# Detail at twice the distance that is needed to judge: levels squared, and times the noise.
_LEAST_DETAIL, _LEAST_TIMES = 2.0, 8.0
# The share of samples that must be judged to speak for the photo.
_LEAST_JUDGED = 0.05

_DIRECTIONS = ((0, 1), (1, 0), (1, 1), (1, -1))  # steps down and right
_PARTS = 4  # of a sample, along each side


@dataclass(frozen=True)
class _Detail:
    """Squared second differences of samples in four directions, the noise taken off, (N, 4).

    Attributes:
        near: at a distance of one px.
        far: at a distance of two.
        common_near: near, as half of the parts of a sample have it at least.
        can_judge: whether there is enough detail to tell.
    """

    near: _Directed
    far: _Directed
    common_near: _Directed
    can_judge: NDArray[np.bool_]


def judge_quality(source: PhotoSource, *, has_margins: bool = False) -> Quality:
    """Judge a photo by samples spread over it; not more than 63, however large it is.

    What is neither dark nor bright is blurred by the share of blurred samples among those that
    have enough detail to tell, not at all where none has: sky or fresh paint says nothing. A blur
    of a sigma below 2 px passes, and so may a larger one under strong noise or in a JPEG of low
    quality.

    Args:
        source: the photo.
        has_margins: whether it may have parts without a picture, as orthophotos do: samples that
            are all black or all white are left out.

    Raises:
        PhotoError: a part of the photo cannot be read.
    """
    samples = np.stack(list(_read_samples(source)))
    half = _halve(samples)
    if has_margins:
        holds = np.ptp(samples.reshape(len(samples), -1), axis=1) > 0
        samples, half = samples[holds], half[holds]
        if not len(samples):
            return Quality()
    dark = (half < _DARK_LEVEL).mean(axis=(1, 2)) >= _DARK_SHARE
    bright = (half >= _BRIGHT_LEVEL).mean(axis=(1, 2)) >= _BRIGHT_SHARE
    lit = ~(dark | bright)
    blurred = _share_blurred(samples[lit], half[lit]) * float(lit.mean())
    return Quality(blurred, float(dark.mean()), float(bright.mean()))


def _read_samples(source: PhotoSource) -> Iterator[NDArray[np.uint8]]:
    """Yield grey boxes (side, side) spread evenly over a photo."""
    width, height = source.size_wh
    side = min(_SAMPLE_PX, width, height)
    for top in _spread(height, side, _ROWS):
        for left in _spread(width, side, _COLUMNS):
            box = source.read(left, top, left + side, top + side)
            yield np.asarray(cv2.cvtColor(box, cv2.COLOR_RGB2GRAY), np.uint8)


def _spread(length: int, side: int, most: int) -> list[int]:
    """Return where boxes begin that lie evenly on a length and do not overlap."""
    count = max(1, min(most, length // side))
    gap = (length - count * side) / count
    return [int((side + gap) * n + gap / 2) for n in range(count)]


def _halve(stack: NDArray[np.uint8] | _Stack) -> _Stack:
    """Shrink samples by two; a stack is one tall picture to OpenCV."""
    count, side = stack.shape[:2]
    if side < 2:
        return stack.astype(np.float32)
    even = np.ascontiguousarray(stack[:, : side // 2 * 2, : side // 2 * 2], np.float32)
    tall = even.reshape(-1, even.shape[2])
    half = cv2.resize(tall, (side // 2, count * (side // 2)), interpolation=cv2.INTER_AREA)
    return np.asarray(half, np.float32).reshape(count, side // 2, side // 2)


def _share_blurred(samples: NDArray[np.uint8], half: _Stack) -> float:
    """Return the share of blurred samples among those with enough detail to tell.

    Args:
        samples: uint8 (N, side, side), grey.
        half: the same at half size.
    """
    if not len(samples) or samples.shape[1] < _LEAST_PX:
        return 0.0
    floor = (_FLOOR + _NOISE_SHARE * _measure_noise(samples))[:, None]
    detail = _measure_detail(half, floor)
    coarse = _measure_detail(_halve(half), floor / 4).far.mean(axis=1)
    # Blurred so far that detail begins at the next size only.
    lost = detail.far.mean(axis=1) < _LOST_RATIO * coarse
    lost &= coarse >= _LEAST_DETAIL / _LOST_RATIO
    judged = lost | (detail.can_judge.sum(axis=1) >= 2)
    blurred = lost | _find_smooth(detail) | _find_moved(detail)
    # A sample or two that can be judged do not speak for all the others.
    return float((blurred & judged).sum() / max(judged.sum(), _LEAST_JUDGED * len(samples)))


def _measure_noise(samples: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Return the squares (N,) of neighbouring px in the middle of samples: noise and detail."""
    third = samples.shape[1] // 3
    middle = samples[:, third:-third, third:-third].astype(np.float32)
    return np.asarray(_square_differences(middle, 1).mean(axis=(1, 2)), np.float64)


def _find_smooth(detail: _Detail) -> NDArray[np.bool_]:
    ratio = np.where(detail.can_judge, detail.near / np.maximum(detail.far, 1e-6), np.inf)
    return np.asarray(ratio.min(axis=1) < _SMOOTH_RATIO, np.bool_)


def _find_moved(detail: _Detail) -> NDArray[np.bool_]:
    moved = np.zeros(len(detail.near), np.bool_)
    for along, across in ((0, 1), (1, 0), (2, 3), (3, 2)):
        # Not the mean, so that a joint or an edge alone is not taken for a movement.
        moved |= detail.near[:, along] < _MOVED_RATIO * detail.common_near[:, across]
    return moved


def _measure_detail(stack: _Stack, floor: NDArray[np.float64]) -> _Detail:
    tall = cv2.GaussianBlur(stack.reshape(-1, stack.shape[2]), (3, 3), 0)
    soft = np.asarray(tall, np.float32).reshape(stack.shape)
    inside = soft[:, 1:-1, 1:-1]  # beyond lies the next sample
    parts = _square_differences(inside, 1)
    near = np.maximum(parts.mean(axis=2) - floor, 0)
    far = _square_differences(inside, 2).mean(axis=2) - 3 * floor
    common = np.maximum(np.sort(parts, axis=2)[:, :, parts.shape[2] // 2 - 1] - floor, 0)
    can_judge = (far >= _LEAST_DETAIL) & (far >= _LEAST_TIMES * floor)
    return _Detail(near, far, common, can_judge)


def _square_differences(stack: _Stack, distance: int) -> NDArray[np.float64]:
    """Return mean squares of second differences, (N, 4 directions, 16 parts of a sample)."""
    side = (stack.shape[1] - 4) // _PARTS * _PARTS
    squares = []
    for down, right in _DIRECTIONS:
        middle, before, after = (
            stack[:, 2 + dy : 2 + dy + side, 2 + dx : 2 + dx + side]
            for n in (0, -distance, distance)
            for dy, dx in [(n * down, n * right)]
        )
        bend = 2 * middle
        bend -= before
        bend -= after
        bend *= bend
        tall = bend.reshape(-1, side)
        means = cv2.resize(tall, (_PARTS, _PARTS * len(stack)), interpolation=cv2.INTER_AREA)
        squares.append(np.asarray(means, np.float64).reshape(-1, _PARTS**2))
    return np.stack(squares, axis=1)
