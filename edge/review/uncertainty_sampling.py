"""Which windows of a scan a person should label: those that the model doubts, and a few others."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from edge.detect.triage import Thresholds
from edge.detect.window_grid import WindowGrid, box_of, find_peaks, pick, widen
from edge.photo.tiling import Box

Why = Literal["to review", "just below", "control crack", "control clear"]
WHYS: tuple[Why, ...] = ("to review", "just below", "control crack", "control clear")
_CONTROLS: tuple[Why, ...] = ("control crack", "control clear")

# Of all windows, how many are controls of each kind, and how many of the others may be to review
# where there are enough just below: what is missed is seen nowhere else.
_CONTROL_SHARE = 0.05
_REVIEW_SHARE = 2 / 3
# Plainly cracked is what has so many times the odds of the threshold; plainly clear is what lies
# below the threshold and among this share of its photo's windows, those with the lowest scores.
_CRACK_ODDS, _CLEAR_SHARE = 3.0, 0.1
# A photo gives at most so many times its even share, and so many times that if others give less.
_SHARES, _MORE_SHARES = 2, 4
# So many of each kind are kept of a photo at least, to choose from.
_LEAST_KEPT = 8


@dataclass(frozen=True)
class Window:
    """A window of a photo to be labelled.

    Attributes:
        photo: its name in the scan.
        xyxy: left, upper, right and lower side, px.
        score: crack probability.
        why: what it was chosen for.
    """

    photo: str
    xyxy: Box
    score: float
    why: Why


def list_candidates(
    photo: str,
    window_grids: Sequence[WindowGrid],
    size_wh: tuple[int, int],
    thresholds: Thresholds,
    *,
    most: int,
    rng: np.random.Generator,
) -> list[Window]:
    """List windows of a photo that are worth a label, the best of each kind first.

    To review are windows between the thresholds, just below are those under the lower one; both
    are peaks, not the flank of something higher. Controls are drawn by chance.

    Args:
        photo: its name.
        window_grids: its windows.
        size_wh: its size, px.
        thresholds: of the scan.
        most: windows of each kind and grid.
        rng: by which controls are drawn.
    """
    found: list[Window] = []
    for grid in window_grids:
        by_chance = rng.permutation(grid.scores.size)
        for why, allowed in _sort_windows(grid, thresholds):
            doubts = np.abs(_logits_of(grid.scores)) if why == "to review" else -grid.scores
            order = by_chance if why in _CONTROLS else np.argsort(doubts, axis=None, kind="stable")
            for row, column in pick(grid, allowed, order, most):
                box = box_of(grid, row, column, size_wh)
                found.append(Window(photo, box, float(grid.scores[row, column]), why))
    return found


def _sort_windows(
    grid: WindowGrid, thresholds: Thresholds
) -> Iterator[tuple[Why, NDArray[np.bool_]]]:
    """Yield what windows could be chosen for, bool (rows, columns) each."""
    scores, review, crack = grid.scores, thresholds.review, thresholds.crack
    peaks = find_peaks(grid)
    not_review = ~widen(grid, scores >= review)
    odds = _CRACK_ODDS * crack / (1 - crack)
    yield "to review", peaks & (scores >= review) & ~widen(grid, scores >= crack)
    yield "just below", peaks & not_review
    yield "control crack", scores >= odds / (1 + odds)
    yield "control clear", not_review & (scores <= np.quantile(scores, _CLEAR_SHARE))


def count_kept(count: int, photos: int) -> int:
    """Return how many windows of each kind to list of a photo, of which ``count`` are chosen."""
    return min(count, max(_LEAST_KEPT, _MORE_SHARES * _most_of(count, photos)))


def _most_of(count: int, photos: int) -> int:
    return math.ceil(_SHARES * count / max(1, photos))


def choose_windows(
    candidates: Iterable[Window],
    *,
    count: int,
    photos: int,
    most: int,
    rng: np.random.Generator,
) -> list[Window]:
    """Choose windows, spread over photos: the most doubtful first, and a few controls.

    Args:
        candidates: of all photos.
        count: windows wanted; fewer if there are not as many.
        photos: how many there are.
        most: windows of one photo.
        rng: by which controls are drawn.

    Returns:
        Windows by photo, from top to bottom.
    """
    kinds: dict[Why, list[Window]] = defaultdict(list)
    for window in candidates:
        kinds[window.why].append(window)
    review = sorted(kinds["to review"], key=lambda one: (_doubt(one.score), *_place_of(one)))
    below = sorted(kinds["just below"], key=lambda one: (-one.score, *_place_of(one)))
    controls = [_shuffle(kinds[why], rng) for why in _CONTROLS]
    of_each = round(count * _CONTROL_SHARE)
    doubtful = count - 2 * of_each
    even = _most_of(count, photos)
    chosen = _Choice(min(most, even))
    chosen.take(review, round(doubtful * _REVIEW_SHARE), until=doubtful)
    chosen.take(below, doubtful, until=doubtful)
    for plain in controls:
        chosen.take(plain, of_each, until=count)
    chosen.take(review + below, count, until=count)
    chosen.most = min(most, even * _MORE_SHARES)
    chosen.take(review + below, count, until=count)
    return sorted(chosen.windows, key=_place_of)


def _doubt(score: float) -> float:
    """Return how far a score lies from even odds: scores are calibrated, so doubt is there."""
    return abs(float(_logits_of(np.float32(score))))


def _logits_of(scores: NDArray[np.float32] | np.float32) -> NDArray[np.float64]:
    inside = np.clip(np.asarray(scores, np.float64), 1e-6, 1 - 1e-6)
    return np.asarray(np.log(inside) - np.log1p(-inside), np.float64)


def _place_of(window: Window) -> tuple[str, int, int, int]:
    left, top, right, _ = window.xyxy
    return window.photo, top, left, right


def _shuffle(windows: list[Window], rng: np.random.Generator) -> list[Window]:
    return [windows[place] for place in rng.permutation(len(windows)).tolist()]


@dataclass
class _Choice:
    """Takes windows that do not lie on one another, not too many of a photo."""

    most: int
    windows: list[Window] = field(default_factory=list)
    _by_photo: dict[str, list[Box]] = field(default_factory=lambda: defaultdict(list))

    def take(self, candidates: Sequence[Window], count: int, *, until: int) -> None:
        """Take up to ``count`` windows more, in order, until there are so many in all."""
        end = min(len(self.windows) + count, until)
        for window in candidates:
            if len(self.windows) >= end:
                return
            taken = self._by_photo[window.photo]
            if len(taken) < self.most and not any(_lie_on(window.xyxy, box) for box in taken):
                taken.append(window.xyxy)
                self.windows.append(window)


def _lie_on(one: Box, other: Box) -> bool:
    """Tell whether more than half of the smaller box lies on the larger."""
    across = min(one[2], other[2]) - max(one[0], other[0])
    down = min(one[3], other[3]) - max(one[1], other[1])
    least = min((box[2] - box[0]) * (box[3] - box[1]) for box in (one, other))
    return across > 0 and down > 0 and across * down > least / 2
