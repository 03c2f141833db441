"""Two stages from labelled pictures to a model with its card: the head, then the backbone."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

import edge
from edge.card import CELL_PX, Card
from edge.dataset import (
    SPLITS,
    Sample,
    check_pictures,
    choose_split,
    fingerprint,
    read_dataset,
    write_manifest,
)
from edge.errors import InputError
from edge.evaluate import ScoredSamples, report_on
from edge.files import refuse_to_overwrite, replace_atomically, write_json
from edge.metrics import choose_threshold
from edge.progress import Progress
from trainer.batches import PictureBatches, balance_epoch, truths_of
from trainer.curves import draw_curves
from trainer.model import (
    ALPHAS,
    NO_WEIGHTS,
    build_feature_model,
    build_head,
    build_model,
    copy_head,
    freeze_for_fine_tuning,
    prepare_from_scratch,
)
from trainer.split import split_by_group

_HISTORY_COLUMNS = (
    "stage",
    "epoch",
    "loss",
    "accuracy",
    "auc",
    "val_loss",
    "val_accuracy",
    "val_auc",
)
# Verdicts at a threshold that lets one crack in twenty of the validation photos pass, no more.
_MIN_RECALL = 0.95
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


def train(
    data: Sequence[Path],
    out: Path,
    *,
    settings: TrainSettings,
    progress: Progress,
    name: str | None = None,
    notes: Sequence[str] = (),
    force: bool = False,
) -> dict[str, Any]:
    """Train on class folders or manifests and write model, card, manifest, history and report.

    Args:
        data: class folders or manifest CSVs.
        out: folder for the results.
        settings: how to train.
        progress: told what happens.
        name: of the model; the folder's name if not given.
        notes: licences and attributions of the data, carried by the card.
        force: write into a folder that is not empty.

    Returns:
        The figures on the test split, as written to ``report.json``.

    Raises:
        OutputError: out is not empty.
        DataError: the data cannot be used.
    """
    refuse_to_overwrite(out, force=force)
    keras.utils.set_random_seed(settings.seed)
    checked = check_pictures(read_dataset(data), progress)
    samples = split_by_group(checked.samples, seed=settings.seed)
    parts = {split: choose_split(samples, split) for split in SPLITS}
    progress.say(_describe(parts))
    model = build_model(alpha=settings.alpha, weights=settings.weights, dropout=settings.dropout)
    out.mkdir(parents=True, exist_ok=True)
    write_manifest(out / "manifest.csv", samples)
    history = fit_model(model, parts, settings, progress, out / "checkpoint.weights.h5")

    threshold = choose_threshold(
        _predict(model, parts["val"], settings, progress, "scoring val"),
        truths_of(parts["val"]),
        min_recall=_MIN_RECALL,
    )
    scores = _predict(model, parts["test"], settings, progress, "scoring test")
    figures = report_on(ScoredSamples(parts["test"], scores, []), threshold)
    report = {"split": "test", **figures, "unreadable": checked.unreadable}
    card = Card(
        name=name or out.resolve().name,
        input_px=settings.input_px,
        window_px=settings.window_px or checked.median_side_px,
        threshold=threshold,
        threshold_rule=f"highest precision at a recall of at least {_MIN_RECALL} on the val split",
        metrics={key: value for key, value in report.items() if key != "unreadable"},
        recipe={"recipe": "two-stage", **asdict(settings), "weights": Path(settings.weights).name},
        data={
            "pictures": {split: len(part) for split, part in parts.items()},
            "sources": sorted({sample.source for sample in samples}),
            "fingerprint": fingerprint(samples),
        },
        notes=tuple(notes),
        versions=tool_versions("tensorflow", "keras", "numpy", "opencv-python-headless"),
    )
    _write_results(out, model, card, history, report)
    return report


def fit_model(
    model: Any,
    parts: Mapping[str, Sequence[Sample]],
    settings: TrainSettings,
    progress: Progress,
    checkpoint: Path,
) -> list[dict[str, Any]]:
    """Train in two stages; without pretrained weights in one, since there is nothing to freeze.

    Returns:
        The history: a row for each epoch.
    """
    if settings.weights == NO_WEIGHTS:
        prepare_from_scratch(model)
        scratch = _Stage(
            "scratch", settings.epochs + settings.finetune_epochs, settings.scratch_rate
        )
        return train_network(model, parts, settings, scratch, progress, checkpoint)
    history = train_head(model, parts, settings, progress)
    if settings.finetune_epochs:
        freeze_for_fine_tuning(model)
        stage = _Stage("finetune", settings.finetune_epochs, settings.finetune_rate)
        history += train_network(model, parts, settings, stage, progress, checkpoint)
    return history


@dataclass(frozen=True)
class _Stage:
    name: str
    epochs: int
    rate: float


def train_head(
    model: Any, parts: Mapping[str, Sequence[Sample]], settings: TrainSettings, progress: Progress
) -> list[dict[str, Any]]:
    """Train the head on features of the frozen backbone, which are computed only once."""
    chosen = balance_epoch(parts["train"], seed=settings.seed, epoch=0)
    features = build_feature_model(model)
    scale = model.get_layer("scale")
    extract = keras.Sequential([keras.Input((None, None, 3), dtype="uint8"), scale, features])
    arrays = {
        split: extract.predict(
            _batches(samples, settings),
            verbose=0,
            callbacks=[_Steps(progress, f"features of {split}", len(samples), settings.batch_size)],
        )
        for split, samples in (("train", chosen), ("val", parts["val"]))
    }
    head = build_head(arrays["train"].shape[1], dropout=settings.dropout)
    _compile(head, keras.optimizers.Adam(settings.head_rate))
    fitted = head.fit(
        arrays["train"],
        truths_of(chosen).astype(np.float32)[:, None],
        validation_data=(arrays["val"], truths_of(parts["val"]).astype(np.float32)[:, None]),
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
    settings: TrainSettings,
    stage: _Stage,
    progress: Progress,
    checkpoint: Path,
) -> list[dict[str, Any]]:
    """Train what is trainable with a falling rate; the best epoch's weights stay."""
    batches = PictureBatches(
        parts["train"],
        input_px=settings.input_px,
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
    keep_best = keras.callbacks.ModelCheckpoint(
        checkpoint, monitor="val_loss", save_best_only=True, save_weights_only=True
    )
    steps = _Steps(progress, stage.name, len(batches.samples), settings.batch_size)
    fitted = model.fit(
        batches,
        validation_data=_batches(parts["val"], settings),
        epochs=stage.epochs,
        verbose=0,
        callbacks=[keep_best, steps, _Epochs(progress, stage.name)],
    )
    model.load_weights(checkpoint)
    checkpoint.unlink()
    return _rows(stage.name, fitted.history)


def _compile(model: Any, optimizer: Any) -> None:
    model.compile(
        optimizer=optimizer,
        loss=keras.losses.BinaryCrossentropy(label_smoothing=_LABEL_SMOOTHING),
        metrics=["accuracy", keras.metrics.AUC(name="auc")],
        # XLA slows a CPU down; left to Keras it is used on a GPU alone.
        jit_compile="auto",
    )


def _batches(samples: Sequence[Sample], settings: TrainSettings) -> PictureBatches:
    return PictureBatches(samples, input_px=settings.input_px, batch_size=settings.batch_size)


def _predict(
    model: Any, samples: Sequence[Sample], settings: TrainSettings, progress: Progress, what: str
) -> NDArray[np.float32]:
    steps = _Steps(progress, what, len(samples), settings.batch_size)
    scores = model.predict(_batches(samples, settings), verbose=0, callbacks=[steps])
    return np.asarray(scores, np.float32)[:, 0]


def _describe(parts: Mapping[str, Sequence[Sample]]) -> str:
    counts = ", ".join(
        f"{split} {len(part)} ({sum(s.is_crack for s in part)} cracks, "
        f"{len({s.group for s in part})} groups)"
        for split, part in parts.items()
    )
    return f"pictures: {counts}"


def _rows(stage: str, history: Mapping[str, Sequence[float]]) -> list[dict[str, Any]]:
    count = len(history["loss"])
    return [
        {"stage": stage, "epoch": place + 1}
        | {key: round(float(values[place]), 6) for key, values in history.items()}
        for place in range(count)
    ]


def tool_versions(*packages: str) -> dict[str, str]:
    """Return this package's version and those of the named ones that are installed."""
    versions = {"crack-edge": edge.__version__}
    for package in packages:
        try:
            versions[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return versions


def _write_results(
    out: Path,
    model: Any,
    card: Card,
    history: Sequence[Mapping[str, Any]],
    report: Mapping[str, Any],
) -> None:
    text = io.StringIO()
    rows = csv.DictWriter(text, _HISTORY_COLUMNS, lineterminator="\n", extrasaction="ignore")
    rows.writeheader()
    rows.writerows(history)
    replace_atomically(out / "history.csv", text.getvalue().encode())
    draw_curves(history, out / "curves.png")
    write_json(out / "report.json", report)
    # Without the optimizer's state, which is twice the weights and of no use to anyone else.
    bare = type(model).from_config(model.get_config())
    bare.set_weights(model.get_weights())
    partial = out / ".partial.keras"
    bare.save(partial)
    partial.replace(out / "model.keras")
    replace_atomically(out / "card.json", card.to_json().encode())


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
