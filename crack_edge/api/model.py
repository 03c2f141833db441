"""A model, opened once and used for many photos."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from crack_edge.api.arguments import FilePath, require_count, require_picture
from edge.machine.resources import count_cores
from edge.model.card import Card
from edge.model.classifier import Classifier, open_classifier
from edge.photo.preprocess import to_tile


class Model:
    """A model that ``open_model`` opened. Threads may share it.

    Attributes:
        card: facts about the model: name, input_px, window_px, threshold, metrics and others.
        classifier: what the library works with; not part of the stable API.
    """

    card: Card

    def __init__(self, classifier: Classifier) -> None:
        self.card = classifier.card
        self.classifier = classifier

    def __repr__(self) -> str:
        card, opened = self.card, self.classifier
        return (
            f"<Model {card.name}: {card.quantization}, {card.input_px} px, "
            f"threshold {card.threshold:.4f}, {opened.backend}>"
        )

    def scores(self, tiles: NDArray[np.uint8] | Sequence[NDArray[np.uint8]]) -> NDArray[np.float32]:
        """Score pictures, each as one tile.

        Pictures that are not ``card.input_px`` wide and high are resized, as in training and in
        ``evaluate``. To search a whole photo for cracks use ``scan_photo``.

        Args:
            tiles: uint8 (N, H, W, 3), RGB; or a list of uint8 (H, W, 3), whose sizes may differ.
                OpenCV reads BGR, which cannot be detected here: convert it with
                ``bgr[..., ::-1]``.

        Returns:
            float32 (N,), crack probabilities, 0 to 1. A score at or above ``card.threshold`` means
            crack.

        Raises:
            TypeError: the dtype is not uint8.
            ValueError: the shape is not the one above.

        Example:
            >>> model = ce.open_model()
            >>> model.scores([ce.read_photo("tile.jpg")])
            array([0.9731], dtype=float32)
        """
        if isinstance(tiles, np.ndarray) and tiles.ndim == 3:
            raise ValueError(
                f"tiles has the shape {tiles.shape}; expected (N, height, width, 3); for a single "
                "picture, pass tiles[np.newaxis]"
            )
        side = self.card.input_px
        found = [to_tile(require_picture(tile, name="a tile"), side) for tile in tiles]
        return self.classifier.scores(np.array(found, np.uint8).reshape(-1, side, side, 3))


def open_model(model: FilePath = "default", *, threads: int | None = None) -> Model:
    """Open a model and check that its scores are right on this machine.

    Args:
        model: path of a ``.tflite`` or ``.onnx`` file that ``convert`` made, or the name of a
            shipped model: ``default``, or ``small`` for slow machines.
        threads: number of threads that score; one for each core if None.

    Returns:
        The model, for any number of photos and from any thread.

    Raises:
        CrackEdgeError: the model does not exist, is damaged, has no runtime on this machine, or
            gives wrong scores here.

    Example:
        >>> model = ce.open_model("small")
        >>> model.card.window_px
        256
    """
    if threads is not None:
        threads = require_count(threads, "threads", 1)
    # A name of a shipped model is no path.
    place = model if isinstance(model, str) else Path(model)
    return Model(open_classifier(place, threads=threads or count_cores()))


def as_model(model: FilePath | Model) -> Model:
    """Return a model that is open, or open it."""
    return model if isinstance(model, Model) else open_model(model)
