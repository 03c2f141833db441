"""Files that a comparison must catch: one slower than the shipped model, some worse than it."""

from __future__ import annotations

import dataclasses
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.project.format_speed import PARENT
from benchmarks.run.sweep_files import round_to_nearest, write_unproven
from edge.files.progress import Progress
from edge.model.training_folder import (
    BACKBONE_NAME,
    CELL_LAYER,
    HIDDEN_LAYER,
    SCALE_LAYER,
)

if TYPE_CHECKING:
    from converters.keras_model import KerasModel

# Of a further layer on the cells: 8 to 10 % more time.
SLOWING_UNITS = 1000
# Standard deviation of a factor on each weight of a convolution: on photos AUC falls by 0.01 to
# 0.04. Noise on the last layer alone hardly shows: its features say the same many times.
NOISE = 0.015
_WHY = "only its latency counts"


@dataclass(frozen=True)
class AlarmFiles:
    """What was made.

    Attributes:
        slowed: int8, the shipped model with a further layer.
        sound: float32, the shipped model.
        worse: float32, each with other noise on its weights.
    """

    slowed: Path
    sound: Path
    worse: tuple[Path, ...]


def make_alarm_files(
    out: Path, count: int, *, progress: Progress, parent: Path = PARENT
) -> AlarmFiles:
    """Convert the shipped model's parent, slowed down, as it is and worsened. Needs TensorFlow.

    Args:
        out: folder for the files.
        count: of the worse ones.
        progress: told how far the work is.
        parent: a ``.keras`` file with its card.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    from converters.load import load_parent

    sound = load_parent(parent)
    total = 2 + count
    slowed = _write(out, "slowed", _add_layer(sound), "tflite-int8", progress)
    progress.step("making files", 1, total)
    paths = [_write(out, "sound", sound, "tflite-float32", progress)]
    progress.step("making files", 2, total)
    for seed in range(count):
        worse = load_parent(parent)
        _disturb(worse.model.get_layer(BACKBONE_NAME), np.random.default_rng(seed))
        paths.append(_write(out, f"worse-{seed}", worse, "tflite-float32", progress))
        progress.step("making files", 3 + seed, total)
    return AlarmFiles(slowed, paths[0], tuple(paths[1:]))


def _write(out: Path, name: str, parent: KerasModel, key: str, progress: Progress) -> Path:
    from converters.formats import FORMATS

    model = FORMATS[key].make(parent, round_to_nearest(parent, _WHY, progress))
    return write_unproven(out, FORMATS[key], model, dataclasses.replace(parent.card, name=name))


def _add_layer(parent: KerasModel) -> KerasModel:
    import keras
    from keras import layers

    pictures = keras.Input((None, None, 3), dtype="uint8")
    scaled = parent.model.get_layer(SCALE_LAYER)(pictures)
    features = parent.model.get_layer(BACKBONE_NAME)(scaled)
    more = layers.Conv2D(SLOWING_UNITS, 1, activation="relu", name=HIDDEN_LAYER)(features)
    cells = layers.Conv2D(1, 1, name=CELL_LAYER)(more)
    return dataclasses.replace(parent, model=keras.Model(pictures, cells))


def _disturb(backbone: Any, rng: np.random.Generator) -> None:
    """Multiply each weight of each convolution by chance."""
    from keras import layers

    for layer in backbone.layers:
        if isinstance(layer, layers.Conv2D | layers.DepthwiseConv2D):
            kernel, *bias = layer.get_weights()
            factors = rng.normal(1, NOISE, kernel.shape).astype(kernel.dtype)
            layer.set_weights([kernel * factors, *bias])
