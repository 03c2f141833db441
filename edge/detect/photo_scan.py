"""Look at one photo: scores over it, at one scale or several, and the regions they make."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from edge.detect.cascade import scan_cascade, sum_counts
from edge.detect.dense import require_dense_view, scan_cells
from edge.detect.grid import Grid
from edge.detect.grid_regions import (
    find_in_grids,
)
from edge.detect.pieces import lay_out
from edge.detect.regions import Region
from edge.detect.settings import ScanSettings, Scorers
from edge.detect.tile_scan import scan_tiles
from edge.files.errors import ModelError
from edge.model.card import Card
from edge.model.scorer import Scorer
from edge.photo.source import PhotoSource

# Of a model without cells: how finely the heat map shows where its windows overlap.
_CELLS_A_WINDOW = 8


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


def scan_photo(scorers: Scorers | Scorer, source: PhotoSource, settings: ScanSettings) -> PhotoScan:
    """Score a photo and find its regions.

    Args:
        scorers: the model or models.
        source: the photo.
        settings: of the scan.

    Raises:
        ModelError: the dense view of a model without a dense view.
        PhotoError: a part of the photo cannot be read.
    """
    if not isinstance(scorers, Scorers):
        scorers = Scorers(scorers)
    grids, measures = score_photo(scorers, source, settings)
    heat, regions = find_in_grids(
        grids, source.size_wh, scorers.main.card.window_cells, settings.thresholds
    )
    return PhotoScan(source.size_wh, heat, grids[0].cell_px, regions, grids, measures)


def require_fitting(scorers: Scorers, settings: ScanSettings) -> None:
    """Stop before the first photo where models and settings do not go together.

    Raises:
        ModelError: says which and what works.
    """
    if settings.view == "dense":
        require_dense_view(scorers.main.card)
    if (scorers.screening is None) != (settings.unsure_from is None):
        raise ValueError("a cascade needs a small model and the score from which it is unsure")
    if scorers.screening is not None:
        require_dense_view(scorers.screening.card)
        small, large = (_describe_cells(one.card) for one in (scorers.screening, scorers.main))
        if small != large:
            raise ModelError(
                f"{scorers.screening.card.name}: has {small}, {scorers.main.card.name} has "
                f"{large}; a cascade needs two models with the same windows and cells"
            )


def _describe_cells(card: Card) -> str:
    return (
        f"windows of {card.window_px} px, scaled to {card.input_px} px, in cells of {card.cell_px} "
        "px"
    )


def score_photo(
    scorers: Scorers, source: PhotoSource, settings: ScanSettings
) -> tuple[list[Grid], dict[str, float]]:
    """Score a photo at each scale.

    Returns:
        One grid for each scale, the finest first, and what a cascade measured.
    """
    card = scorers.main.card
    grids: list[Grid] = []
    measures: list[dict[str, float]] = []
    for scale in sorted(set(settings.scales), reverse=True):
        cell_px = _heat_cell_px(card) / scale
        if settings.view == "tile":
            values = scan_tiles(
                scorers.main, source, overlap=settings.overlap, scale=scale, cell_px=cell_px
            )
            grids.append(Grid("scores", cell_px, values))
            continue
        max_rows = scorers.max_rows_px and int(scorers.max_rows_px // cell_px)
        if scorers.screening is not None and settings.unsure_from is not None:
            cells, measured = scan_cascade(
                scorers.screening,
                scorers.main,
                lay_out(source, card, scale=scale),
                window_cells=card.window_cells,
                unsure_from=settings.unsure_from,
                threshold=settings.threshold,
                max_rows=max_rows,
            )
            measures.append(measured)
        else:
            cells = scan_cells(scorers.main, card, source, scale=scale, max_rows=max_rows)
        grids.append(Grid("cell_logits", cell_px, cells))
    return grids, sum_counts(measures)


def _heat_cell_px(card: Card) -> float:
    """Return the side of a cell of the heat map in px of a photo at scale 1."""
    return card.stride_px if card.has_dense_view else card.window_px / _CELLS_A_WINDOW
