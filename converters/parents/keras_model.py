"""A Keras model behind the same seam as a model file.

Third-party models are rebuilt in the layout of our own, so there is only this one kind.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from edge.model.card import Card
from edge.model.logits import sigmoid
from edge.model.training_folder import (
    BACKBONE_NAME,
    CELL_LAYER,
    HIDDEN_LAYER,
    SCALE_LAYER,
)

MAX_PIXEL = 255


@dataclass(frozen=True)
class KerasModel:
    """A trained model in our layout, with its card.

    Attributes:
        path: of its file, or of the folder of a SavedModel.
        sha256: of that.
        card: its card.
        model: the Keras model.
        scaled_range: what the pixel values 0 and 255 become before ``cells_of_scaled``.
    """

    path: Path
    sha256: str
    card: Card
    model: Any
    scaled_range: tuple[float, float] = (-1.0, 1.0)

    @property
    def free_side(self) -> int | None:
        """Return the side of the pictures it takes in px; None for any, with the dense view."""
        return None if self.card.has_dense_view else self.card.input_px

    def scale(self, pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Scale uint8 pixel values to ``scaled_range``, float32."""
        low, high = self.scaled_range
        return np.asarray(pixels * ((high - low) / MAX_PIXEL) + low, np.float32)

    def cells(self, pictures: Any) -> Any:
        """Compute cell logits of a uint8 tensor (N, H, W, 3), RGB: float32 (N, h, w, 1)."""
        return self.cells_of_scaled(self.model.get_layer(SCALE_LAYER)(pictures))

    def cells_of_scaled(self, scaled: Any) -> Any:
        """Compute cell logits of a float32 tensor (N, H, W, 3), RGB, in ``scaled_range``."""
        features = self.model.get_layer(BACKBONE_NAME)(scaled, training=False)
        if any(layer.name == HIDDEN_LAYER for layer in self.model.layers):
            features = self.model.get_layer(HIDDEN_LAYER)(features)
        return self.model.get_layer(CELL_LAYER)(features)


class KerasScorer:
    """A Keras model that scores tiles and pieces like a Classifier."""

    def __init__(self, parent: KerasModel) -> None:
        self.card = parent.card
        self.backend = f"Keras {keras.__version__}"
        side = parent.free_side
        pictures = keras.Input((side, side, 3), dtype="uint8")
        self._cells = keras.Model(pictures, parent.cells(pictures))

    def scores(self, tiles: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Score tiles, uint8 (N, P, P, 3) RGB, as crack probabilities, float32 (N,)."""
        cells = self._cells.predict_on_batch(tiles)
        return sigmoid(np.mean(cells, axis=(1, 2, 3), dtype=np.float64))

    def cell_logits(self, pieces: Iterable[NDArray[np.uint8]]) -> Iterator[NDArray[np.float32]]:
        """Score pieces, uint8 (H, W, 3) RGB, in order, as cell logits, float32 (H/32, W/32)."""
        for piece in pieces:
            yield self._cells.predict_on_batch(piece[None])[0, :, :, 0]
