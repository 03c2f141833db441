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
from edge.source import PhotoSource
from edge.tiling import read_mirrored

# Cells at a piece's border see the border instead of the photo. Neighbours share one cell and its
# logit is the mean of both, each of which sees another side of it: on whole photos that gave the
# AUC of two shared cells (0.952) in less time; without any it was 0.944.
OVERLAP_CELLS = 1
# 0.8 Mpx: larger pieces are no quicker, as their activations leave the cache, and need more memory;
# smaller ones have more borders and rank worse. The cut depends on the photo alone, so that every
# machine gives the same scores.
MAX_PIECE_CELLS = 800
# A small photo is not cut further: its pieces would be mostly border.
_LEAST_PIECE_CELLS = 256
# Pieces come in numbers that one, two and four threads share evenly.
_SHARED_BY = 4


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
        used: (begin, end) of the cells that are taken from each piece; together all. Where two
            pieces share an odd number of cells, the middle one is taken from both.
    """

    length: int
    origins: tuple[int, ...]
    used: tuple[tuple[int, int], ...]


def cut_side(cells: int, pieces: int, overlap: int) -> Cut:
    """Cut a side into equal pieces, of which neighbours share at least ``overlap`` cells.

    Equal, so that one set of interpreters serves all and nothing is computed for padding.

    Args:
        cells: of the side.
        pieces: number of pieces wanted.
        overlap: cells that neighbours share at least.
    """
    length = -(-(cells + overlap * (pieces - 1)) // pieces)
    slack = cells - length
    origins = [round(i * slack / (pieces - 1)) for i in range(pieces)] if pieces > 1 else [0]
    begins, ends = [0], []
    for left, right in itertools.pairwise(origins):
        shared = left + length - right
        begins.append(right + shared // 2)
        ends.append(begins[-1] + shared % 2)
    return Cut(length, tuple(origins), tuple(zip(begins, [*ends, cells], strict=True)))


@lru_cache(maxsize=64)
def plan_pieces(
    rows: int, columns: int, *, overlap: int, max_cells: int, max_rows: int | None = None
) -> tuple[Cut, Cut]:
    """Choose the cut that takes the least time: little overlap, pieces that threads share evenly.

    Args:
        rows: cells of the photo's height.
        columns: cells of its width.
        overlap: cells that neighbours share at least.
        max_cells: largest piece.
        max_rows: highest piece, where the photo is slow to read otherwise.

    Returns:
        The cut of the height and that of the width.

    Raises:
        ValueError: no piece of max_cells is larger than its overlaps.
    """
    least = min(_LEAST_PIECE_CELLS, max_cells // 3)
    best: tuple[tuple[bool, int], tuple[Cut, Cut]] | None = None
    for down in range(1, rows + 1):
        high = cut_side(rows, down, overlap)
        if high.length <= 2 * overlap and down > 1:
            break
        if max_rows and high.length > max(max_rows, 2 * overlap + 1):
            continue
        widest = max_cells // high.length
        if widest <= 2 * overlap and columns > widest:
            continue
        fewest = max(1, -(-(columns - overlap) // (widest - overlap))) if columns > widest else 1
        for across in range(fewest, min(fewest + _SHARED_BY, columns) + 1):
            wide = cut_side(columns, across, overlap)
            if wide.length <= 2 * overlap and across > 1:
                break
            rounds = -(-down * across // _SHARED_BY)
            area = high.length * wide.length
            cost = (down * across > 1 and area < least, rounds * area)
            if best is None or cost < best[0]:
                best = cost, (high, wide)
    if best is None:
        raise ValueError(f"pieces of {max_cells} cells are too small for an overlap of {overlap}")
    return best[1]


@dataclass(frozen=True)
class Pieces:
    """A photo laid out in cells, to be read piece by piece.

    Attributes:
        source: the photo.
        cell_px: side of a cell in the pieces, px.
        scale: px of a piece for one px of the photo.
        rows: cells of the photo's height, the last one mirrored where it is not whole.
        columns: cells of its width.
    """

    source: PhotoSource
    cell_px: int
    scale: float
    rows: int
    columns: int

    def read(self, top: int, left: int, rows: int, columns: int) -> NDArray[np.uint8]:
        """Read a piece given in cells, uint8 (rows * cell_px, columns * cell_px, 3) RGB.

        What lies beyond the photo is mirrored. Of a scaled photo only the piece's own px are
        resized; its sides are rounded to whole px of the photo.
        """
        x, y, right, bottom = (
            round(cells * self.cell_px / self.scale)
            for cells in (left, top, left + columns, top + rows)
        )
        piece = read_mirrored(self.source, (x, y, right, bottom))
        return resize(piece, (columns * self.cell_px, rows * self.cell_px))


def lay_out(source: PhotoSource, card: Card, *, scale: float = 1.0) -> Pieces:
    """Lay a photo out in cells: at least one window high and wide, the last cells mirrored.

    Args:
        source: the photo.
        card: of the model.
        scale: of the photo before it is scored, beside what the model's window asks for.
    """
    to_model = scale * card.input_px / card.window_px
    columns, rows = (
        max(card.window_cells, -(-max(1, round(side * to_model)) // card.cell_px))
        for side in source.size_wh
    )
    return Pieces(source, card.cell_px, to_model, rows, columns)


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
        ModelError: names the mode that works.
    """
    if not card.has_dense_view:
        raise ModelError(
            f"{card.name}: has no dense view, it scores whole tiles of {card.input_px} px only; "
            "use --mode tiles"
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
    total = np.zeros((cells.shape[0] + 1, cells.shape[1] + 1), np.float64)
    total[1:, 1:] = cells.astype(np.float64).cumsum(axis=0).cumsum(axis=1)
    n = window_cells
    sums = total[n:, n:] - total[:-n, n:] - total[n:, :-n] + total[:-n, :-n]
    return sigmoid(sums / n**2)
