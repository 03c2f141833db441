"""What every backend makes of a model file: a runner for pieces of one size."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from edge.model.card import Card


class Runner(Protocol):
    """A model opened for pieces of one size; not to be called by two threads at once."""

    @property
    def step(self) -> float:
        """Return one quantization step of a cell logit; 0 for float files."""

    def __call__(self, piece: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Turn a piece, uint8 (H, W, 3) RGB, into cell logits, float32 (H/32, W/32)."""


@dataclass
class Backend:
    """A model file together with the runtime that opens it, for pieces of any one size."""

    name: str
    version: str
    card: Card
    open_runner: Callable[[tuple[int, int]], Runner]
