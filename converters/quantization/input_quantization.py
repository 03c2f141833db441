"""The quantization of an 8-bit input: which scaled values the raw pixels stand for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from converters.parents.keras_model import MAX_PIXEL

# Of a level: what lies halfway between two, but for rounding errors, goes to the lower one.
_HALF = 1e-6


@dataclass(frozen=True)
class InputQuantization:
    """The values that an 8-bit input can have: ``(pixel - zero_point) * scale``.

    A zero point is an integer, so for a range like [-1, 1] they lie half a level beside the
    parent's own. The weights are fitted to exactly these.
    """

    scale: float
    zero_point: int

    def dequantize(self, pixels: NDArray[Any]) -> NDArray[np.float32]:
        """Return the values that pixels stand for."""
        return np.asarray((pixels.astype(np.float32) - self.zero_point) * self.scale, np.float32)


def quantize_range(scaled_range: tuple[float, float]) -> InputQuantization:
    """Return the quantization of an input that takes raw uint8 for a range of scaled values."""
    low, high = scaled_range
    scale = (high - low) / MAX_PIXEL
    nearest = np.ceil(-low / scale - 0.5 - _HALF)
    return InputQuantization(scale, int(np.clip(nearest, 0, MAX_PIXEL)))
