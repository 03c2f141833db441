"""Which windows of a scan a person should label: those that the model doubts, and a few others."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.card import Card
from edge.dense import score_windows
from edge.metrics import logit
from edge.outcome import Grid
from edge.tiling import Box, window_origins
from edge.triage import Thresholds

Why = Literal["to review", "just below", "control crack", "control clear"]
WHYS: tuple[Why, ...] = ("to review", "just below", "control crack", "control clear")

# Of all windows, how many are controls of each kind, and how many of the others may be to review
# where there are enough just below: what is missed is seen nowhere else.
_CONTROL_SHARE = 0.05
_REVIEW_SHARE = 2 / 3
# Odds, as a multiple of those at the threshold, from which a window is plainly clear or cracked.
_CLEAR_ODDS, _CRACK_ODDS = 0.1, 3.0
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


@dataclass(frozen=True)
class Lattice:
    """All windows of one size over a photo.

    Attributes:
        scores: float32 (rows, columns).
        tops: where each row begins, px.
        lefts: where each column begins, px.
        side: of a window, px.
    """

    scores: NDArray[np.float32]
    tops: NDArray[np.int64]
    lefts: NDArray[np.int64]
    side: int


def lay_windows(
    grids: Sequence[Grid], size_wh: tuple[int, int], card: Card, settings: Mapping[str, Any]
) -> list[Lattice]:
    """Lay out the windows that a scan has scored, with their scores.

    In tiles mode a store keeps the highest score over each cell; the least of a tile's cells is
    its own score unless higher ones overlap all of it.

    Args:
        grids: of one photo, one for each scale, the finest first.
        size_wh: of the photo, px.
        card: of the model.
        settings: of the scan.
    """
    scales = sorted(set(settings["scales"]), reverse=True)
    return [
        _lay_cells(grid, size_wh, card.window_cells)
        if grid.kind == "cell_logits"
        else _lay_tiles(grid, size_wh, round(card.window_px / scale), settings["overlap"])
        for grid, scale in zip(grids, scales, strict=True)
    ]


def _lay_cells(grid: Grid, size_wh: tuple[int, int], window_cells: int) -> Lattice:
    scores = score_windows(grid.values, window_cells)
    side = round(window_cells * grid.cell_px)
    # The last cells may be mirrored: their windows are moved back into the photo.
    lefts, tops = (
        np.minimum(np.rint(np.arange(count) * grid.cell_px), max(0, length - side))
        for count, length in zip(scores.shape[::-1], size_wh, strict=True)
    )
    return Lattice(scores, tops.astype(np.int64), lefts.astype(np.int64), side)


def _lay_tiles(grid: Grid, size_wh: tuple[int, int], window: int, overlap: float) -> Lattice:
    side = max(1, window)
    stride = max(1, round(side * (1 - overlap)))
    lefts, tops = (window_origins(max(length, side), side, stride) for length in size_wh)
    cells = grid.cell_px
    least_down = np.stack(
        [grid.values[int(top // cells) : -int(-(top + side) // cells)].min(axis=0) for top in tops]
    )
    scores = np.stack(
        [
            least_down[:, int(left // cells) : -int(-(left + side) // cells)].min(axis=1)
            for left in lefts
        ],
        axis=1,
    )
    return Lattice(scores, np.array(tops, np.int64), np.array(lefts, np.int64), side)


def list_candidates(
    photo: str,
    lattices: Sequence[Lattice],
    size_wh: tuple[int, int],
    thresholds: Thresholds,
    *,
    most: int,
    rng: np.random.Generator,
) -> list[Window]:
    """List windows of a photo that are worth a label, the best of each kind first.

    To review are windows between the thresholds, and just below those with a tenth of the lower
    threshold's odds or more; both are peaks, not the flank of something higher. Controls are drawn
    by chance.

    Args:
        photo: its name.
        lattices: its windows.
        size_wh: its size, px.
        thresholds: of the scan.
        most: windows of each kind and lattice.
        rng: by which controls are drawn.
    """
    review, crack = thresholds.review, thresholds.crack
    clear_to = _shift_odds(review, _CLEAR_ODDS)
    crack_from = _shift_odds(crack, _CRACK_ODDS)
    found: list[Window] = []
    for lattice in lattices:
        scores = lattice.scores
        beside_crack = _widen(lattice, scores >= crack)
        beside_review = _widen(lattice, scores >= review)
        by_score = np.argsort(-scores, axis=None, kind="stable")
        by_chance = rng.permutation(scores.size)
        kinds: tuple[tuple[Why, NDArray[np.bool_], NDArray[np.intp]], ...] = (
            ("to review", (scores >= review) & ~beside_crack, by_score),
            ("just below", (scores > clear_to) & ~beside_review, by_score),
            ("control crack", scores >= crack_from, by_chance),
            ("control clear", (scores <= clear_to) & ~beside_review, by_chance),
        )
        for why, allowed, order in kinds:
            for row, column in _pick(lattice, allowed, order, most):
                box = _box_of(lattice, row, column, size_wh)
                found.append(Window(photo, box, float(scores[row, column]), why))
    return found


def _shift_odds(probability: float, factor: float) -> float:
    odds = probability / (1 - probability) * factor
    return odds / (1 + odds)


def _widen(lattice: Lattice, mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Mark also the windows that lie more than half on a marked one."""
    down, across = (_shares_of(lattice, origins) for origins in (lattice.tops, lattice.lefts))
    kernel = (np.outer(down, across) > 0.5).astype(np.uint8)
    return np.asarray(cv2.dilate(mask.astype(np.uint8), kernel), np.bool_)


