"""The Keras model: a backbone with a head that can be taken apart into cells.

The window's logit is the mean of its cells' logits, so one set of weights gives the tile view
(one probability) and the dense view (a grid of cell logits).
"""

from __future__ import annotations

import os
import re
import warnings
from pathlib import Path
from typing import Any

import keras
from keras import layers

from edge.files.errors import DataError, EnvironmentLacksError, InputError, first_line
from edge.files.native_output import silence
from edge.model.training_folder import (
    BACKBONE_NAME,
    CELL_LAYER,
    HIDDEN_LAYER,
    SCALE_LAYER,
    WINDOW_LAYER,
)
from trainer.fit.recipes import IMAGENET, NO_WEIGHTS, PLAIN, RECIPES, Stage, TrainSettings

_SCRATCH_MOMENTUM = 0.9
# Each is followed by a pooling that halves the side: cells of 32 px, as MobileNetV2's.
_PLAIN_FILTERS = (16, 32, 64, 96, 128)


def build_model(settings: TrainSettings, *, weights: str | None = None) -> Any:
    """Build the crack classifier of a recipe.

    The input is uint8 (N, H, W, 3), RGB, any H and W that are multiples of 32 px; the output
    float32 (N, 1), crack probabilities. Scaling to [-1, 1] is part of the graph.

    Dropping a whole channel of the feature map is the same as dropping it after pooling. A hidden
    layer works on the cells, before the pooling, so that cells still add up to windows.

    Args:
        settings: recipe, width of MobileNetV2 (Sandler et al. 2018), weights and dropout.
        weights: in place of those of the settings.

    Raises:
        InputError: the weights do not fit alpha.
        EnvironmentLacksError: the ImageNet weights cannot be downloaded.
    """
    recipe = RECIPES[settings.recipe]
    if recipe.backbone == PLAIN:
        backbone = _build_plain_backbone()
    else:
        backbone = _build_backbone(settings.alpha, weights or settings.weights)
    pictures = keras.Input((None, None, 3), dtype="uint8", name="pictures")
    x = layers.Rescaling(1 / 127.5, offset=-1.0, name=SCALE_LAYER)(pictures)
    x = backbone(x)
    x = layers.SpatialDropout2D(settings.dropout, seed=settings.seed, name="dropout")(x)
    if recipe.hidden:
        x = layers.Conv2D(recipe.hidden, 1, activation="relu", name=HIDDEN_LAYER)(x)
    x = layers.Conv2D(1, 1, name=CELL_LAYER, dtype="float32")(x)
    x = layers.GlobalAveragePooling2D(name=WINDOW_LAYER, dtype="float32")(x)
    score = layers.Activation("sigmoid", name="crack_probability", dtype="float32")(x)
    return keras.Model(pictures, score, name="crack_edge")


def _build_plain_backbone() -> Any:
    blocks: list[Any] = [keras.Input((None, None, 3))]
    for filters in _PLAIN_FILTERS:
        blocks += [
            layers.Conv2D(filters, 3, padding="same", activation="relu"),
            layers.MaxPooling2D(),
        ]
    return keras.Sequential(blocks, name=BACKBONE_NAME)


def _build_backbone(alpha: float, weights: str) -> Any:
    failure: Exception
    with warnings.catch_warnings(), silence():
        warnings.filterwarnings("ignore", message=".*`input_shape` is undefined")
        # Keras skips layers that a file does not hold and only warns of it.
        warnings.filterwarnings("error", message="Skipping nested container")
        try:
            return keras.applications.MobileNetV2(
                include_top=False,
                weights=None if weights == NO_WEIGHTS else weights,
                alpha=alpha,
                input_shape=(None, None, 3),
                name=BACKBONE_NAME,
            )
        except (ValueError, OSError, UserWarning) as error:
            failure = error
        except Exception as error:  # a failed download: Keras raises the bare class
            if weights != IMAGENET or type(error) is not Exception:
                raise
            failure = error
    if weights == IMAGENET:
        raise EnvironmentLacksError(_explain_download(first_line(failure))) from failure
    raise InputError(
        f"{weights}: these weights do not fit MobileNetV2 with --alpha {alpha:g} and without its "
        f"top layer; give the --alpha that the file was made with ({first_line(failure)})"
    ) from failure


