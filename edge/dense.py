"""The dense view: a photo cut into pieces, their cell logits stitched into one grid.

The logit of a window is the mean of its cells' logits, so a box mean over the grid scores every
window at a stride of one cell, for about the price of tiles without overlap.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from edge.card import Card
from edge.errors import ModelError
from edge.metrics import sigmoid
from edge.preprocess import resize
from edge.tiling import pad_photo

# Cells at a piece's border see the border instead of the photo: so many are left to the neighbour.
HALO_CELLS = 1
# 1 Mpx: larger pieces save little halo and need more memory.
MAX_PIECE_CELLS = 1024


class CellScorer(Protocol):
    """What the dense view needs of a classifier."""

    def cell_logits(self, pieces: Iterable[NDArray[np.uint8]]) -> Iterator[NDArray[np.float32]]:
        """Score pieces uint8 (H, W, 3) RGB, in order, as cell logits float32 (H/32, W/32)."""


@dataclass(frozen=True)
class Cut:
    """How one side of a photo is cut, in cells.

    Attributes:
        length: of every piece.
        origins: where each piece begins.
        owned: (begin, end) of the cells that are taken from each piece; together all, none twice.
    """

    length: int
    origins: tuple[int, ...]
    owned: tuple[tuple[int, int], ...]


def cut_side(cells: int, pieces: int, halo: int) -> Cut:
    """Cut a side into equal pieces that overlap by at least two halos.

    Equal, so that one set of interpreters serves all and nothing is computed for padding.

    Args:
        cells: of the side.
        pieces: number of pieces wanted.
        halo: cells at an inner border that are left to the neighbour.
    """
    length = -(-(cells + 2 * halo * (pieces - 1)) // pieces)
    slack = cells - length
    origins = [round(i * slack / (pieces - 1)) for i in range(pieces)] if pieces > 1 else [0]
    borders = [(right + left + length) // 2 for left, right in itertools.pairwise(origins)]
    edges = [0, *borders, cells]
    return Cut(length, tuple(origins), tuple(itertools.pairwise(edges)))


@lru_cache(maxsize=64)
def plan_pieces(
    rows: int, columns: int, *, halo: int, max_cells: int, workers: int
) -> tuple[Cut, Cut]:
    """Choose the cut that takes the least time: least halo, pieces shared evenly by the workers.

    Args:
        rows: cells of the photo's height.
        columns: cells of its width.
        halo: cells left to the neighbour at inner borders.
        max_cells: largest piece.
        workers: pieces computed side by side.

    Returns:
        The cut of the height and that of the width.
    """
    best: tuple[float, tuple[Cut, Cut]] | None = None
    for down in range(1, rows + 1):
        high = cut_side(rows, down, halo)
        if high.length <= 2 * halo and down > 1:
            break
        widest = max_cells // high.length
        if widest <= 2 * halo:
            continue
        fewest = max(1, -(-(columns - 2 * halo) // (widest - 2 * halo))) if columns > widest else 1
        for across in range(fewest, min(fewest + workers, columns) + 1):
            wide = cut_side(columns, across, halo)
            if wide.length <= 2 * halo and across > 1:
                break
            rounds = -(-down * across // workers)
            cost = rounds * high.length * wide.length
            if best is None or cost < best[0]:
                best = cost, (high, wide)
    if best is None:
        raise ValueError(f"pieces of {max_cells} cells are too small for a halo of {halo}")
    return best[1]


def compute_cell_logits(
    scorer: CellScorer,
    photo: NDArray[np.uint8],
    *,
    workers: int = 1,
    halo: int = HALO_CELLS,
    max_cells: int = MAX_PIECE_CELLS,
    cell_px: int,
) -> NDArray[np.float32]:
    """Score a photo at the model's scale cell by cell, piece by piece.

    Args:
        scorer: the classifier.
        photo: uint8 (H, W, 3), RGB, sides multiples of ``cell_px``.
        workers: pieces that the scorer computes side by side.
        halo: cells left to the neighbour at inner borders.
        max_cells: largest piece, in cells.
        cell_px: side of a cell in px.

    Returns:
        float32 (H / cell_px, W / cell_px).
    """
    rows, columns = photo.shape[0] // cell_px, photo.shape[1] // cell_px
    high, wide = plan_pieces(rows, columns, halo=halo, max_cells=max_cells, workers=workers)
    places = [(y, x) for y in range(len(high.origins)) for x in range(len(wide.origins))]
    pieces = (
        photo[
            high.origins[y] * cell_px : (high.origins[y] + high.length) * cell_px,
            wide.origins[x] * cell_px : (wide.origins[x] + wide.length) * cell_px,
        ]
        for y, x in places
    )
    grid = np.empty((rows, columns), np.float32)
    for (y, x), cells in zip(places, scorer.cell_logits(pieces), strict=True):
        (top, bottom), (left, right) = high.owned[y], wide.owned[x]
        dy, dx = high.origins[y], wide.origins[x]
        grid[top:bottom, left:right] = cells[top - dy : bottom - dy, left - dx : right - dx]
    return grid


def require_dense_view(card: Card) -> None:
    """Stop where a model can score whole tiles only.

    Raises:
        ModelError: names the mode that works.
    """
    if not card.has_dense_view:
        raise ModelError(
            f"{card.name}: has no dense view, it scores whole tiles of {card.input_px} px only; "
            "use --mode tiles"
        )


def scan_cells(
    scorer: CellScorer, card: Card, photo: NDArray[np.uint8], *, workers: int = 1
) -> NDArray[np.float32]:
    """Score a photo of any size as a grid of cell logits; each cell is ``card.stride_px`` wide.

    The photo is brought to the scale of the model's windows and mirrored to whole cells.

    Args:
        scorer: the classifier.
        card: its card.
        photo: uint8 (H, W, 3), RGB.
        workers: pieces that the scorer computes side by side.

    Returns:
        float32 (rows, columns); at least one window high and wide.

    Raises:
        ModelError: the model has no dense view.
    """
    require_dense_view(card)
    height, width = photo.shape[:2]
    if card.window_px != card.input_px:
        scale = card.input_px / card.window_px
        photo = resize(photo, (max(1, round(width * scale)), max(1, round(height * scale))))
    photo = pad_photo(photo, min_px=card.input_px, multiple=card.cell_px)
    return compute_cell_logits(scorer, photo, workers=workers, cell_px=card.cell_px)


def score_windows(cells: NDArray[np.float32], window_cells: int) -> NDArray[np.float32]:
    """Score every window at a stride of one cell by a box mean and a sigmoid.

    Args:
        cells: float32 (rows, columns), cell logits.
        window_cells: side of a window in cells.

    Returns:
        float32 (rows - window_cells + 1, columns - window_cells + 1), crack probabilities.
    """
    total = np.zeros((cells.shape[0] + 1, cells.shape[1] + 1), np.float64)
    total[1:, 1:] = cells.astype(np.float64).cumsum(axis=0).cumsum(axis=1)
    n = window_cells
    sums = total[n:, n:] - total[:-n, n:] - total[n:, :-n] + total[:-n, :-n]
    return sigmoid(sums / n**2)
