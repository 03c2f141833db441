"""A photo laid out in cells, and how it is cut into pieces for the dense view."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from edge.model.card import Card
from edge.photo.preprocess import resize
from edge.photo.source import PhotoSource
from edge.photo.tiling import read_mirrored

# Cells at a piece's border see the border instead of the photo. Neighbours share one cell and its
# logit is the mean of both, each of which sees another side of it: on whole photos that gave the
# AUC of two shared cells (0.952) in less time; without any it was 0.944.
OVERLAP_CELLS = 1
# 0.8 Mpx: larger pieces are no quicker, as their activations leave the cache, and need more memory;
# smaller ones have more borders and rank worse. The cut depends on the photo alone, so that every
# machine gives the same scores.
MAX_PIECE_CELLS = 800
# Of a photo that is shrunk much, a piece is read in bands of so many px.
_MAX_READ_PX = 4 << 20
# A small photo is not cut further: its pieces would be mostly border.
_LEAST_PIECE_CELLS = 256
# Pieces come in numbers that one, two and four threads share evenly.
_SHARED_BY = 4


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
        px = self.cell_px / self.scale
        high = max(1, int(_MAX_READ_PX // (columns * px * px)))
        bands = [
            self._read_band(y, left, min(high, top + rows - y), columns)
            for y in range(top, top + rows, high)
        ]
        return bands[0] if len(bands) == 1 else np.concatenate(bands)

    def _read_band(self, top: int, left: int, rows: int, columns: int) -> NDArray[np.uint8]:
        x, y, right, bottom = (
            round(cells * self.cell_px / self.scale)
            for cells in (left, top, left + columns, top + rows)
        )
        band = read_mirrored(self.source, (x, y, right, bottom))
        return resize(band, (columns * self.cell_px, rows * self.cell_px))


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
