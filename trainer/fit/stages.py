"""Go through the stages of a recipe: each leaves the weights of its best epoch."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from edge.evaluation.dataset import Sample
from edge.files.formatting import count_of
from edge.files.progress import Progress
from edge.model.training_folder import SCALE_LAYER, WINDOW_LAYER
from trainer.fit.batches import PictureBatches, balance_epoch, targets_of
from trainer.fit.callbacks import (
    BatchProgress,
    EpochCheckpoint,
    EpochRow,
    TensorBoardLog,
    describe_epoch,
    figures_of,
)
from trainer.fit.checkpoint import Checkpoint
from trainer.fit.model import build_feature_model, build_head, copy_head, set_trainable
from trainer.fit.recipes import COSINE, EXPONENTIAL, Stage, TrainSettings, plan_stages
from trainer.fit.tiles import DecodedTiles

_HEAD_BATCH = 256
# Share of a cosine stage in which the rate rises, while Adam's averages settle.
_WARMUP = 0.05
# What the rate keeps from one epoch to the next where it falls exponentially.
_DECAY = 0.9


@dataclass(frozen=True)
class TrainingData:
    """What a model is trained on.

    Attributes:
        parts: samples by split.
        tiles: of all samples.
        soft_targets: labels mixed with a teacher's scores, by picture; None without a teacher.
    """

    parts: Mapping[str, Sequence[Sample]]
    tiles: DecodedTiles
    soft_targets: Mapping[Path, float] | None = None


def fit_model(
    model: Any,
    data: TrainingData,
    settings: TrainSettings,
    progress: Progress,
    checkpoint: Checkpoint,
    log: TensorBoardLog | None = None,
) -> bool:
    """Train from where the checkpoint stands to the end of the last stage.

    Ctrl-C ends it early, with the weights of the best epoch so far; in a stage on cached features,
    which keeps no state and is resumed from its beginning, with those of the latest step.

    Returns:
        Whether it was interrupted. The history is in the checkpoint's state.

    Raises:
        KeyboardInterrupt: before the first epoch was finished.
    """
    stages = plan_stages(settings)
    state = checkpoint.state
    if state.best:
        model.load_weights(checkpoint.path_of(state.best))
    elif settings.starts_from_trained:
        checkpoint.write_start(model)

    for number in range(state.stage, len(stages)):
        stage = stages[number]
        epochs = count_of(stage.epochs, "epoch")
        progress.say(
            f"stage {number + 1} of {len(stages)}, {stage.name}: {stage.purpose} "
            f"({'up to ' if stage.patience else ''}{epochs})"
        )
        report = _EpochReport(stage, progress, log)
        fit = _Fit(model, data, settings, stage, progress, checkpoint, report)
        try:
            fit.train_cached_head() if stage.cached else fit.train_network()
        except KeyboardInterrupt:
            if not state.history:
                raise
            _load_best(model, checkpoint)
            return True
        checkpoint.write_stage(model)
    return False


class _EpochReport:
    """Takes the row of each finished epoch of a stage: for the screen, with its time, and the log.

    The figures are those on val, which is what counts; the row has all of them.
    """

    def __init__(self, stage: Stage, progress: Progress, log: TensorBoardLog | None) -> None:
        self._stage, self._progress, self._log = stage, progress, log
        self._ended = time.monotonic()

    def __call__(self, row: EpochRow) -> None:
        now = time.monotonic()
        self._progress.say(
            f"{row['stage']}: epoch {row['epoch']} of {self._stage.epochs}: "
            f"loss {row['loss']:.3f}, val_loss {row['val_loss']:.3f}, "
            f"val_auc {row['val_auc']:.3f}, val_recall {row['val_recall']:.3f}, "
            f"val_precision {row['val_precision']:.3f}, {now - self._ended:.0f} s"
        )
        self._ended = now
        if self._log:
            self._log.write(row)


@dataclass(frozen=True)
class _Fit:
    model: Any
    data: TrainingData
    settings: TrainSettings
    stage: Stage
    progress: Progress
    checkpoint: Checkpoint
    report: Callable[[EpochRow], None]

    def train_cached_head(self) -> None:
        """Train the head on features of the frozen backbone, which are computed only once."""
        parts, settings = self.data.parts, self.settings
        chosen = balance_epoch(parts["train"], seed=settings.seed, epoch=0)
        features = build_feature_model(self.model)
        scale = self.model.get_layer(SCALE_LAYER)
        extract = keras.Sequential([keras.Input((None, None, 3), dtype="uint8"), scale, features])
        arrays = {
            split: extract.predict(
                self._batches(samples),
                verbose=0,
                callbacks=[self._steps(f"backbone features of {split}", len(samples))],
            )
            for split, samples in (("train", chosen), ("val", parts["val"]))
        }
        head = build_head(arrays["train"].shape[1], dropout=settings.dropout)
        compile_stage(head, self.stage, self.stage.rate)
        history = self.checkpoint.state.history
        try:
            head.fit(
                arrays["train"],
                targets_of(chosen, self.data.soft_targets),
                validation_data=(arrays["val"], targets_of(parts["val"])),
                epochs=self.stage.epochs,
                batch_size=_HEAD_BATCH,
                verbose=0,
                callbacks=[
                    _HeadHistory(
                        self.stage, history, self.report, self.data.soft_targets is not None
                    )
                ],
            )
        finally:  # Ctrl-C keeps what was trained so far
            copy_head(head, self.model)

    def train_network(self) -> None:
        """Train what is trainable; the weights of the best epoch stay.

        They are those from before where fine-tuning made none better.
        """
        set_trainable(self.model, self.stage)
        checkpoint, state = self.checkpoint, self.checkpoint.state
        batches = PictureBatches(
            self.data.parts["train"],
            self.data.tiles,
            batch_size=self.settings.batch_size,
            seed=self.settings.seed,
            training=True,
            epoch=state.epoch,
            augmentation=self.stage.augmentation,
            soft_targets=self.data.soft_targets,
            context=self.stage.context,
        )
        compile_stage(self.model, self.stage, _make_schedule(self.stage, len(batches)))
        val = self._batches(self.data.parts["val"])
        if state.weights:
            # The optimizer's averages are part of what was kept.
            self.model.optimizer.build(self.model.trainable_variables)
            self.model.load_weights(checkpoint.path_of(state.weights))
        elif state.best:
            state.best_loss = self.model.evaluate(val, verbose=0, return_dict=True)["loss"]
        epoch_checkpoint = EpochCheckpoint(
            checkpoint,
            self.stage,
            pictures=len(batches.samples),
            seed=self.settings.seed,
            soft=self.data.soft_targets is not None,
            report=self.report,
        )
        if state.epoch < self.stage.epochs and not epoch_checkpoint.is_over():
            self.model.fit(
                batches,
                validation_data=val,
                initial_epoch=state.epoch,
                epochs=self.stage.epochs,
                shuffle=False,  # each epoch's choice of pictures is shuffled already
                verbose=0,
                callbacks=[self._steps(self.stage.name, len(batches.samples)), epoch_checkpoint],
            )
        _load_best(self.model, checkpoint)
        self.progress.say(f"{self.stage.name}: {self._describe_best()}")

    def _describe_best(self) -> str:
        state = self.checkpoint.state
        for row in state.history:
            if row["stage"] == self.stage.name and row["val_loss"] == state.best_loss:
                return f"epoch {row['epoch']} has the lowest val_loss and is kept"
        return "no epoch made the model better; the weights from before are kept"

    def _batches(self, samples: Sequence[Sample]) -> PictureBatches:
        return PictureBatches(
            samples,
            self.data.tiles,
            batch_size=self.settings.batch_size,
            context=self.stage.context,
        )

    def _steps(self, what: str, total: int) -> BatchProgress:
        return BatchProgress(self.progress, what, total, self.settings.batch_size)


class _HeadHistory(keras.callbacks.Callback):  # type: ignore[misc]
    """Write the rows of a head's epochs, which take a moment and are not kept one by one."""

    def __init__(
        self,
        stage: Stage,
        history: list[dict[str, Any]],
        report: Callable[[EpochRow], None],
        soft: bool,
    ) -> None:
        super().__init__()
        self._stage, self._history, self._report, self._soft = stage, history, report, soft

    def on_epoch_end(self, epoch: int, logs: Mapping[str, float] | None = None) -> None:
        """Take a row."""
        figures = figures_of(logs, soft=self._soft)
        row = describe_epoch(self.model, self._stage, epoch, figures)
        self._history.append(row)
        self._report(row)


