"""Callbacks of Keras: progress, the checkpoint of each epoch with early stopping, TensorBoard."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import keras
from tensorboard.summary import Writer

from edge.files.progress import Progress
from trainer.fit.checkpoint import Checkpoint
from trainer.fit.recipes import Stage

# More than an epoch has batches.
_DRAWS_PER_EPOCH = 1_000_000

# Stage, number and figures of a finished epoch.
EpochRow = Mapping[str, Any]


def figures_of(logs: Mapping[str, float] | None, *, soft: bool) -> dict[str, float]:
    """Return an epoch's figures, rounded; of soft targets the loss alone has a meaning in train."""
    return {
        key: round(float(value), 6)
        for key, value in (logs or {}).items()
        if not soft or key == "loss" or key.startswith("val_")
    }


def describe_epoch(
    model: Any, stage: Stage, epoch: int, figures: Mapping[str, float]
) -> dict[str, Any]:
    """Return the row of an epoch, counted from 0, with the rate that the optimizer ended it at."""
    rate = float(keras.ops.convert_to_numpy(model.optimizer.learning_rate))
    return {"stage": stage.name, "epoch": epoch + 1, "learning_rate": rate, **figures}


class BatchProgress(keras.callbacks.Callback):  # type: ignore[misc]
    """Report the pictures gone through within an epoch."""

    def __init__(self, progress: Progress, what: str, total: int, batch_size: int) -> None:
        super().__init__()
        self._progress, self._what, self._total, self._size = progress, what, total, batch_size

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Report a training batch."""
        self._report(batch)

    def on_predict_batch_end(self, batch: int, logs: Any = None) -> None:
        """Report a scored batch."""
        self._report(batch)

    def _report(self, batch: int) -> None:
        done = min((batch + 1) * self._size, self._total)
        self._progress.step(self._what, done, self._total)


class EpochCheckpoint(keras.callbacks.Callback):  # type: ignore[misc]
    """After each epoch: save state and best weights, report, end the stage when it is time.

    Args:
        checkpoint: where they are saved.
        stage: that is being trained.
        pictures: in one epoch.
        seed: of the dropout.
        soft: whether the targets are a teacher's.
        report: takes the row of each finished epoch.
    """

    def __init__(
        self,
        checkpoint: Checkpoint,
        stage: Stage,
        *,
        pictures: int,
        seed: int,
        soft: bool,
        report: Callable[[EpochRow], None],
    ) -> None:
        super().__init__()
        self._seed = seed
        self._soft = soft
        self._checkpoint, self._stage, self._pictures = checkpoint, stage, pictures
        self._report = report
        self._begun = self._ended = 0.0

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Set dropout's chance by the epoch, and start the clock behind the first batch.

        Keras does not keep the state of dropout's generator with the weights. The first batch
        pays for the graph.
        """
        self._begun = self._ended = 0.0
        dropout = self.model.get_layer("dropout")
        dropout.seed_generator.state.assign([self._seed, epoch * _DRAWS_PER_EPOCH])

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Stop the clock at the latest batch, before validation."""
        self._ended = time.monotonic()
        self._begun = self._begun or self._ended

    def on_epoch_end(self, epoch: int, logs: Mapping[str, float] | None = None) -> None:
        """Keep what the epoch gave."""
        state = self._checkpoint.state
        figures = figures_of(logs, soft=self._soft)
        row = describe_epoch(self.model, self._stage, epoch, figures)
        state.history.append(row)
        state.epoch = epoch + 1
        state.seconds += self._ended - self._begun
        state.pictures += self._pictures
        is_best = state.best_loss is None or figures["val_loss"] < state.best_loss
        if is_best:
            state.best_loss = figures["val_loss"]
        self._checkpoint.write_epoch(self.model, is_best=is_best)
        self._report(row)
        if self.is_over():
            self.model.stop_training = True

    def is_over(self) -> bool:
        """Tell whether the stage has waited for a better epoch long enough."""
        if self._stage.patience is None:
            return False
        losses = [
            row["val_loss"]
            for row in self._checkpoint.state.history
            if row["stage"] == self._stage.name
        ]
        return bool(losses) and len(losses) - 1 - losses.index(min(losses)) >= self._stage.patience


class TensorBoardLog:
    """The scalars of all epochs for TensorBoard, train and val in the same charts.

    Written by TensorBoard's own writer, which needs no TensorFlow.

    Args:
        folder: of the log.
        epochs: that were finished before, in a training that is resumed.
    """

    def __init__(self, folder: Path, *, epochs: int = 0) -> None:
        self._writers = {name: Writer(str(folder / name)) for name in ("train", "val")}
        self._epochs = epochs

    def write(self, row: EpochRow) -> None:
        """Write one epoch's row."""
        self._epochs += 1
        for key, value in row.items():
            if key in ("stage", "epoch"):
                continue
            part, name = ("val", key[4:]) if key.startswith("val_") else ("train", key)
            self._writers[part].add_scalar(name, value, self._epochs)
        for writer in self._writers.values():
            writer.flush()

    def close(self) -> None:
        """Close the files."""
        for writer in self._writers.values():
            writer.close()
