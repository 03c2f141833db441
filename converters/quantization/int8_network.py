"""What int8 files of one model are made from: its network with weights fitted to pictures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from converters.parents.keras_model import KerasModel
from converters.quantization.input_quantization import InputQuantization, quantize_range
from converters.quantization.int8_weights import fit_int8_weights
from converters.quantization.layer_errors import LayerError, measure_layers
from converters.quantization.network import Network, flatten_network
from edge.files.progress import Progress

# Tiles on which layers are measured one by one, each with two runs of the network.
_MEASURED_TILES = 32


@dataclass
class Int8Network:
    """The network of one parent, fitted when it is first asked for; several formats share it.

    Attributes:
        parent: the float model.
        calibration: uint8 (N, P, P, 3), RGB.
        progress: where progress is reported.
        why_nearest: why weights are only rounded to the nearest step; empty where they are fitted.
    """

    parent: KerasModel
    calibration: NDArray[np.uint8]
    progress: Progress
    why_nearest: str = field(default="", init=False)

    @property
    def input_quantization(self) -> InputQuantization:
        """Return how the input is quantized."""
        return quantize_range(self.parent.scaled_range)

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
        """Return the exact network, its channels equalized, and the fitted one."""
        if self.why_nearest:
            return None
        try:
            exact = flatten_network(self.parent)
        except ValueError as error:
            self.why_nearest = str(error)
            return None
        self.progress.say(f"fitting int8 weights to {len(self.calibration)} pictures")
        scaled = self.parent.scale(self.calibration)
        seen = self.input_quantization.dequantize(self.calibration)
        return exact, fit_int8_weights(exact, scaled, seen, self.progress)
