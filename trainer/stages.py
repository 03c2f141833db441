"""The stages of a training: the head on frozen features, then the network with a falling rate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from edge.card import CELL_PX
from edge.dataset import Sample
from edge.errors import InputError
from edge.progress import Progress
from edge.trained import KERAS_SUFFIX, SCALE_LAYER
from trainer.batches import PictureBatches, balance_epoch, targets_of
from trainer.tiles import Tiles
from trainer.model import (
    ALPHAS,
    NO_WEIGHTS,
    build_feature_model,
    build_head,
    copy_head,
    freeze_for_fine_tuning,
    prepare_from_scratch,
)

_HEAD_BATCH = 256
# Labels of public data are wrong now and then; a model must not be certain of any.
_LABEL_SMOOTHING = 0.05
# Share of the fine-tuning in which the rate rises, while Adam's averages settle.
_WARMUP = 0.05


@dataclass(frozen=True)
class TrainSettings:
    """Settings of one training, kept in the card."""

    weights: str = "imagenet"
    alpha: float = 1.0
    input_px: int = 224
    window_px: int | None = None
    epochs: int = 10
    finetune_epochs: int = 5
    head_rate: float = 1e-3
    finetune_rate: float = 2e-4
    scratch_rate: float = 2e-3
    batch_size: int = 32
    dropout: float = 0.2
    seed: int = 0

    def __post_init__(self) -> None:
        """Refuse values that cannot be trained with."""
        if self.alpha not in ALPHAS:
            raise InputError(f"alpha {self.alpha}: expected one of {', '.join(map(str, ALPHAS))}")
        if self.input_px < CELL_PX or self.input_px % CELL_PX:
            raise InputError(f"input-px {self.input_px}: expected a multiple of {CELL_PX}")


def fit_model(
    model: Any,
    parts: Mapping[str, Sequence[Sample]],
    tiles: Tiles,
    settings: TrainSettings,
    progress: Progress,
    checkpoint: Path,
) -> list[dict[str, Any]]:
    """Train in two stages, or in one.

    An earlier model has a head already and is only fine-tuned; without pretrained weights there
    is nothing to freeze.

    Returns:
        The history: a row for each epoch.
    """
    if settings.weights.endswith(KERAS_SUFFIX):
        history: list[dict[str, Any]] = []
    elif settings.weights == NO_WEIGHTS:
        prepare_from_scratch(model)
        scratch = _Stage(
            "scratch", settings.epochs + settings.finetune_epochs, settings.scratch_rate
        )
        return train_network(model, parts, tiles, settings, scratch, progress, checkpoint)
    else:
        history = train_head(model, parts, tiles, settings, progress)
    if settings.finetune_epochs:
        freeze_for_fine_tuning(model)
        stage = _Stage("finetune", settings.finetune_epochs, settings.finetune_rate)
        history += train_network(model, parts, tiles, settings, stage, progress, checkpoint)
    return history


@dataclass(frozen=True)
class _Stage:
    name: str
    epochs: int
    rate: float


def train_head(
    model: Any,
    parts: Mapping[str, Sequence[Sample]],
    tiles: Tiles,
    settings: TrainSettings,
    progress: Progress,
) -> list[dict[str, Any]]:
    """Train the head on features of the frozen backbone, which are computed only once."""
    chosen = balance_epoch(parts["train"], seed=settings.seed, epoch=0)
    features = build_feature_model(model)
    scale = model.get_layer(SCALE_LAYER)
    extract = keras.Sequential([keras.Input((None, None, 3), dtype="uint8"), scale, features])
    arrays = {
        split: extract.predict(
            _batches(samples, tiles, settings),
            verbose=0,
            callbacks=[_Steps(progress, f"features of {split}", len(samples), settings.batch_size)],
        )
        for split, samples in (("train", chosen), ("val", parts["val"]))
    }
    head = build_head(arrays["train"].shape[1], dropout=settings.dropout)
    _compile(head, keras.optimizers.Adam(settings.head_rate))
    fitted = head.fit(
        arrays["train"],
        targets_of(chosen),
        validation_data=(arrays["val"], targets_of(parts["val"])),
        epochs=settings.epochs,
        batch_size=_HEAD_BATCH,
        verbose=0,
        callbacks=[_Epochs(progress, "head")],
    )
    copy_head(head, model)
    return _rows("head", fitted.history)


def train_network(
    model: Any,
    parts: Mapping[str, Sequence[Sample]],
    tiles: Tiles,
    settings: TrainSettings,
    stage: _Stage,
    progress: Progress,
    checkpoint: Path,
) -> list[dict[str, Any]]:
    """Train what is trainable with a falling rate.

    The weights of the best epoch stay, or those from before if none is better.
    """
    batches = PictureBatches(
        parts["train"],
        tiles,
        batch_size=settings.batch_size,
        seed=settings.seed,
        training=True,
    )
    steps_in_all = stage.epochs * len(batches)
    warmup = max(1, round(_WARMUP * steps_in_all))
    rate = keras.optimizers.schedules.CosineDecay(
        0.0,
        max(1, steps_in_all - warmup),
        warmup_target=stage.rate,
        warmup_steps=warmup,
    )
    _compile(model, keras.optimizers.Adam(rate))
    val = _batches(parts["val"], tiles, settings)
    before = model.get_weights()
    checkpoint.unlink(missing_ok=True)
    keep_best = keras.callbacks.ModelCheckpoint(
        checkpoint,
        monitor="val_loss",
        save_best_only=True,
        save_weights_only=True,
        initial_value_threshold=model.evaluate(val, verbose=0, return_dict=True)["loss"],
    )
    steps = _Steps(progress, stage.name, len(batches.samples), settings.batch_size)
    fitted = model.fit(
        batches,
        validation_data=val,
        epochs=stage.epochs,
        shuffle=False,  # each epoch's choice of pictures is shuffled already
        verbose=0,
        callbacks=[keep_best, steps, _Epochs(progress, stage.name)],
    )
    if checkpoint.is_file():
        model.load_weights(checkpoint)
        checkpoint.unlink()
    else:
        model.set_weights(before)
    return _rows(stage.name, fitted.history)


def _compile(model: Any, optimizer: Any) -> None:
    model.compile(
        optimizer=optimizer,
        loss=keras.losses.BinaryCrossentropy(label_smoothing=_LABEL_SMOOTHING),
        metrics=["accuracy", keras.metrics.AUC(name="auc")],
        # XLA slows a CPU down; left to Keras it is used on a GPU alone.
        jit_compile="auto",
    )


def _batches(samples: Sequence[Sample], tiles: Tiles, settings: TrainSettings) -> PictureBatches:
    return PictureBatches(samples, tiles, batch_size=settings.batch_size)


def predict(
    model: Any,
    samples: Sequence[Sample],
    tiles: Tiles,
    settings: TrainSettings,
    progress: Progress,
    what: str,
) -> NDArray[np.float32]:
    """Score labelled pictures with a Keras model, as crack probabilities, float32 (N,)."""
    steps = _Steps(progress, what, len(samples), settings.batch_size)
    scores = model.predict(_batches(samples, tiles, settings), verbose=0, callbacks=[steps])
    return np.asarray(scores, np.float32)[:, 0]


def _rows(stage: str, history: Mapping[str, Sequence[float]]) -> list[dict[str, Any]]:
    count = len(history["loss"])
    return [
        {"stage": stage, "epoch": place + 1}
        | {key: round(float(values[place]), 6) for key, values in history.items()}
        for place in range(count)
    ]


class _Steps(keras.callbacks.Callback):  # type: ignore[misc]
    """Tell of the pictures gone through within an epoch."""

    def __init__(self, progress: Progress, what: str, total: int, batch_size: int) -> None:
        super().__init__()
        self._progress, self._what, self._total, self._size = progress, what, total, batch_size

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        self._tell(batch)

    def on_predict_batch_end(self, batch: int, logs: Any = None) -> None:
        self._tell(batch)

    def _tell(self, batch: int) -> None:
        done = min((batch + 1) * self._size, self._total)
        self._progress.step(self._what, done, self._total)


class _Epochs(keras.callbacks.Callback):  # type: ignore[misc]
    """Tell of each finished epoch."""

    def __init__(self, progress: Progress, stage: str) -> None:
        super().__init__()
        self._progress, self._stage = progress, stage

    def on_epoch_end(self, epoch: int, logs: Mapping[str, float] | None = None) -> None:
        figures = ", ".join(f"{key} {value:.4f}" for key, value in (logs or {}).items())
        self._progress.say(f"{self._stage}: epoch {epoch + 1}: {figures}")
