"""Drawn walls and a model that takes dark for cracked."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from crack_edge.api.model import Model
from edge.model.classifier import Classifier
from tests.unit.fakes import FakeBackend, draw_wall

SIZE_WH = (320, 250)


def dark_model() -> Model:
    return Model(Classifier(FakeBackend()))


def cracked_wall() -> NDArray[np.uint8]:
    """Draw a black bar from top to bottom."""
    wall = sound_wall()
    wall[:, 128:192] = 0
    return wall


def sound_wall() -> NDArray[np.uint8]:
    """Draw a bright wall that is rough: what is smooth counts as blurred."""
    grain = np.random.default_rng(1).integers(0, 30, (SIZE_WH[1], SIZE_WH[0], 3), np.uint8)
    return draw_wall(SIZE_WH) - grain
