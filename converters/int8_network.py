"""What int8 files of one model are made from: its network with weights fitted to pictures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from converters.int8_weights import fit_int8_weights
from converters.keras_model import MAX_PIXEL, KerasModel
from converters.layer_errors import LayerError, measure_layers
from converters.network import Network, lay_flat
from edge.files.progress import Progress

# Of a level: what lies halfway between two, but for rounding errors, goes to the lower one.
_HALF = 1e-6
# Tiles on which layers are measured one by one, each with two runs of the network.
_MEASURED_TILES = 32


@dataclass(frozen=True)
class Grid:
    """The values that an 8-bit input can have: ``(pixel - zero) * step``.

    A zero point is an integer, so for a range like [-1, 1] they lie half a level beside the
    parent's own. The fitted weights are fitted to just these.
    """

    step: float
    zero: int

    def scale(self, pixels: NDArray[Any]) -> NDArray[np.float32]:
        """Scale pixel values as the file's input quantization means them."""
        return np.asarray((pixels.astype(np.float32) - self.zero) * self.step, np.float32)


def grid_of(scaled_range: tuple[float, float]) -> Grid:
    """Return the grid of an input that takes raw uint8 for a range of scaled values."""
    low, high = scaled_range
    step = (high - low) / MAX_PIXEL
    nearest = np.ceil(-low / step - 0.5 - _HALF)
    return Grid(step, int(np.clip(nearest, 0, MAX_PIXEL)))


@dataclass
class Int8Network:
    """The network of one parent, fitted when it is first asked for; several formats share it.

    Attributes:
        parent: the float model.
        calibration: uint8 (N, P, P, 3), RGB.
        progress: told what happens.
        why_nearest: why weights are only rounded to the nearest step; empty where they are fitted.
            Given at once where fitting would be in vain.
    """

    parent: KerasModel
    calibration: NDArray[np.uint8]
    progress: Progress
    why_nearest: str = ""

    @property
    def grid(self) -> Grid:
        """Return the values of the input."""
        return grid_of(self.parent.scaled_range)

    @property
    def cells_of_scaled(self) -> Callable[[Any], Any]:
        """Return what computes cell logits with the weights of the int8 files."""
        return self._networks[1] if self._networks else self.parent.cells_of_scaled

    def describe(self) -> str:
        """Say how the weights became integers."""
        if self._networks is None:
            return f"each to the nearest step: {self.why_nearest}"
        return "fitted layer by layer to the calibration pictures"

    def measure_layers(self) -> list[LayerError]:
        """Measure what quantizing each layer alone does; no rows where layers are not known."""
        if not self._networks:
            return []
        tiles = self.parent.scale(self.calibration[:_MEASURED_TILES])
        return measure_layers(self._networks[0], tiles, self.progress)

    @cached_property
    def _networks(self) -> tuple[Network, Network] | None:
        """Return the exact network, evened out, and the fitted one."""
        if self.why_nearest:
            return None
        try:
            exact = lay_flat(self.parent)
        except ValueError as error:
            self.why_nearest = str(error)
            return None
        scaled = self.parent.scale(self.calibration)
        seen = self.grid.scale(self.calibration)
        return exact, fit_int8_weights(exact, scaled, seen, self.progress)
