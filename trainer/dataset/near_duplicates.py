"""Near-duplicates: pictures that show one spot, taken twice or cut out a few pixels apart.

A data set that does not say which photo a picture was cut from (Özgenel's, for one) still has
them, and a model that has seen one of a pair knows the other.

They are found in two steps. Grey thumbnails of 16 x 16 px are correlated, every picture with every
other in all eight orientations; what correlates is a candidate. A candidate is confirmed where the
fine structure agrees: both pictures at 64 px, high-passed and normalised by their local energy, one
shifted against the other by up to 8 px, normalised cross-correlation (Lewis 1995). Light and slow
gradients cannot confirm a pair, nor can one strong edge, and texture of another spot does not
correlate. The first step sets the limit: of crops shifted by 2 % of the side it finds nearly all,
by 3 % most, by 5 % one in four.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.files.progress import Progress
from edge.photo.preprocess import resize

THUMBNAIL_PX = 64
_COARSE_PX = 16
_COARSE_CORRELATION = 0.8
# Looked at pair by pair on Özgenel's pictures and SDNET2018's: 0.45 and up is one spot, taken
# twice or copied; pictures of different spots stay below 0.35.
NEAR_CORRELATION = 0.45
_SHIFT_PX = 8
_HIGH_PASS_SIGMA = 2.0
_ENERGY_SIGMA = 3.0
_ROWS = 1024  # of the correlation matrix, held at a time
# A picture that so many others resemble is not compared with more of those that it is joined to
# already: n pictures of one spot (a film from a tripod) would make n² / 2 pairs.
MAX_PARTNERS = 20
# A thumbnail flatter than this (grey levels) has nothing to recognise but noise and compression.
_FLAT = 0.5


@dataclass(frozen=True)
class NearDuplicate:
    """Two pictures of one spot, by their places, and how well their fine structure agrees."""

    first: int
    second: int
    correlation: float


def make_thumbnail(photo: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Shrink an RGB picture (H, W, 3) to a grey thumbnail, uint8 (64, 64)."""
    return np.asarray(cv2.cvtColor(resize(photo, (THUMBNAIL_PX, THUMBNAIL_PX)), cv2.COLOR_RGB2GRAY))


def find_near_duplicates(thumbnails: NDArray[np.uint8], progress: Progress) -> list[NearDuplicate]:
    """Find the pairs of pictures that show one spot, exact copies among them.

    Where more than ``MAX_PARTNERS`` pictures show one spot, not all of their pairs are listed, but
    enough to join them (see ``merge_linked``).

    Args:
        thumbnails: uint8 (N, 64, 64), grey.
        progress: takes how far it has come.

    Returns:
        Pairs of places (first < second), the best correlated first.
    """
    shrunk = np.array([_shrink(thumb) for thumb in thumbnails], np.float32)
    coarse = shrunk.reshape(-1, _COARSE_PX, _COARSE_PX)
    known = _normalise(coarse)
    fine = _HighPass(thumbnails)
    near = _PairsFound(len(thumbnails))
    for start in range(0, len(thumbnails), _ROWS):
        rows = coarse[start : start + _ROWS]
        for turn in range(8):
            correlation = _normalise(_orient(rows, turn)) @ known[start:].T
            # Each pair once: in the upper triangle of the matrix.
            candidates = np.triu(correlation > _COARSE_CORRELATION, k=1)
            for row in np.flatnonzero(candidates.any(axis=1)).tolist():
                first = start + row
                seconds = start + np.flatnonzero(candidates[row])
                for second in near.choose_candidates(first, seconds):
                    near.add(first, second, fine.correlate(first, second, turn))
        progress.step("comparing pictures", min(start + _ROWS, len(thumbnails)), len(thumbnails))
    return near.list_pairs()


class _PairsFound:
    """The pairs found so far, how many each picture has and what they join."""

    def __init__(self, count: int) -> None:
        self._best: dict[tuple[int, int], float] = {}
        self._partners = np.zeros(count, np.int64)
        self._joined = np.arange(count)

    def choose_candidates(self, first: int, seconds: NDArray[np.int64]) -> Iterator[int]:
        """Yield those of the candidates that are worth a look."""
        full = self._partners[seconds] >= MAX_PARTNERS
        yield from seconds[~full | (self._joined[seconds] != self._joined[first])].tolist()

    def add(self, first: int, second: int, correlation: float) -> None:
        """Keep a pair that correlates well, in the orientation in which it does so best."""
        if correlation < NEAR_CORRELATION:
            return
        pair = (first, second)
        if pair not in self._best:
            self._partners[[first, second]] += 1
            ours, theirs = self._joined[first], self._joined[second]
            if ours != theirs:
                self._joined[self._joined == theirs] = ours
        self._best[pair] = max(correlation, self._best.get(pair, 0.0))

    def list_pairs(self) -> list[NearDuplicate]:
        """Return the pairs, the best correlated first."""
        pairs = [NearDuplicate(*places, round(value, 4)) for places, value in self._best.items()]
        return sorted(pairs, key=lambda pair: (-pair.correlation, pair.first, pair.second))


class _HighPass:
    """High-passed thumbnails, made when they are first asked for."""

    def __init__(self, thumbnails: NDArray[np.uint8]) -> None:
        self._thumbnails = thumbnails
        self._made: dict[int, NDArray[np.float32]] = {}

    def _of(self, place: int) -> NDArray[np.float32]:
        if place not in self._made:
            thumb = self._thumbnails[place].astype(np.float32)
            detail = thumb - cv2.GaussianBlur(thumb, (0, 0), _HIGH_PASS_SIGMA)
            # Against the detail around it: else two straight edges look alike, whatever they edge.
            power = cv2.GaussianBlur(detail**2, (0, 0), _ENERGY_SIGMA)
            self._made[place] = detail / (np.sqrt(power) + _FLAT)
        return self._made[place]

    def correlate(self, first: int, second: int, turn: int) -> float:
        """Return the best correlation over small shifts, the first picture turned."""
        inner = _orient(self._of(first)[None], turn)[0, _SHIFT_PX:-_SHIFT_PX, _SHIFT_PX:-_SHIFT_PX]
        other = self._of(second)
        found = cv2.matchTemplate(other, np.ascontiguousarray(inner), cv2.TM_CCOEFF_NORMED)
        return float(found.max())


def _shrink(thumb: NDArray[np.uint8]) -> NDArray[np.float32]:
    small = cv2.resize(thumb, (_COARSE_PX,) * 2, interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.float32)


def _normalise(pictures: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return (N, 256) of mean 0 and length 1; flat pictures become 0 and resemble nothing."""
    flat = pictures.reshape(len(pictures), _COARSE_PX**2)
    flat = flat - flat.mean(axis=1, keepdims=True)
    length = np.linalg.norm(flat, axis=1, keepdims=True)
    return np.where(length > _FLAT * _COARSE_PX, flat / np.maximum(length, 1e-6), 0)


def _orient(pictures: NDArray[np.float32], turn: int) -> NDArray[np.float32]:
    """Turn pictures (N, H, W) into one of the eight orientations of a square."""
    turned = np.rot90(pictures, turn % 4, axes=(1, 2))
    return turned[:, :, ::-1] if turn >= 4 else turned
