"""Model files of many widths and input sizes, untrained: latency does not depend on training."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from edge.evaluation.synthetic import draw_tile
from edge.files.atomic_write import replace_atomically
from edge.files.errors import InputError
from edge.files.hashing import sha256_of
from edge.files.progress import Progress
from edge.model.backends import open_backend
from edge.model.card import CELL_PX, Card, SelfTest
from edge.model.classifier import Classifier
from edge.model.self_test import SEED, draw_self_test_tiles

if TYPE_CHECKING:
    from converters.formats import Format
    from converters.int8_network import Int8Network
    from converters.keras_model import KerasModel
    from trainer.recipes import TrainSettings

RULE = "random weights: never to be used on photos"
# The sides of the grid: the least is what MobileNetV2 turns into two cells, the largest what a
# card may say.
_MIN_PX, _MAX_PX = 64, 1024
# Enough for ranges to be found.
_TILES = 8


def make_sweep_files(
    out: Path,
    *,
    alphas: Sequence[float],
    inputs_px: Sequence[int],
    formats: Sequence[str],
    progress: Progress,
    seed: int = 0,
) -> list[Path]:
    """Write an untrained model file for each width, input size and format.

    The graph is that of ``crack-edge train`` and ``crack-edge convert``, which takes pieces of any
    size: one conversion serves all input sizes, whose files differ in their cards.

    Args:
        out: folder for the files.
        alphas: widths of MobileNetV2, such as can be trained.
        inputs_px: sides of a tile, multiples of 32 px.
        formats: names as ``crack-edge convert`` knows them, such as ``tflite-int8``.
        progress: told how far the work is.
        seed: of the weights.

    Returns:
        The paths, in order of alpha, input and format.

    Raises:
        InputError: an input size, an alpha or a format that cannot be.
        EnvironmentLacksError: no runtime for a format.
    """
    for side in inputs_px:
        if side % CELL_PX or not _MIN_PX <= side <= _MAX_PX:
            raise InputError(
                f"--inputs {side}: expected a multiple of {CELL_PX}, {_MIN_PX} to {_MAX_PX} px"
            )
    # Slow to load, and not installed where only files are measured.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    from converters.formats import FORMATS
    from trainer.recipes import NO_WEIGHTS, TrainSettings

    side = min(inputs_px)
    settings = [
        TrainSettings(weights=NO_WEIGHTS, alpha=alpha, input_px=side, seed=seed)
        for alpha in dict.fromkeys(alphas)
    ]
    for name in formats:
        if name not in FORMATS:
            raise InputError(f"--format {name}: expected some of {', '.join(FORMATS)}")
    paths = []
    for done, one in enumerate(settings):
        parent = _build_parent(one)
        int8 = round_to_nearest(parent, RULE, progress)
        _settle_norms(parent.model, int8.calibration)
        models = {name: FORMATS[name].make(parent, int8) for name in dict.fromkeys(formats)}
        for side in dict.fromkeys(inputs_px):
            name = name_of(one.alpha, side)
            card = dataclasses.replace(parent.card, name=name, input_px=side, window_px=side)
            paths += [write_unproven(out, FORMATS[f], models[f], card) for f in models]
        progress.step("making untrained files", done + 1, len(settings))
    return paths


def name_of(alpha: float, input_px: int) -> str:
    """Return the name on the card of an untrained model."""
    return f"alpha-{alpha:g}-{input_px}px"


def write_unproven(folder: Path, kind: Format, model: bytes, card: Card) -> Path:
    """Write a model file with a self-test made by itself, held against nothing.

    Args:
        folder: where the file goes, under the card's name.
        kind: its format.
        model: the converted model, without a card.
        card: its facts; quantization and self-test are entered here.
    """
    card = dataclasses.replace(card, quantization=kind.quantization)
    path = folder / f"{card.name}.{kind.quantization}{kind.suffix}"
    replace_atomically(path, kind.put_card(model, card))
    backend = open_backend(path)
    logits = Classifier(backend).mean_logits(draw_self_test_tiles(card.input_px))
    step = backend.open_runner((card.input_px, card.input_px)).step
    test = SelfTest(SEED, tuple(logits.tolist()), step, backend.name)
    replace_atomically(path, kind.put_card(model, dataclasses.replace(card, self_test=test)))
    return path


def round_to_nearest(parent: KerasModel, why: str, progress: Progress) -> Int8Network:
    """Return what int8 files are made from where their scores do not matter: nothing is fitted."""
    from converters.int8_network import Int8Network

    side = parent.card.input_px
    tiles = np.stack([draw_tile(side, seed=n, crack=n % 2 == 1).photo for n in range(_TILES)])
    return Int8Network(parent, tiles, progress, why_nearest=why)


def _build_parent(settings: TrainSettings) -> KerasModel:
    import keras

    from converters.keras_model import KerasModel
    from trainer.model import build_model

    keras.utils.set_random_seed(settings.seed)
    model = build_model(settings)
    side = settings.input_px
    card = Card(
        name=name_of(settings.alpha, side),
        input_px=side,
        window_px=side,
        threshold=0.5,
        threshold_rule=RULE,
        recipe={"alpha": settings.alpha, "weights": settings.weights, "seed": settings.seed},
        notes=(RULE,),
    )
    return KerasModel(Path(card.name), sha256_of(card.to_json().encode()), card, model)


def _settle_norms(model: Any, tiles: Any) -> None:
    """Take the statistics of batch norms from tiles, or activations would die away or explode."""
    import keras

    norms = [
        layer
        for layer in model._flatten_layers()
        if isinstance(layer, keras.layers.BatchNormalization)
    ]
    for layer in norms:
        layer.momentum = 0.0
    model(tiles, training=True)
