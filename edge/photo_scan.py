"""Look at one photo: scores over it, at one scale or several, and the regions they make."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.card import Card
from edge.cascade import scan_cascade, sum_counts
from edge.cell_groups import (
    centre_on_cells,
    fill_gaps,
    highest_covering,
    join_touching,
    join_windows,
    keep_seeded,
    mark_cells,
    unite,
)
from edge.dense import CellScorer, require_dense_view, scan_cells, score_rest, score_windows
from edge.errors import ModelError
from edge.evaluate import CardedScorer
from edge.outcome import Grid
from edge.pieces import lay_out
from edge.regions import Region, find_regions
from edge.source import PhotoSource
from edge.tile_scan import scan_tiles
from edge.triage import Thresholds, choose_thresholds

Mode = Literal["dense", "tiles"]
MODES: tuple[Mode, ...] = ("dense", "tiles")

# Of a model without cells: how finely the heat map shows where its windows overlap.
_CELLS_A_WINDOW = 8
# A window of a photo shrunk further would show half a metre of wall as a few px.
_SCALES = (0.05, 8.0)


class Scorer(CardedScorer, CellScorer, Protocol):
    """What a scan needs of a classifier: tiles, cells, the card and how many threads it has."""

    @property
    def workers(self) -> int:
        """Return how many pieces are scored side by side."""


@dataclass(frozen=True)
class ScanSettings:
    """Settings of a scan; together with the models they decide what is found.

    Attributes:
        threshold: score in (0, 1) at or above which a person should look.
        mode: dense (every window at a stride of one cell) or tiles.
        overlap: of neighbouring tiles, as a share of their side; tiles mode only.
        scales: by which the photo is resized before it is scored, one pass each.
        unsure_from: in a cascade, score of the small model at or above which the large one looks.
        crack_threshold: score at or above which a crack is sure; 0.9, or ``threshold`` if that is
            higher, if None.
    """

    threshold: float
    mode: Mode = "dense"
    overlap: float = 0.0
    scales: tuple[float, ...] = (1.0,)
    unsure_from: float | None = None
    crack_threshold: float | None = None

    def __post_init__(self) -> None:
        """Refuse values without a meaning."""
        # Resolved once, so that equal settings are equal however they were given.
        thresholds = choose_thresholds(self.threshold, self.crack_threshold)
        object.__setattr__(self, "crack_threshold", thresholds.crack)
        if not 0 <= self.overlap <= 0.9:
            raise ValueError(f"overlap {self.overlap}: expected 0 to 0.9")
        if not self.scales or not all(_SCALES[0] <= scale <= _SCALES[1] for scale in self.scales):
            raise ValueError(f"scales {self.scales}: expected one or more of 0.05 to 8")
        if self.unsure_from is not None and not 0 <= self.unsure_from <= self.threshold:
            raise ValueError(f"unsure_from {self.unsure_from}: expected 0 to the threshold")
        if self.unsure_from is not None and self.mode != "dense":
            raise ValueError("a cascade needs the dense mode")

    @property
    def thresholds(self) -> Thresholds:
        """Return both decision values."""
        return choose_thresholds(self.threshold, self.crack_threshold)


@dataclass(frozen=True)
class Eyes:
    """What looks at photos.

    Attributes:
        scorer: the model that decides.
        small: the model that looks first in a cascade.
        max_rows_px: how high the pieces of a photo should be, px; None if it does not matter.
    """

    scorer: Scorer
    small: Scorer | None = None
    max_rows_px: int | None = None


@dataclass(frozen=True)
class PhotoScan:
    """What a scan found on one photo.

    Attributes:
        size_wh: of the upright photo, px.
        heat: float32 (rows, columns), crack probability around each cell.
        cell_px: side of a cell in px of the photo.
        regions: the surest first.
        grids: what heat and regions were made from, one for each scale, the finest first.
        measures: what a cascade measured on this photo.
    """

    size_wh: tuple[int, int]
    heat: NDArray[np.float32]
    cell_px: float
    regions: list[Region]
    grids: list[Grid]
    measures: Mapping[str, float] = field(default_factory=dict)


def scan_photo(eyes: Eyes | Scorer, source: PhotoSource, settings: ScanSettings) -> PhotoScan:
    """Score a photo and find its regions.

    Args:
        eyes: the model or models.
        source: the photo.
        settings: of the scan.

    Raises:
        ModelError: dense mode of a model without a dense view.
        PhotoError: a part of the photo cannot be read.
    """
    if not isinstance(eyes, Eyes):
        eyes = Eyes(eyes)
    grids, measures = score_photo(eyes, source, settings)
    heat, regions = find_in_grids(
        grids, source.size_wh, eyes.scorer.card.window_cells, settings.thresholds
    )
    return PhotoScan(source.size_wh, heat, grids[0].cell_px, regions, grids, measures)


def require_fitting(eyes: Eyes, settings: ScanSettings) -> None:
    """Stop before the first photo where models and settings do not go together.

    Raises:
        ModelError: says which and what works.
    """
    if settings.mode == "dense":
        require_dense_view(eyes.scorer.card)
    if (eyes.small is None) != (settings.unsure_from is None):
        raise ValueError("a cascade needs a small model and the score from which it is unsure")
    if eyes.small is not None:
        require_dense_view(eyes.small.card)
        small, large = (_describe_cells(one.card) for one in (eyes.small, eyes.scorer))
        if small != large:
            raise ModelError(
                f"{eyes.small.card.name}: has {small}, {eyes.scorer.card.name} has {large}; a "
                "cascade needs two models with equal cells"
            )


def _describe_cells(card: Card) -> str:
    return (
        f"windows of {card.window_px} px, shown as {card.input_px} px in cells of {card.cell_px} px"
    )


def score_photo(
    eyes: Eyes, source: PhotoSource, settings: ScanSettings
) -> tuple[list[Grid], dict[str, float]]:
    """Score a photo at each scale.

    Returns:
        One grid for each scale, the finest first, and what a cascade measured.
    """
    card = eyes.scorer.card
    grids: list[Grid] = []
    measures: list[dict[str, float]] = []
    for scale in sorted(set(settings.scales), reverse=True):
        cell_px = _heat_cell_px(card) / scale
        if settings.mode == "tiles":
            values = scan_tiles(
                eyes.scorer, source, overlap=settings.overlap, scale=scale, cell_px=cell_px
            )
            grids.append(Grid("scores", cell_px, values))
            continue
        max_rows = eyes.max_rows_px and int(eyes.max_rows_px // cell_px)
        if eyes.small is not None and settings.unsure_from is not None:
            cells, measured = scan_cascade(
                eyes.small,
                eyes.scorer,
                lay_out(source, card, scale=scale),
                window_cells=card.window_cells,
                unsure_from=settings.unsure_from,
                threshold=settings.threshold,
                max_rows=max_rows,
            )
            measures.append(measured)
        else:
            cells = scan_cells(eyes.scorer, card, source, scale=scale, max_rows=max_rows)
        grids.append(Grid("cell_logits", cell_px, cells))
    return grids, sum_counts(measures)


def find_in_grids(
    grids: Sequence[Grid], size_wh: tuple[int, int], window_cells: int, thresholds: Thresholds
) -> tuple[NDArray[np.float32], list[Region]]:
    """Make heat map and regions from the scores of a photo.

    Sure regions first (Canny's hysteresis): connected windows that hold one at or above the crack
    threshold, followed down to ``thresholds.extent``. Their cells are then left out, and what the
    windows still score at or above the review threshold are further regions: one long crack does
    not make all that surrounds it a finding. Of several scales each cell takes the highest score;
    groups of cells that lie on one another are one region.

    Args:
        grids: one for each scale, the finest first.
        size_wh: of the photo, px.
        window_cells: side of the model's window in cells.
        thresholds: decision values.

    Returns:
        The heat map, float32 (rows, columns) of the finest grid, and the regions.
    """
    finest = grids[0]
    heats, highests, sure, rest = zip(
        *(
            tuple(_bring_to(finest, grid, values) for values in layers)
            for grid in grids
            for layers in [_layers_of(grid, window_cells, thresholds)]
        ),
        strict=True,
    )
    labels = fill_gaps(unite(sure))
    others = np.where(labels > 0, 0, fill_gaps(unite(rest)))
    labels = np.where(others > 0, others + labels.max(initial=0), labels)
    regions = find_regions(
        labels, np.maximum.reduce(highests), cell_px=finest.cell_px, size_wh=size_wh
    )
    return np.maximum.reduce(heats), regions


def heat_of(grid: Grid, window_cells: int) -> NDArray[np.float32]:
    """Return the crack probability around each cell, float32 (rows, columns)."""
    if grid.kind == "scores":
        return grid.values
    return centre_on_cells(score_windows(grid.values, window_cells), window_cells)


def _layers_of(
    grid: Grid, window_cells: int, thresholds: Thresholds
) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.int32], NDArray[np.int32]]:
    """Return the heat map, the score of each cell for its region, and both kinds of groups."""
    if grid.kind == "scores":
        groups = join_touching(grid.values >= thresholds.extent)
        sure = keep_seeded(groups, grid.values >= thresholds.crack)
        rest = join_touching((grid.values >= thresholds.review) & (sure == 0))
        return grid.values, grid.values, sure, rest
    windows = score_windows(grid.values, window_cells)
    seen = _keep_sure(windows, thresholds)
    sure, covering = _group_cells(grid.values, seen, window_cells, thresholds.extent)
    left = score_rest(grid.values, window_cells, sure > 0)
    rest, covering_left = _group_cells(grid.values, left, window_cells, thresholds.review)
    rest = np.where(sure > 0, 0, rest)
    scores = np.where(sure > 0, covering, covering_left)
    return centre_on_cells(windows, window_cells), scores, sure, rest


def _keep_sure(windows: NDArray[np.float32], thresholds: Thresholds) -> NDArray[np.float32]:
    """Return the scores of the windows that make sure regions, 0 for the others."""
    _, groups = cv2.connectedComponents((windows >= thresholds.extent).astype(np.uint8))
    sure = keep_seeded(np.asarray(groups, np.int32), windows >= thresholds.crack)
    return np.where(sure > 0, windows, np.float32(0))


def _group_cells(
    cells: NDArray[np.float32], windows: NDArray[np.float32], window_cells: int, threshold: float
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Return the numbered groups of cells under windows above a threshold, and their scores."""
    covering = highest_covering(windows, window_cells)
    mask = mark_cells(cells, covering, threshold)
    return join_windows(mask, windows, window_cells, threshold), covering


def _bring_to(finest: Grid, grid: Grid, values: NDArray[np.generic]) -> NDArray[np.generic]:
    """Repeat the cells of a grid so that they lie on those of the finest."""
    if grid is finest:
        return values
    rows, columns = (
        np.minimum((np.arange(count) + 0.5) * finest.cell_px // grid.cell_px, most - 1).astype(int)
        for count, most in zip(finest.values.shape, values.shape, strict=True)
    )
    return values[np.ix_(rows, columns)]


def _heat_cell_px(card: Card) -> float:
    """Return the side of a cell of the heat map in px of a photo at scale 1."""
    return card.stride_px if card.has_dense_view else card.window_px / _CELLS_A_WINDOW
