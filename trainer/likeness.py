"""Pictures that show the same, or come from the same photo: near-duplicates and looks.

A data set that does not say which photo a picture was cut from (Özgenel's, for one) still has
pictures of one spot, taken twice or cut out a few pixels apart. A model that has seen one of them
knows the other.

- **Near-duplicates** are found in two steps. Grey thumbnails of 16 x 16 px are correlated, every
  picture with every other in all eight orientations; what correlates is a candidate. A candidate
  is confirmed where the fine structure agrees: both pictures at 64 px, high-passed and evened out,
  one shifted against the other by up to 8 px, normalised cross-correlation (Lewis 1995). Light and
  slow gradients cannot confirm a pair, nor can one strong edge, and texture of another spot does
  not correlate. The first step sets the limit: of crops shifted by 2 % of the side it finds nearly
  all, by 3 % most, by 5 % one in four.
- **Looks** are colour and texture of a picture as 33 numbers. Clustered by k-means (Arthur &
  Vassilvitskii 2007), pictures of one photo, which share its light and its concrete, mostly come
  to lie together, though not always: ``trainer/split.py`` keeps clusters whole where nothing
  better is known.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.files.progress import Progress
from edge.photo.preprocess import resize

THUMB_PX = 64
_COARSE_PX = 16
_COARSE_CORRELATION = 0.8
# Looked at pair by pair on Özgenel's pictures and SDNET2018's: 0.45 and up is one spot, taken
# twice or copied; pictures of different spots stay below 0.35.
NEAR_CORRELATION = 0.45
_SHIFT_PX = 8
_HIGH_PASS_SIGMA = 2.0
_EVEN_SIGMA = 3.0
_ROWS = 1024  # of the correlation matrix, held at a time
# A picture that so many others resemble is not compared with more of those that it is joined to
# already: n pictures of one spot (a film from a tripod) would make n² / 2 pairs.
MAX_PARTNERS = 20
# A thumbnail flatter than this (grey levels) has nothing to recognise but noise and compression.
_FLAT = 0.5

LOOK_NUMBERS = 33
_LOOK_PX = 224
_LOOK_GRID_PX = 28
_LOOK_OCTAVES = 4
_CLUSTER_ROUNDS = 50


@dataclass(frozen=True)
class NearPair:
    """Two pictures of one spot, by their places, and how well their fine structure agrees."""

    first: int
    second: int
    correlation: float


def make_thumb(photo: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Shrink an RGB picture (H, W, 3) to a grey thumbnail, uint8 (64, 64)."""
    return np.asarray(cv2.cvtColor(resize(photo, (THUMB_PX, THUMB_PX)), cv2.COLOR_RGB2GRAY))


