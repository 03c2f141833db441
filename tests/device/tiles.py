"""What is scored on every machine, and what the shipped models must give for it.

Tiles come from integers and a frozen generator, so that all machines score the same bytes.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from edge.model.backends import open_backend
from edge.model.self_test import TILES, draw_self_test_tiles
from edge.model.tflite_file import find_model

PROMISE = Path(__file__).with_name("scores.json")
MODELS = ("default", "small")
# Of a tile, on another runtime than LiteRT.
MOST_STEPS_ELSEWHERE = 2
# None of them is the seed of the self-test: these tiles are others.
_SEEDS = (101, 211, 307)


@dataclass(frozen=True)
class Given:
    """What a model gave.

    Attributes:
        model_sha256: of the model, by which a promise is known to be of this one.
        step: one quantization step of a cell logit.
        cells: float64, logits of all cells: of each tile in turn, then of a piece of two tiles.
    """

    model_sha256: str
    step: float
    cells: NDArray[np.float64]

    @property
    def tile_logits(self) -> NDArray[np.float64]:
        """Return the logit of each tile, float64 (N,): the mean of its cells decides."""
        count = TILES * len(_SEEDS)
        # The piece is as large as two tiles.
        return self.cells.reshape(count + 2, -1)[:count].mean(axis=1)

    def steps_from(self, promised: Given) -> tuple[float, float]:
        """Return by how many steps a cell, and a tile, differs at most from what was promised."""
        assert self.model_sha256 == promised.model_sha256, "write the promise again"
        assert self.step == promised.step > 0
        assert self.cells.shape == promised.cells.shape
        by_cell = np.abs(self.cells - promised.cells).max() / promised.step
        by_tile = np.abs(self.tile_logits - promised.tile_logits).max() / promised.step
        return float(by_cell), float(by_tile)


def give_scores(name: str, *, backend: str | None = None) -> tuple[Given, str]:
    """Score the tiles, and a piece of the dense view, with a shipped model.

    Args:
        name: of the model.
        backend: name of the runtime; the first at hand if None.

    Returns:
        what it gave, and the name of the runtime that gave it.
    """
    opened = open_backend(find_model(name), name=backend)
    side = opened.card.input_px
    tiles = np.concatenate([draw_self_test_tiles(side, seed) for seed in _SEEDS])
    score_tile, score_piece = opened.open_runner((side, side)), opened.open_runner((side, 2 * side))
    grids = [score_tile(tile) for tile in tiles]
    grids.append(score_piece(np.concatenate(tiles[TILES - 1 : TILES + 1], axis=1)))
    cells = np.concatenate([grid.ravel() for grid in grids]).astype(np.float64)
    return Given(str(opened.card.model_sha256), score_tile.step, cells), opened.name


def read_promise(name: str) -> Given:
    """Return what a shipped model must give."""
    values = json.loads(PROMISE.read_text(encoding="utf-8"))[name]
    return Given(values["model_sha256"], values["step"], np.array(values["cells"]))


def write_promise() -> None:
    """Write down what this machine gives: the others are held to it.

    ``python -m tests.device.tiles`` does it, on the workstation that made the shipped files.
    """
    promise = {}
    for name in MODELS:
        given, _ = give_scores(name)
        # Six digits are ten thousand times finer than a step.
        cells = [round(value, 6) for value in given.cells.tolist()]
        promise[name] = {"model_sha256": given.model_sha256, "step": given.step, "cells": cells}
    PROMISE.write_text(json.dumps(promise) + "\n", encoding="utf-8")


if __name__ == "__main__":
    write_promise()
