"""The end of a training: calibrate, choose the threshold, measure on the test split, write."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edge.evaluation.calibration_error import expected_calibration_error
from edge.evaluation.dataset import Sample, fingerprint, truths_of
from edge.evaluation.metrics import choose_threshold
from edge.evaluation.scored_samples import ScoredSamples, report_on
from edge.files.atomic_write import replace_atomically
from edge.files.errors import InputError
from edge.files.progress import Progress
from edge.files.versions import installed_versions
from edge.model.card import Card
from edge.model.logits import sigmoid
from edge.model.tflite_file import CARD_NAME
from edge.model.training_folder import CELL_LAYER, MODEL_CARD_NAME, MODEL_NAME
from trainer.dataset.prepare import PreparedDataset, describe_split
from trainer.fit.checkpoint import TrainingState
from trainer.fit.model import build_model, load_trained
from trainer.fit.recipes import NO_WEIGHTS, TrainSettings
from trainer.fit.stages import predict_logits
from trainer.fit.tiles import DecodedTiles
from trainer.report.calibration import fit_temperature
from trainer.report.facts import SPLIT, ReportFacts
from trainer.report.learning_curves import draw_learning_curves
from trainer.report.model_card import write_model_card
from trainer.report.training_report import TrainingReport, write_training_report

_HISTORY_COLUMNS = (
    *("stage", "epoch", "learning_rate"),
    *("loss", "accuracy", "auc", "precision", "recall"),
    *("val_loss", "val_accuracy", "val_auc", "val_precision", "val_recall"),
)
# Verdicts at a threshold that lets one crack in twenty of the validation photos pass, no more.
_MIN_RECALL = 0.95
_TOOLS = ("tensorflow", "keras", "jax", "torch", "numpy", "opencv-python-headless")


@dataclass(frozen=True)
class FinishedTraining:
    """A training whose epochs are over.

    Attributes:
        name: of the model.
        window_px: photo px that a tile covers.
        notes: licences and attributions of the data.
        settings: of the training.
        recipe: the settings as the card keeps them.
        dataset: with its splits.
        parts: samples by split.
        state: history and rate.
        device: in words.
        interrupted: whether it was stopped before its end.
    """

    name: str
    window_px: int
    notes: Sequence[str]
    settings: TrainSettings
    recipe: Mapping[str, Any]
    dataset: PreparedDataset
    parts: Mapping[str, Sequence[Sample]]
    state: TrainingState
    device: str
    interrupted: bool


def finalize(
    trained: FinishedTraining, model: Any, tiles: DecodedTiles, progress: Progress
) -> tuple[Any, TrainingReport]:
    """Calibrate the model on val, choose its threshold there, and measure it on test.

    Args:
        trained: the training.
        model: as it was left, in whatever precision.
        tiles: of all pictures.
        progress: takes messages and how far it has come.

    Returns:
        The model in float32 without the optimizer's state, and what to report of it.

    Raises:
        InputError: the training diverged.
    """
    bare = build_model(trained.settings, weights=NO_WEIGHTS)
    bare.set_weights(model.get_weights())
    split_rule = " ".join(
        [
            describe_split(trained.dataset.samples, trained.settings.split),
            *describe_start(bare, trained.settings),
        ]
    )
    val, test = trained.parts["val"], trained.parts["test"]
    logits = predict_logits(bare, val, tiles, progress, "scoring the val split")
    if not np.isfinite(logits).all():
        raise InputError(
            "the training diverged: the model's scores are not numbers; try a lower "
            "--learning-rate or other --weights, such as imagenet"
        )
    truths = truths_of(val)
    temperature = fit_temperature(logits, truths)
    apply_temperature(bare, temperature)
    val_scores = sigmoid(logits / temperature)
    threshold = choose_threshold(val_scores, truths, min_recall=_MIN_RECALL)
    scores = sigmoid(predict_logits(bare, test, tiles, progress, "scoring the test split"))
    figures = {"split": SPLIT, **report_on(ScoredSamples(list(test), scores, []), threshold)}
    state = trained.state
    report = TrainingReport(
        card=_make_card(trained, threshold, figures, split_rule),
        samples=test,
        scores=scores,
        figures=figures,
        history=state.history,
        split_rule=split_rule,
        unreadable=trained.dataset.facts.unreadable,
        temperature=temperature,
        ece_before=expected_calibration_error(sigmoid(logits), truths),
        ece_after=expected_calibration_error(val_scores, truths),
        interrupted=trained.interrupted,
        device=trained.device,
        pictures_per_second=round(state.pictures / state.seconds, 1) if state.seconds else None,
    )
    return bare, report


def apply_temperature(model: Any, temperature: float) -> None:
    """Divide a model's logits by a temperature, in the weights of its last layer."""
    layer = model.get_layer(CELL_LAYER)
    weights: list[NDArray[np.float32]] = layer.get_weights()
    layer.set_weights([weight / np.float32(temperature) for weight in weights])


def describe_start(model: Any, settings: TrainSettings) -> list[str]:
    """Say what a start from an earlier training means for the figures, and whether it moved on."""
    if not settings.starts_from_trained:
        return []
    path = Path(settings.weights)
    start = load_trained(path, settings).get_weights()
    told = [
        f"The training began from {'/'.join(path.parts[-2:])}, a model that had learnt from "
        "pictures before: if photos of yours were among them, these figures are too good."
    ]
    if all(np.array_equal(old, new) for old, new in zip(start, model.get_weights(), strict=True)):
        told.append(
            "No epoch made that model better on the val split: it is the same model, with a "
            "threshold and a calibration for your pictures."
        )
    return told


def _make_card(
    trained: FinishedTraining, threshold: float, figures: Mapping[str, Any], split_rule: str
) -> Card:
    samples = trained.dataset.samples
    return Card(
        name=trained.name,
        input_px=trained.settings.input_px,
        window_px=trained.window_px,
        threshold=threshold,
        threshold_rule=f"highest precision at a recall of at least {_MIN_RECALL} on the val split",
        metrics={key: value for key, value in figures.items() if key != "unreadable"},
        recipe=dict(trained.recipe),
        data={
            "pictures": {split: len(part) for split, part in trained.parts.items()},
            "sources": sorted({sample.source for sample in samples}),
            "fingerprint": fingerprint(samples),
            "split": split_rule,
        },
        notes=tuple(trained.notes),
        versions=installed_versions(_TOOLS),
    )


def write_results(out: Path, model: Any, report: TrainingReport) -> ReportFacts:
    """Write everything that a training leaves; the model comes last and means that all is there.

    Returns:
        What ``report.json`` holds.
    """
    text = io.StringIO()
    rows = csv.DictWriter(text, _HISTORY_COLUMNS, lineterminator="\n", extrasaction="ignore")
    rows.writeheader()
    rows.writerows(report.history)
    replace_atomically(out / "history.csv", text.getvalue().encode())
    draw_learning_curves(report.history, out / "curves.png")
    facts = write_training_report(out, report)
    write_model_card(out / MODEL_CARD_NAME, report.card, facts.to_dict())
    replace_atomically(out / CARD_NAME, report.card.to_json().encode())
    partial = out / ".partial.keras"
    model.save(partial)
    partial.replace(out / MODEL_NAME)
    return facts
