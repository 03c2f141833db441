"""What a scan or an evaluation needs of a model: the seam that tests put a fake at."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from edge.model.card import Card


class TileScorer(Protocol):
    """The one seam between models and everything above them."""

    def scores(self, tiles: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Score tiles, uint8 (N, H, W, 3) RGB, as crack probabilities, float32 (N,)."""


class CardedScorer(TileScorer, Protocol):
    """A scorer that knows its card."""

    @property
    def card(self) -> Card:
        """Return the model's card."""


class CellScorer(Protocol):
    """What the dense view needs of a classifier."""

    def cell_logits(self, pieces: Iterable[NDArray[np.uint8]]) -> Iterator[NDArray[np.float32]]:
        """Score pieces uint8 (H, W, 3) RGB, in order, as cell logits float32 (H/32, W/32)."""


class Scorer(CardedScorer, CellScorer, Protocol):
    """What a scan needs of a classifier: tiles, cells and the card."""
