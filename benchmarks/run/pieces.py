"""The pieces that competitors score: equal for all, and cut as a scan would cut them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from edge.detect.pieces import MAX_PIECE_CELLS, OVERLAP_CELLS, lay_out, plan_pieces
from edge.detect.settings import View
from edge.evaluation.synthetic import draw_concrete
from edge.model.card import Card
from edge.photo.source import LoadedPhoto

# 12 Mpx, as most cameras of phones and drones take them.
PHOTO_WH = (4000, 3000)


def find_shape(card: Card, view: View) -> tuple[int, int]:
    """Return height and width of the pieces of a view, px.

    The dense view's is the one into which a scan cuts a photo of ``PHOTO_WH``.

    Raises:
        ValueError: the model has no dense view.
    """
    if view == "tile":
        return card.input_px, card.input_px
    if not card.has_dense_view:
        raise ValueError(f"{card.name} has no dense view")
    # Of the photo only its size is asked for.
    photo = np.broadcast_to(np.uint8(0), (PHOTO_WH[1], PHOTO_WH[0], 3))
    cells = lay_out(LoadedPhoto(photo), card)
    high, wide = plan_pieces(
        cells.rows, cells.columns, overlap=OVERLAP_CELLS, max_cells=MAX_PIECE_CELLS
    )
    return high.length * card.cell_px, wide.length * card.cell_px


def draw_piece(shape_hw: tuple[int, int], seed: int) -> NDArray[np.uint8]:
    """Draw a piece of concrete with a crack, uint8 (H, W, 3) RGB."""
    height, width = shape_hw
    return draw_concrete((width, height), seed=seed).photo