def _load_best(model: Any, checkpoint: Checkpoint) -> None:
    if checkpoint.state.best:
        bare = type(model).from_config(model.get_config())
        bare.load_weights(checkpoint.path_of(checkpoint.state.best))
        model.set_weights(bare.get_weights())


def _make_schedule(stage: Stage, batches: int) -> Any:
    if stage.schedule == EXPONENTIAL:
        return keras.optimizers.schedules.ExponentialDecay(
            stage.rate, batches, _DECAY, staircase=True
        )
    if stage.schedule == COSINE:
        steps = stage.epochs * batches
        warmup = max(1, round(_WARMUP * steps))
        return keras.optimizers.schedules.CosineDecay(
            0.0, max(1, steps - warmup), warmup_target=stage.rate, warmup_steps=warmup
        )
    return stage.rate


def compile_stage(model: Any, stage: Stage, rate: Any) -> None:
    """Compile a model for a stage, with a rate or a schedule of rates."""
    model.compile(
        optimizer=keras.optimizers.Adam(rate),
        loss=keras.losses.BinaryCrossentropy(label_smoothing=stage.label_smoothing),
        metrics=[
            keras.metrics.BinaryAccuracy(name="accuracy"),
            keras.metrics.AUC(name="auc"),
            keras.metrics.Precision(name="precision"),
            keras.metrics.Recall(name="recall"),
        ],
        # XLA slows a CPU down; left to Keras it is used on a GPU alone.
        jit_compile="auto",
    )


def predict_logits(
    model: Any, samples: Sequence[Sample], tiles: DecodedTiles, progress: Progress, what: str
) -> NDArray[np.float64]:
    """Score pictures with a Keras model, as window logits, float64 (N,)."""
    size = 32
    logits = keras.Model(model.input, model.get_layer(WINDOW_LAYER).output)
    found = logits.predict(
        PictureBatches(samples, tiles, batch_size=size),
        verbose=0,
        callbacks=[BatchProgress(progress, what, len(samples), size)],
    )
    return np.asarray(found, np.float64)[:, 0]
