"""A model that scores tiles and pieces: what scan, evaluate and the device hold in their hands."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue

import numpy as np
from numpy.typing import NDArray

from edge.files.errors import SelfTestError
from edge.files.native_output import silence
from edge.model.backends import Backend, Runner, open_backend
from edge.model.card import Card
from edge.model.logits import sigmoid
from edge.model.self_test import check_self_test, draw_self_test_tiles
from edge.model.tflite_file import find_model

# Px of pieces kept open per worker, about 75 bytes of memory each: the largest piece in portrait
# and in landscape, and some small ones.
_MAX_OPEN_PX = 2 << 20
# Pieces read ahead for each worker: the next one lies ready when one is done.
_AHEAD = 2


class Classifier:
    """A model file opened on a runtime, with one set of interpreters for each worker thread.

    Attributes:
        card: facts about the model.
        backend: name of the runtime.
        backend_version: of the runtime.
        threads: that score side by side.
        path: the model file, if it came from one.
    """

    def __init__(self, backend: Backend, *, threads: int = 1, path: Path | None = None) -> None:
        self.card: Card = backend.card
        self.backend = backend.name
        self.backend_version = backend.version
        self.threads = threads
        self.path = path
        self._open_runner = backend.open_runner
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="score")
        self._free: SimpleQueue[dict[tuple[int, int], Runner]] = SimpleQueue()
        for _ in range(threads):
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
        # To a single worker nothing is handed over: that takes 1 % of a tile's time.
        cells = map(self._run, tiles) if self.threads == 1 else self.cell_logits(tiles)
        return np.array([np.mean(grid, dtype=np.float64) for grid in cells], np.float64)

    def cell_logits(self, pieces: Iterable[NDArray[np.uint8]]) -> Iterator[NDArray[np.float32]]:
        """Score pieces cell by cell, in order, as many side by side as there are threads.

        Pieces are taken as they are needed, so that few of them are in memory at a time.

        Args:
            pieces: each uint8 (H, W, 3), RGB, sides multiples of 32 px.

        Yields:
            float32 (H/32, W/32), one logit per cell.
        """
        waiting: deque[Future[NDArray[np.float32]]] = deque()
        for piece in pieces:
            waiting.append(self._pool.submit(self._run, piece))
            if len(waiting) > _AHEAD * self.threads:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()

    def _run(self, piece: NDArray[np.uint8]) -> NDArray[np.float32]:
        runners = self._free.get()
        try:
            shape = piece.shape[:2]
            runner = runners.pop(shape, None)
            if runner is None:
                while runners and sum(h * w for h, w in (*runners, shape)) > _MAX_OPEN_PX:
                    del runners[next(iter(runners))]
                runner = self._open_runner(shape)
            # Put back last: the first is the one that was not used for longest.
            runners[shape] = runner
            return runner(piece)
        finally:
            self._free.put(runners)


def open_classifier(model: str | Path, *, threads: int = 1) -> Classifier:
    """Open a model file or a shipped model by name, and run its self-test.

    Args:
        model: a ``.tflite`` or ``.onnx`` file with a card, or a name such as ``default``.
        threads: that score side by side.

    Raises:
        ModelError: no such model, no card.
        DamagedModelError: the file is not as it was written.
        ColourOrderError: the card says that the model was trained on another colour order.
        EnvironmentLacksError: no runtime for it.
        SelfTestError: the model gives other scores here than when it was verified.
    """
    path = find_model(model)
    classifier = Classifier(open_backend(path), threads=threads, path=path)
    check_classifier(classifier)
    return classifier


def check_classifier(classifier: Classifier) -> None:
    """Run the self-test of a classifier's model.

    Raises:
        SelfTestError: the model gives other scores here than when it was verified.
    """
    card = classifier.card
    where = str(classifier.path or card.name)
    if card.self_test is None:
        raise SelfTestError(f"{where}: the model card has no self-test; convert the model again")
    tiles = draw_self_test_tiles(card.input_px, card.self_test.seed)

    def score(pictures: NDArray[np.uint8]) -> NDArray[np.float64]:
        # Runtimes write about themselves when they first run.
        with silence():
            return classifier.mean_logits(pictures)

    check_self_test(
        card.self_test,
        score(tiles),
        backend=classifier.backend,
        version=classifier.backend_version,
        quantization=card.quantization,
        where=where,
        score_swapped=lambda: score(np.ascontiguousarray(tiles[..., ::-1])),
    )