def _shares_of(lattice: Lattice, origins: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return how much of a window's side its neighbours before and after share with it."""
    spacing = int(origins[1] - origins[0]) if len(origins) > 1 else lattice.side
    reach = (lattice.side - 1) // (2 * max(1, spacing))
    return 1 - np.abs(np.arange(-reach, reach + 1)) * spacing / lattice.side


def _pick(
    lattice: Lattice, allowed: NDArray[np.bool_], order: NDArray[np.intp], most: int
) -> Iterator[tuple[int, int]]:
    """Yield allowed windows in order, none of which lies more than half on an earlier one."""
    free = allowed.copy()
    columns = free.shape[1]
    for place in order[allowed.ravel()[order]].tolist():
        row, column = divmod(place, columns)
        if not free[row, column]:
            continue
        yield row, column
        most -= 1
        if most == 0:
            return
        down, across = (
            1 - np.abs(origins - origins[n]) / lattice.side
            for origins, n in ((lattice.tops, row), (lattice.lefts, column))
        )
        rows, near = np.flatnonzero(down > 0.5), np.flatnonzero(across > 0.5)
        block = np.ix_(rows, near)
        free[block] &= np.outer(down[rows], across[near]) <= 0.5


def _box_of(lattice: Lattice, row: int, column: int, size_wh: tuple[int, int]) -> Box:
    left, top = int(lattice.lefts[column]), int(lattice.tops[row])
    right, bottom = (
        min(begin + lattice.side, length)
        for begin, length in zip((left, top), size_wh, strict=True)
    )
    return left, top, right, bottom


def count_kept(count: int, photos: int) -> int:
    """Return how many windows of each kind to list of a photo, of which ``count`` are chosen."""
    return min(count, max(_LEAST_KEPT, _MORE_SHARES * _most_of(count, photos)))


def _most_of(count: int, photos: int) -> int:
    return math.ceil(_SHARES * count / max(1, photos))


def choose_windows(
    candidates: Iterable[Window],
    thresholds: Thresholds,
    *,
    count: int,
    photos: int,
    most: int,
    rng: np.random.Generator,
) -> list[Window]:
    """Choose windows, spread over photos: the most doubtful first, and a few controls.

    Args:
        candidates: of all photos.
        thresholds: of the scan.
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
    near = (logit(thresholds.review), logit(thresholds.crack))
    review = sorted(kinds["to review"], key=lambda one: (_doubt(one.score, near), *_place_of(one)))
    below = sorted(kinds["just below"], key=lambda one: (-one.score, *_place_of(one)))
    controls = [_shuffle(kinds[why], rng) for why in ("control crack", "control clear")]
    of_each = round(count * _CONTROL_SHARE)
    doubtful = count - 2 * of_each
    chosen = _Choice()
    for shares in (1, _MORE_SHARES):
        chosen.most = min(most, _most_of(count, photos) * shares)
        chosen.take(review, round(doubtful * _REVIEW_SHARE), until=doubtful)
        chosen.take(below, doubtful, until=doubtful)
        chosen.take(review, doubtful, until=doubtful)
    for plain in controls:
        chosen.take(plain, of_each, until=count)
    chosen.take(review + below, count, until=count)
    return sorted(chosen.windows, key=_place_of)


def _doubt(score: float, near: tuple[float, float]) -> float:
    """Return how far a score lies from the nearer threshold, in logits."""
    value = logit(min(max(score, 1e-6), 1 - 1e-6))
    return min(abs(value - one) for one in near)


def _place_of(window: Window) -> tuple[str, int, int, int]:
    left, top, right, _ = window.xyxy
    return window.photo, top, left, right


def _shuffle(windows: list[Window], rng: np.random.Generator) -> list[Window]:
    return [windows[place] for place in rng.permutation(len(windows)).tolist()]


@dataclass
class _Choice:
    """Takes windows that do not lie on one another, not too many of a photo."""

    most: int = 0
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