def describe_look(photo: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Describe colour and texture of an RGB picture (H, W, 3) as float32 (33,).

    For L, a and b: three percentiles of the smoothed picture, and of each octave of its Laplacian
    pyramid (Burt & Adelson 1983) the logarithms of median and spread.
    """
    lab = cv2.cvtColor(resize(photo, (_LOOK_PX, _LOOK_PX)), cv2.COLOR_RGB2LAB)
    look: list[float] = []
    for channel in cv2.split(lab.astype(np.float32)):
        plane = channel
        smooth = cv2.resize(plane, (_LOOK_GRID_PX,) * 2, interpolation=cv2.INTER_AREA)
        look += np.percentile(smooth, (10, 50, 90)).tolist()
        for _ in range(_LOOK_OCTAVES):
            lower = cv2.pyrDown(plane)
            detail = plane - cv2.pyrUp(lower, dstsize=plane.shape[::-1])
            look += [np.log(np.median(np.abs(detail)) + 0.1), np.log(detail.std() + 0.1)]
            plane = lower
    return np.array(look, np.float32)


def find_near_pairs(thumbs: NDArray[np.uint8], progress: Progress) -> list[NearPair]:
    """Find the pairs of pictures that show one spot, exact copies among them.

    Where more than ``MAX_PARTNERS`` pictures show one spot, not all of their pairs are listed, but
    enough to join them (see ``join_linked``).

    Args:
        thumbs: uint8 (N, 64, 64), grey.
        progress: told how far it has come.

    Returns:
        Pairs of places (first < second), the best correlated first.
    """
    shrunk = np.array([_shrink(thumb) for thumb in thumbs], np.float32)
    coarse = shrunk.reshape(-1, _COARSE_PX, _COARSE_PX)
    known = _normalise(coarse)
    fine = _FineStructure(thumbs)
    near = _NearPairs(len(thumbs))
    for start in range(0, len(thumbs), _ROWS):
        rows = coarse[start : start + _ROWS]
        for turn in range(8):
            correlation = _normalise(_turn(rows, turn)) @ known[start:].T
            # Each pair once: in the upper triangle of the matrix.
            candidates = np.triu(correlation > _COARSE_CORRELATION, k=1)
            for row in np.flatnonzero(candidates.any(axis=1)).tolist():
                first = start + row
                seconds = start + np.flatnonzero(candidates[row])
                for second in near.choose_open(first, seconds):
                    near.add(first, second, fine.correlate(first, second, turn))
        progress.step("comparing pictures", min(start + _ROWS, len(thumbs)), len(thumbs))
    return near.list_pairs()


class _NearPairs:
    """The pairs found so far, how many each picture has and what they join."""

    def __init__(self, count: int) -> None:
        self._best: dict[tuple[int, int], float] = {}
        self._partners = np.zeros(count, np.int64)
        self._joined = np.arange(count)

    def choose_open(self, first: int, seconds: NDArray[np.int64]) -> Iterator[int]:
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

    def list_pairs(self) -> list[NearPair]:
        """Return the pairs, the best correlated first."""
        pairs = [NearPair(*places, round(value, 4)) for places, value in self._best.items()]
        return sorted(pairs, key=lambda pair: (-pair.correlation, pair.first, pair.second))


class _FineStructure:
    """High-passed thumbnails, made when they are first asked for."""

    def __init__(self, thumbs: NDArray[np.uint8]) -> None:
        self._thumbs = thumbs
        self._made: dict[int, NDArray[np.float32]] = {}

    def _of(self, place: int) -> NDArray[np.float32]:
        if place not in self._made:
            thumb = self._thumbs[place].astype(np.float32)
            detail = thumb - cv2.GaussianBlur(thumb, (0, 0), _HIGH_PASS_SIGMA)
            # Against the detail around it: else two straight edges look alike, whatever they edge.
            power = cv2.GaussianBlur(detail**2, (0, 0), _EVEN_SIGMA)
            self._made[place] = detail / (np.sqrt(power) + _FLAT)
        return self._made[place]

    def correlate(self, first: int, second: int, turn: int) -> float:
        """Return the best correlation over small shifts, the first picture turned."""
        inner = _turn(self._of(first)[None], turn)[0, _SHIFT_PX:-_SHIFT_PX, _SHIFT_PX:-_SHIFT_PX]
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


def _turn(pictures: NDArray[np.float32], turn: int) -> NDArray[np.float32]:
    """Turn pictures (N, H, W) into one of the eight orientations of a square."""
    turned = np.rot90(pictures, turn % 4, axes=(1, 2))
    return turned[:, :, ::-1] if turn >= 4 else turned


def cluster_looks(looks: NDArray[np.float32], clusters: int, *, seed: int) -> NDArray[np.int64]:
    """Gather pictures of like colour and texture.

    Args:
        looks: float32 (N, 33), see ``describe_look``.
        clusters: how many, at most N.
        seed: of the first centres.

    Returns:
        int64 (N,), the number of each picture's cluster.
    """
    spread = looks.std(axis=0)
    scaled = (looks - looks.mean(axis=0)) / np.where(spread > 0, spread, 1)
    cv2.setRNGSeed(seed)
    ends = (cv2.TERM_CRITERIA_EPS + cv2.TERM_CRITERIA_MAX_ITER, _CLUSTER_ROUNDS, 1e-3)
    places = np.zeros((len(looks), 1), np.int32)  # only to be written to
    _, numbers, _ = cv2.kmeans(
        scaled.astype(np.float32), clusters, places, ends, 1, cv2.KMEANS_PP_CENTERS
    )
    return np.asarray(numbers[:, 0], np.int64)


def join_linked(count: int, links: Sequence[tuple[int, int]]) -> list[int]:
    """Return for each of ``count`` places the smallest place that it is linked to (union-find)."""
    parent = list(range(count))

    def find(place: int) -> int:
        while parent[place] != place:
            parent[place] = parent[parent[place]]
            place = parent[place]
        return place

    for first, second in links:
        low, high = sorted((find(first), find(second)))
        parent[high] = low
    return [find(place) for place in range(count)]
