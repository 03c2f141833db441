"""The dense view: a photo cut into pieces, their cell logits stitched into one grid.

The logit of a window is the mean of its cells' logits, so a box mean over the grid scores every
window at a stride of one cell, for about the price of tiles without overlap.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from edge.detect.pieces import (
    MAX_PIECE_CELLS,
    OVERLAP_CELLS,
    Cut,
    Pieces,
    lay_out,
    plan_pieces,
)
from edge.files.errors import ModelError
from edge.model.card import Card
from edge.model.logits import sigmoid
from edge.model.scorer import CellScorer
from edge.photo.source import PhotoSource


def compute_cell_logits(
    scorer: CellScorer,
    pieces: Pieces,
    *,
    overlap: int = OVERLAP_CELLS,
    max_cells: int = MAX_PIECE_CELLS,
    max_rows: int | None = None,
) -> NDArray[np.float32]:
    """Score a photo cell by cell, piece by piece; only the pieces at work are in memory.

    Args:
        scorer: the classifier.
        pieces: the photo in cells.
        overlap: cells that neighbouring pieces share at least.
        max_cells: largest piece, in cells.
        max_rows: highest piece, in cells.

    Returns:
        float32 (rows, columns).
    """
    cuts = plan_pieces(
        pieces.rows, pieces.columns, overlap=overlap, max_cells=max_cells, max_rows=max_rows
    )
    return stitch(scorer, pieces, *cuts)


def stitch(
    scorer: CellScorer,
    pieces: Pieces,
    high: Cut,
    wide: Cut,
    *,
    wanted: NDArray[np.bool_] | None = None,
) -> NDArray[np.float32]:
    """Score the pieces of a cut and join their cells.

    Args:
        scorer: the classifier.
        pieces: the photo in cells.
        high: cut of its height.
        wide: cut of its width.
        wanted: bool (pieces down, pieces across), which to score; all if None.

    Returns:
        float32 (rows, columns), NaN where no piece was wanted.
    """
    places = [
        (y, x)
        for y in range(len(high.origins))
        for x in range(len(wide.origins))
        if wanted is None or wanted[y, x]
    ]
    read = (
        pieces.read(high.origins[y], wide.origins[x], high.length, wide.length) for y, x in places
    )
    total = np.zeros((pieces.rows, pieces.columns), np.float32)
    count = np.zeros_like(total)
    for (y, x), cells in zip(places, scorer.cell_logits(read), strict=True):
        (top, bottom), (left, right) = high.used[y], wide.used[x]
        dy, dx = high.origins[y], wide.origins[x]
        total[top:bottom, left:right] += cells[top - dy : bottom - dy, left - dx : right - dx]
        count[top:bottom, left:right] += 1
    count[count == 0] = np.nan
    return total / count


def require_dense_view(card: Card) -> None:
    """Stop where a model can score whole tiles only.

    Raises:
        ModelError: names the view that works.
    """
    if not card.has_dense_view:
        raise ModelError(
            f"{card.name}: has no dense view and scores whole tiles of {card.input_px} px only; "
            "use --view tile"
        )


def scan_cells(
    scorer: CellScorer,
    card: Card,
    source: PhotoSource,
    *,
    scale: float = 1.0,
    max_cells: int = MAX_PIECE_CELLS,
    max_rows: int | None = None,
) -> NDArray[np.float32]:
    """Score a photo of any size as a grid of cell logits; a cell is ``stride_px / scale`` wide.

    The photo is brought to the scale of the model's windows and mirrored to whole cells.

    Args:
        scorer: the classifier.
        card: its card.
        source: the photo.
        scale: of the photo before it is scored, beside what the model's window asks for.
        max_cells: largest piece, in cells.
        max_rows: highest piece, in cells.

    Returns:
        float32 (rows, columns); at least one window high and wide.

    Raises:
        ModelError: the model has no dense view.
    """
    require_dense_view(card)
    pieces = lay_out(source, card, scale=scale)
    return compute_cell_logits(scorer, pieces, max_cells=max_cells, max_rows=max_rows)


def score_windows(cells: NDArray[np.float32], window_cells: int) -> NDArray[np.float32]:
    """Score every window at a stride of one cell by a box mean and a sigmoid.

    Args:
        cells: float32 (rows, columns), cell logits.
        window_cells: side of a window in cells.

    Returns:
        float32 (rows - window_cells + 1, columns - window_cells + 1), crack probabilities.
    """
    sums = _sum_windows(cells, window_cells)
    sums /= window_cells**2
    return sigmoid(sums)


def score_rest(
    cells: NDArray[np.float32], window_cells: int, claimed: NDArray[np.bool_]
) -> NDArray[np.float32]:
    """Score every window by those of its cells that are not claimed: what else is there to see.

    Args:
        cells: float32 (rows, columns), cell logits.
        window_cells: side of a window in cells.
        claimed: bool (rows, columns).

    Returns:
        float32 as ``score_windows``; 0 where more than half of a window is claimed.
    """
    free = _sum_windows(~claimed, window_cells).astype(np.float32)
    sums = _sum_windows(np.where(claimed, np.float32(0), cells), window_cells)
    sums /= np.maximum(free, 1)
    scores = sigmoid(sums)
    scores[2 * free < window_cells**2] = 0
    return scores


def _sum_windows(cells: NDArray[np.generic], window_cells: int) -> NDArray[np.float64]:
    total = np.zeros((cells.shape[0] + 1, cells.shape[1] + 1), np.float64)
    # In place, here and below: of a gigapixel each copy has 8 MB.
    inner = total[1:, 1:]
    np.cumsum(cells, axis=0, out=inner)
    for row in inner:
        np.cumsum(row, out=row)
    n = window_cells
    sums = total[n:, n:] - total[:-n, n:]
    sums -= total[n:, :-n]
    sums += total[:-n, :-n]
    return sums
