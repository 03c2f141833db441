"""A model that scores tiles and pieces: what scan, evaluate and the device hold in their hands."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue

import numpy as np
from numpy.typing import NDArray

from edge.backends import Backend, Runner, open_backend
from edge.card import Card
from edge.errors import SelfTestError
from edge.metrics import sigmoid
from edge.modelfile import find_model
from edge.selftest import check_self_test, draw_self_test_tiles

# Piece sizes kept open per worker: photos of a few cameras, portrait and landscape.
_MAX_SHAPES = 4


class Classifier:
    """A model file opened on a runtime, with one set of interpreters for each worker thread.

    Attributes:
        card: facts about the model.
        backend: name of the runtime.
        workers: threads that score side by side.
    """

    def __init__(self, backend: Backend, *, workers: int = 1) -> None:
        self.card: Card = backend.card
        self.backend = backend.name
        self.workers = workers
        self._open_runner = backend.open_runner
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="score")
        self._free: SimpleQueue[dict[tuple[int, int], Runner]] = SimpleQueue()
        for _ in range(workers):
            self._free.put({})

    def scores(self, tiles: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Score tiles.

        Args:
            tiles: uint8 (N, P, P, 3), RGB, P the card's input_px.

        Returns:
            float32 (N,), crack probabilities: the sigmoid of each tile's mean cell logit.
        """
        return sigmoid(self.mean_logits(tiles))

    def mean_logits(self, tiles: NDArray[np.uint8]) -> NDArray[np.float64]:
        """Return the mean cell logit of each tile, float64 (N,)."""
        cells = self.cell_logits(tiles)
        return np.array([np.mean(grid, dtype=np.float64) for grid in cells], np.float64)

    def cell_logits(self, pieces: Iterable[NDArray[np.uint8]]) -> Iterator[NDArray[np.float32]]:
        """Score pieces cell by cell, in order, as many side by side as there are workers.

        Args:
            pieces: each uint8 (H, W, 3), RGB, sides multiples of 32 px.

        Yields:
            float32 (H/32, W/32), one logit per cell.
        """
        return self._pool.map(self._run, pieces)

    def _run(self, piece: NDArray[np.uint8]) -> NDArray[np.float32]:
        runners = self._free.get()
        try:
            shape = piece.shape[:2]
            if shape not in runners:
                while len(runners) >= _MAX_SHAPES:
                    del runners[next(iter(runners))]
                runners[shape] = self._open_runner(shape)
            return runners[shape](piece)
        finally:
            self._free.put(runners)


def open_classifier(model: str | Path, *, workers: int = 1) -> Classifier:
    """Open a model file or a shipped model by name, and run its self-test.

    Args:
        model: a ``.tflite`` or ``.onnx`` file with a card, or a name such as ``default``.
        workers: threads that score side by side.

    Raises:
        ModelError: no such model, a damaged file, no card.
        EnvironmentLacksError: no runtime for it.
        SelfTestError: the model gives other scores here than when it was verified.
    """
    path = find_model(model)
    classifier = Classifier(open_backend(path), workers=workers)
    test = classifier.card.self_test
    if test is None:
        raise SelfTestError(f"{path}: the card has no self-test; convert the model again")
    check_self_test(
        test,
        classifier.mean_logits(draw_self_test_tiles(classifier.card.input_px, test.seed)),
        backend=classifier.backend,
        quantization=classifier.card.quantization,
        where=str(path),
    )
    return classifier