def _explain_download(complaint: str) -> str:
    """Say which file is missing and how to do without it; Keras's complaint names the address."""
    address = re.search(r"https?://\S+(?=: )", complaint)
    reason = complaint.rpartition(" -- ")[2]
    file = (
        f"download {address[0]} on another computer and put it into {keras_cache()}"
        if address
        else f"put Keras's file for MobileNetV2 without its top layer into {keras_cache()}"
    )
    return (
        f"the ImageNet weights cannot be downloaded ({reason}). Without a network, {file}, or "
        "start from other weights: --weights FILE.weights.h5 (a MobileNetV2 backbone), --weights "
        "models/default.keras (a crack-edge model, from its repository) or --weights none "
        "(random weights, which need many more pictures)"
    )


def keras_cache() -> Path:
    """Return the folder in which Keras keeps downloaded weights."""
    home = os.environ.get("KERAS_HOME")
    return (Path(home) if home else Path.home() / ".keras") / "models"


def load_trained(path: Path, settings: TrainSettings) -> Any:
    """Load an earlier training's ``.keras`` file to go on from.

    Raises:
        InputError: not such a file, or of another width or recipe.
    """
    try:
        model = keras.models.load_model(path, compile=False, safe_mode=True)
    except (ValueError, TypeError, KeyError, OSError) as error:
        raise InputError(f"{path}: Keras cannot load it ({first_line(error)})") from error
    own = build_model(settings, weights=NO_WEIGHTS)
    if [layer.name for layer in model.layers] != [layer.name for layer in own.layers] or (
        model.count_params() != own.count_params()
    ):
        raise InputError(
            f"{path}: expected a model that crack-edge train made with --alpha "
            f"{settings.alpha:g}; leave --alpha out to take the model's own"
        )
    own.set_weights(model.get_weights())
    return own


def set_trainable(model: Any, stage: Stage) -> None:
    """Freeze the backbone, or let it learn from one layer on.

    Batch norms mostly stay in inference mode: the statistics of a few dozen pictures would undo
    what the backbone knows. A network that starts from nothing needs them.
    """
    backbone = model.get_layer(BACKBONE_NAME)
    backbone.trainable = True
    names = [layer.name for layer in backbone.layers]
    if stage.trainable_from and stage.trainable_from not in names:
        raise DataError(f"the backbone has no layer {stage.trainable_from!r}")
    start = (
        len(names)
        if stage.trainable_from is None
        else names.index(stage.trainable_from)
        if stage.trainable_from
        else 0
    )
    for place, layer in enumerate(backbone.layers):
        is_norm = isinstance(layer, layers.BatchNormalization)
        layer.trainable = place >= start and (stage.batch_norms or not is_norm)
        if is_norm and stage.trainable_from == "":
            # MobileNetV2's 0.999 is made for hundreds of thousands of steps.
            layer.momentum = _SCRATCH_MOMENTUM


def build_head(channels: int, *, dropout: float = 0.2) -> Any:
    """Build the head alone, on pooled features float32 (N, channels), for the first stage."""
    features = keras.Input((channels,), name="features")
    x = layers.Dropout(dropout)(features)
    x = layers.Dense(1, name="unit")(x)
    return keras.Model(features, layers.Activation("sigmoid")(x), name="head")


def build_feature_model(model: Any) -> Any:
    """Build the frozen first stage: pictures to pooled features float32 (N, channels)."""
    x = layers.GlobalAveragePooling2D()(model.get_layer(BACKBONE_NAME).output)
    return keras.Model(model.get_layer(BACKBONE_NAME).input, x, name="features")


def copy_head(head: Any, model: Any) -> None:
    """Put the trained head into the model: a dense unit is a 1 x 1 convolution of the cells."""
    kernel, bias = head.get_layer("unit").get_weights()
    model.get_layer(CELL_LAYER).set_weights([kernel[None, None], bias])
