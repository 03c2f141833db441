"""The tile view: boxes of a photo, each scored by itself."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from edge.model.logits import sigmoid
from edge.model.scorer import CardedScorer
from edge.photo.preprocess import to_tile
from edge.photo.source import PhotoSource
from edge.photo.tiling import Box, read_mirrored, window_origins

# Tiles cut out at a time.
_BATCH = 64


def scan_tiles(
    scorer: CardedScorer, source: PhotoSource, *, overlap: float, scale: float, cell_px: float
) -> NDArray[np.float32]:
    """Cut a photo into tiles, and give each cell the highest score of the tiles that cover it.

    Args:
        scorer: the classifier.
        source: the photo.
        overlap: of neighbouring tiles, as a share of their side.
        scale: by which the photo is resized before it is scored.
        cell_px: side of a cell in px of the photo.

    Returns:
        float32 (rows, columns), crack probabilities.
    """
    window = max(1, round(scorer.card.window_px / scale))
    width, height = (max(side, window) for side in source.size_wh)
    stride = max(1, round(window * (1 - overlap)))
    boxes = [
        (left, top, left + window, top + window)
        for top in window_origins(height, window, stride)
        for left in window_origins(width, window, stride)
    ]
    heat = np.zeros((-int(-height // cell_px), -int(-width // cell_px)), np.float32)
    for (left, top, right, bottom), score in zip(
        boxes, score_boxes(scorer, source, boxes), strict=True
    ):
        rows = slice(int(top // cell_px), -int(-bottom // cell_px))
        columns = slice(int(left // cell_px), -int(-right // cell_px))
        heat[rows, columns] = np.maximum(heat[rows, columns], score)
    return heat


def score_boxes(scorer: CardedScorer, source: PhotoSource, boxes: Sequence[Box]) -> Iterator[float]:
    """Cut boxes out of a photo and score each as one tile.

    Args:
        scorer: the classifier.
        source: the photo.
        boxes: what reaches beyond the right or lower side is mirrored.

    Yields:
        Crack probabilities, in order.
    """
    for start in range(0, len(boxes), _BATCH):
        tiles = np.stack(
            [
                to_tile(read_mirrored(source, box), scorer.card.input_px)
                for box in boxes[start : start + _BATCH]
            ]
        )
        yield from scorer.scores(tiles).tolist()


def score_box(cells: NDArray[np.float32], box: Box, cell_px: float) -> float:
    """Score a box of a photo from its cell logits: the sigmoid of the mean of those inside.

    Args:
        cells: float32 (rows, columns).
        box: in px.
        cell_px: side of a cell in px.
    """
    left, top, right, bottom = box
    rows = _cells_inside(top, bottom, cell_px, cells.shape[0])
    columns = _cells_inside(left, right, cell_px, cells.shape[1])
    part = cells[rows, columns]
    return float(sigmoid(np.mean(part, dtype=np.float64)))


def _cells_inside(begin: int, end: int, cell_px: float, count: int) -> slice:
    """Return the cells that lie at least half inside; the one at the middle if there is none."""
    first, last = (int(np.floor(side / cell_px + 0.5)) for side in (begin, end))
    if first == last:
        first = int((begin + end) / 2 / cell_px)
    first = min(first, count - 1)
    return slice(first, max(last, first + 1))
