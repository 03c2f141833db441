"""Fakes that the unit tests share: a card, scorers without a model, a progress that remembers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.model.backends import Backend
from edge.model.card import CELL_PX, Card
from edge.model.logits import sigmoid
from edge.photo.source import PhotoSource


def make_card(**changes: Any) -> Card:
    """Return the card of a small model, window and tile both 64 px (2 x 2 cells)."""
    facts: dict[str, Any] = {
        "name": "fake",
        "input_px": 64,
        "window_px": 64,
        "threshold": 0.5,
        "threshold_rule": "by hand",
    }
    return Card(**facts | changes)


def mean_of_cells(piece: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return the mean level of each cell, over all channels, float32 (H/32, W/32)."""
    rows, columns = piece.shape[0] // CELL_PX, piece.shape[1] // CELL_PX
    cells = piece.reshape(rows, CELL_PX, columns, CELL_PX, 3)
    return cells.mean(axis=(1, 3, 4), dtype=np.float64).astype(np.float32)


def darkness(piece: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return cell logits: +16 where all is black, -15.9 where all is white."""
    return (128 - mean_of_cells(piece)) / 8


class DarknessScorer:
    """Takes dark for cracked. Local: a cell's logit depends on nothing outside the cell."""

    def __init__(self, card: Card | None = None) -> None:
        self.card = card or make_card()

    def cell_logits(self, pieces: Iterable[NDArray[np.uint8]]) -> Iterator[NDArray[np.float32]]:
        for piece in pieces:
            yield darkness(piece)

    def scores(self, tiles: NDArray[np.uint8]) -> NDArray[np.float32]:
        return sigmoid([darkness(tile).mean() for tile in tiles])


class NeighbourScorer:
    """A cell's logit is the mean over itself and its neighbours, the piece's border repeated."""

    def __init__(self) -> None:
        self.shapes: list[tuple[int, ...]] = []

    def cell_logits(self, pieces: Iterable[NDArray[np.uint8]]) -> Iterator[NDArray[np.float32]]:
        for piece in pieces:
            self.shapes.append(piece.shape)
            cells = mean_of_cells(piece)
            yield np.asarray(cv2.blur(cells, (3, 3), borderType=cv2.BORDER_REPLICATE), np.float32)


class RememberingSource:
    """A photo that remembers which boxes of it were read."""

    def __init__(self, source: PhotoSource) -> None:
        self.size_wh = source.size_wh
        self.boxes: list[tuple[int, int, int, int]] = []
        self._source = source

    def read(self, left: int, top: int, right: int, bottom: int) -> NDArray[np.uint8]:
        width, height = self.size_wh
        assert 0 <= left < right <= width
        assert 0 <= top < bottom <= height
        self.boxes.append((left, top, right, bottom))
        return self._source.read(left, top, right, bottom)


class FakeRunner:
    """A model opened for one size."""

    step = 0.0

    def __init__(self, shape_hw: tuple[int, int], *, swap_colours: bool = False) -> None:
        self.shape_hw = shape_hw
        self.swap_colours = swap_colours

    def __call__(self, piece: NDArray[np.uint8]) -> NDArray[np.float32]:
        if piece.shape[:2] != self.shape_hw:
            raise RuntimeError(f"opened for {self.shape_hw}, got {piece.shape[:2]}")
        if self.swap_colours:
            piece = piece[:, :, ::-1]
        weights = np.array([2.0, 0.5, 0.5])  # red counts most, so that the order shows
        return darkness(np.asarray(np.clip(piece * weights, 0, 255), np.uint8))


class FakeBackend(Backend):
    """A backend that remembers for which sizes it was opened."""

    def __init__(self, card: Card | None = None, *, swap_colours: bool = False) -> None:
        super().__init__("fake", "1.0", card or make_card(), self._open)
        self.opened: list[tuple[int, int]] = []
        self._swap_colours = swap_colours

    def _open(self, shape_hw: tuple[int, int]) -> FakeRunner:
        self.opened.append(shape_hw)
        return FakeRunner(shape_hw, swap_colours=self._swap_colours)


class Remembering:
    """A progress that keeps what it is told."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.steps: list[tuple[str, int, int]] = []

    def say(self, text: str) -> None:
        self.lines.append(text)

    def step(self, what: str, done: int, total: int, *, note: str = "") -> None:
        self.steps.append((what, done, total))


def draw_wall(size_wh: tuple[int, int], *dark_xyxy: tuple[int, int, int, int]) -> NDArray[np.uint8]:
    """Draw a bright wall with black rectangles, uint8 (H, W, 3)."""
    photo = np.full((size_wh[1], size_wh[0], 3), 220, np.uint8)
    for left, top, right, bottom in dark_xyxy:
        photo[top:bottom, left:right] = 0
    return photo
