"""Classifiers as others build them, untrained but with scores that differ from tile to tile."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
from keras import layers
from numpy.typing import NDArray

from converters.parents.preprocessing import PREPROCESSINGS
from edge.evaluation.synthetic import draw_tile


def draw_tiles(side: int, count: int = 6) -> NDArray[np.uint8]:
    return np.stack([draw_tile(side, seed=s, crack=s % 2 == 1).photo for s in range(count)])


def build_grid(
    units: int = 1, activation: str | None = "sigmoid", *, side: int = 64, augments: bool = True
) -> Any:
    """Build a little network with cells of 16 px, pooling and one dense layer."""
    return shake(
        keras.Sequential(
            [
                keras.Input((side, side, 3)),
                *([layers.RandomFlip("horizontal")] if augments else []),
                layers.Rescaling(1 / 255),
                layers.Conv2D(8, 3, strides=4, padding="same", activation="relu"),
                layers.Conv2D(8, 3, strides=4, padding="same", activation="relu"),
                layers.GlobalAveragePooling2D(),
                layers.Dropout(0.3),
                layers.Dense(units, activation=activation),
            ]
        )
    )


def build_flat(side: int = 50) -> Any:
    """Build a little network that ends in a linear layer on all of its features."""
    return shake(
        keras.Sequential(
            [
                keras.Input((side, side, 3)),
                layers.Rescaling(1 / 255),
                layers.Conv2D(4, 5, strides=3, activation="relu"),
                layers.MaxPooling2D(),
                layers.Flatten(),
                layers.Dense(1),
            ]
        )
    )


def build_mobilenet(units: int, activation: str, *, side: int = 64) -> Any:
    """Build the model of the tutorials: MobileNetV2 inside a model of its own, and a new head."""
    backbone = keras.applications.MobileNetV2(
        weights=None, alpha=0.35, include_top=False, input_shape=(side, side, 3)
    )
    pictures = keras.Input((side, side, 3))
    x = layers.RandomFlip("horizontal")(pictures)
    x = layers.Rescaling(1 / 127.5, offset=-1)(x)
    x = backbone(x, training=False)
    x = layers.GlobalAveragePooling2D()(x)
    x = layers.Dropout(0.2)(x)
    return shake(keras.Model(pictures, layers.Dense(units, activation=activation)(x)))


def shake(model: Any) -> Any:
    """Fit batch norms and the last layer to drawn tiles, so that scores differ between them."""
    pictures = draw_tiles(model.input_shape[1]).astype(np.float32)
    for layer in model._flatten_layers():
        if isinstance(layer, layers.BatchNormalization):
            layer.momentum = 0.0
    model(pictures, training=True)
    head = model.layers[-1]
    if isinstance(head, layers.Dense):
        spread(model, head, pictures)
    return model


def spread(model: Any, head: Any, pictures: NDArray[np.float32]) -> None:
    """Set the last layer so that its logits are around 0 and differ by about 2."""
    features = keras.Model(model.inputs, head.input).predict_on_batch(pictures)
    kernel, *bias = head.get_weights()
    kernel = np.random.default_rng(1).normal(0, 1, kernel.shape)
    kernel /= np.std(features @ kernel, axis=0) + 1e-6
    head.set_weights([kernel, *(-np.mean(features @ kernel, axis=0) for _ in bias)])


def scores_of(model: Any, tiles: NDArray[np.uint8], scale: str, *, crack: int) -> NDArray[Any]:
    """Return the crack probabilities that a classifier itself gives."""
    scaling = PREPROCESSINGS[scale]
    low, high = scaling.range
    pictures = (tiles * ((high - low) / 255) + low - scaling.mean) / scaling.std
    pictures = pictures[..., ::-1] if scaling.is_bgr else pictures
    outputs = model.predict_on_batch(pictures.astype(np.float32)).astype(np.float64)
    if getattr(model.layers[-1], "activation", None) is keras.activations.linear:
        both = np.concatenate([np.zeros_like(outputs), outputs], axis=1)[:, -2:]
        return 1 / (1 + np.exp(both[:, 1 - crack] - both[:, crack]))
    return np.concatenate([1 - outputs, outputs], axis=1)[:, -2:][:, crack]


def save(model: Any, path: Path) -> Path:
    model.save(path)
    return path
