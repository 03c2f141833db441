"""From labelled pictures to a model with its card, its report and its model card."""

from __future__ import annotations

import csv
import dataclasses
import io
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from edge.card import Card
from edge.dataset import (
    SPLITS,
    Sample,
    choose_split,
    fingerprint,
    read_manifest,
    truths_of,
    write_manifest,
)
from edge.errors import InputError
from edge.evaluate import ScoredSamples, report_on
from edge.files import refuse_to_overwrite, replace_atomically, sha256_of
from edge.metrics import choose_threshold, sigmoid
from edge.modelfile import CARD_NAME
from edge.progress import Progress
from edge.trained import CELL_LAYER, MANIFEST_NAME, MODEL_CARD_NAME, MODEL_NAME
from edge.versions import installed_versions
from trainer.calibration import expected_calibration_error, fit_temperature
from trainer.callbacks import Board
from trainer.checkpoint import CHECKPOINT_NAME, Checkpoint, State, read_state
from trainer.curves import draw_curves
from trainer.device import choose_precision
from trainer.division import Division, describe_split, divide
from trainer.model import build_model, load_trained
from trainer.model_card import write_model_card
from trainer.recipes import NO_WEIGHTS, TrainSettings
from trainer.report import TrainingReport, write_training_report
from trainer.split import GROUP, RANDOM
from trainer.stages import Material, fit_model, predict_logits
from trainer.teacher import ask_teacher
from trainer.tiles import Tiles, read_tiles_once

_HISTORY_COLUMNS = (
    *("stage", "epoch", "learning_rate"),
    *("loss", "accuracy", "auc", "precision", "recall"),
    *("val_loss", "val_accuracy", "val_auc", "val_precision", "val_recall"),
)
# Verdicts at a threshold that lets one crack in twenty of the validation photos pass, no more.
_MIN_RECALL = 0.95
_TOOLS = ("tensorflow", "keras", "jax", "torch", "numpy", "opencv-python-headless")
_RANDOM_FOLDER = "random-split"


@dataclass(frozen=True)
class TrainOptions:
    """What a training does besides learning.

    Attributes:
        name: of the model; the folder's name if None.
        notes: licences and attributions of the data, carried by the card.
        group_regex: finds the source photo in a picture's path.
        cache: folder for decoded tiles.
        teacher: ``.keras`` file or training folder of a larger model to learn from.
        compare_splits: train a second time on a random split and report both.
        resume: go on where a stopped training in the same folder stands.
        force: write into a folder that is not empty.
    """

    name: str | None = None
    notes: Sequence[str] = ()
    group_regex: str | None = None
    cache: Path | None = None
    teacher: Path | None = None
    compare_splits: bool = False
    resume: bool = False
    force: bool = False


def train(
    data: Sequence[Path],
    out: Path,
    *,
    settings: TrainSettings,
    progress: Progress,
    options: TrainOptions | None = None,
) -> dict[str, Any]:
    """Train on class folders or manifests and write model, card, manifest, history and report.

    Args:
        data: class folders or manifest CSVs.
        out: folder for the results.
        settings: how to train.
        progress: told what happens.
        options: what else to do.

    Returns:
        The report on the test split, as written to ``report.json``.

    Raises:
        OutputError: out is not empty.
        DataError: the data cannot be used.
        InputError: there is nothing to resume, or a training with other settings.
        KeyboardInterrupt: stopped before the first epoch was finished.
    """
    options = options or TrainOptions()
    if options.compare_splits and settings.split != GROUP:
        raise InputError(f"compare-splits: compares the split {GROUP} with {RANDOM}; leave --split")
    described = describe_recipe(settings, options)
    state = _open_folder(out, described, options)
    keras.utils.set_random_seed(settings.seed)
    device = choose_precision(progress)
    model = _begin_model(settings)
    division = _divide_or_resume(data, out, settings, state, progress, options)
    parts = {split: choose_split(division.samples, split) for split in SPLITS}
    progress.say(_describe(parts))
    tiles = read_tiles_once(division.samples, settings.input_px, progress, cache=options.cache)
    soft = None
    if options.teacher:
        soft = ask_teacher(
            options.teacher, division.samples, parts["train"], tiles, settings, progress
        )
    checkpoint = Checkpoint(out / CHECKPOINT_NAME, state)
    board = Board(out / "tensorboard")
    try:
        interrupted = fit_model(
            model, Material(parts, tiles, soft), settings, progress, checkpoint, board
        )
    finally:
        board.close()
    if interrupted:
        progress.say("interrupted: finishing with the best epoch so far; Ctrl-C again gives up")
    finished = _Finished(out, settings, options, division, parts, state, device, interrupted)
    keras.config.set_dtype_policy("float32")
    report = finished.conclude(model, tiles, described, progress, data)
    checkpoint.remove()
    return report


def _open_folder(out: Path, described: dict[str, Any], options: TrainOptions) -> State:
    if not options.resume:
        refuse_to_overwrite(out, force=options.force)
        Checkpoint(out / CHECKPOINT_NAME, State(described)).remove()
        return State(described)
    if (out / MODEL_NAME).is_file():
        raise InputError(f"{out}: the training in it is finished; there is nothing to resume")
    return read_state(out / CHECKPOINT_NAME, described) or State(described)


def _begin_model(settings: TrainSettings) -> Any:
    if settings.starts_from_trained:
        return load_trained(Path(settings.weights), settings)
    return build_model(settings)


def _divide_or_resume(
    data: Sequence[Path],
    out: Path,
    settings: TrainSettings,
    state: State,
    progress: Progress,
    options: TrainOptions,
) -> Division:
    if state.division:
        return Division(read_manifest(out / MANIFEST_NAME), **state.division)
    division = divide(data, settings, progress, group_regex=options.group_regex)
    out.mkdir(parents=True, exist_ok=True)
    write_manifest(out / MANIFEST_NAME, division.samples)
    state.division = {
        "unreadable": division.unreadable,
        "median_side_px": division.median_side_px,
    }
    return division


def _describe(parts: Mapping[str, Sequence[Sample]]) -> str:
    counts = ", ".join(
        f"{split} {len(part)} ({sum(s.is_crack for s in part)} cracks, "
        f"{len({s.group for s in part})} groups)"
        for split, part in parts.items()
    )
    return f"pictures: {counts}"


def describe_recipe(settings: TrainSettings, options: TrainOptions) -> dict[str, Any]:
    """Return what decides the outcome of a training, files by name and content."""
    recipe = asdict(settings)
    weights = Path(settings.weights)
    if weights.is_file():
        recipe |= {"weights": weights.name, "weights_sha256": sha256_of(weights.read_bytes())}
    if options.teacher:
        file = options.teacher
        file = file / MODEL_NAME if file.is_dir() else file
        if not file.is_file():
            raise InputError(f"{options.teacher}: no such teacher; expected a .keras file")
        recipe |= {"teacher": file.name, "teacher_sha256": sha256_of(file.read_bytes())}
    return recipe


@dataclass(frozen=True)
class _Finished:
    """A training whose epochs are over."""

    out: Path
    settings: TrainSettings
    options: TrainOptions
    division: Division
    parts: Mapping[str, Sequence[Sample]]
    state: State
    device: str
    interrupted: bool

    def conclude(
        self,
        model: Any,
        tiles: Tiles,
        described: Mapping[str, Any],
        progress: Progress,
        data: Sequence[Path],
    ) -> dict[str, Any]:
        """Calibrate, choose the threshold, measure on the test split and write everything."""
        # Built anew: without the optimizer's state, and in float32 whatever it was trained in.
        bare = build_model(self.settings, weights=NO_WEIGHTS)
        bare.set_weights(model.get_weights())
        val, test = self.parts["val"], self.parts["test"]
        logits = predict_logits(bare, val, tiles, progress, "scoring val")
        if not np.isfinite(logits).all():
            raise InputError(
                "the training diverged: the model gives no numbers; start from other "
                "weights, or from --weights imagenet"
            )
        temperature = fit_temperature(logits, truths_of(val))
        cool_down(bare, temperature)
        val_scores = sigmoid(logits / temperature)
        threshold = choose_threshold(val_scores, truths_of(val), min_recall=_MIN_RECALL)
        scores = sigmoid(predict_logits(bare, test, tiles, progress, "scoring test"))
        figures = report_on(ScoredSamples(list(test), scores, []), threshold)
        card = self._make_card(threshold, figures, described)
        compared = self._compare(figures, data, progress)
        report = TrainingReport(
            card=card,
            samples=test,
            scores=scores,
            figures={"split": "test", **figures},
            history=self.state.history,
            split_rule=describe_split(self.division.samples, self.settings),
            unreadable=self.division.unreadable,
            temperature=temperature,
            ece_before=expected_calibration_error(sigmoid(logits), truths_of(val)),
            ece_after=expected_calibration_error(val_scores, truths_of(val)),
            interrupted=self.interrupted,
            compared=compared,
            device=self.device,
            pictures_per_second=self._rate(),
        )
        return self._write(bare, card, report)

    def _rate(self) -> float | None:
        if not self.state.seconds:
            return None
        return round(self.state.pictures / self.state.seconds, 1)

    def _make_card(
        self, threshold: float, figures: Mapping[str, Any], described: Mapping[str, Any]
    ) -> Card:
        samples = self.division.samples
        return Card(
            name=self.options.name or self.out.resolve().name,
            input_px=self.settings.input_px,
            window_px=self.settings.window_px or self.division.median_side_px,
            threshold=threshold,
            threshold_rule=(
                f"highest precision at a recall of at least {_MIN_RECALL} on the val split"
            ),
            metrics={
                "split": "test",
                **{key: value for key, value in figures.items() if key != "unreadable"},
            },
            recipe=dict(described),
            data={
                "pictures": {split: len(part) for split, part in self.parts.items()},
                "sources": sorted({sample.source for sample in samples}),
                "fingerprint": fingerprint(samples),
                "split": describe_split(samples, self.settings),
            },
            notes=tuple(self.options.notes),
            versions=installed_versions(_TOOLS),
        )

    def _compare(
        self, figures: Mapping[str, Any], data: Sequence[Path], progress: Progress
    ) -> dict[str, Mapping[str, Any]]:
        """Train again on a random split, to show what its figures would have promised."""
        if not self.options.compare_splits or self.interrupted:
            return {}
        progress.say("training again, on a random split")
        other = train(
            data,
            self.out / _RANDOM_FOLDER,
            settings=dataclasses.replace(self.settings, split=RANDOM),
            progress=progress,
            options=dataclasses.replace(
                self.options, compare_splits=False, resume=False, force=True
            ),
        )
        return {"by photo or look": figures, "at random": other}

    def _write(self, bare: Any, card: Card, report: TrainingReport) -> dict[str, Any]:
        text = io.StringIO()
        rows = csv.DictWriter(text, _HISTORY_COLUMNS, lineterminator="\n", extrasaction="ignore")
        rows.writeheader()
        rows.writerows(self.state.history)
        replace_atomically(self.out / "history.csv", text.getvalue().encode())
        draw_curves(self.state.history, self.out / "curves.png")
        written = write_training_report(self.out, report)
        write_model_card(self.out / MODEL_CARD_NAME, card, written)
        replace_atomically(self.out / CARD_NAME, card.to_json().encode())
        # The model comes last: where it stands, everything else does.
        partial = self.out / ".partial.keras"
        bare.save(partial)
        partial.replace(self.out / MODEL_NAME)
        return written


def cool_down(model: Any, temperature: float) -> None:
    """Divide a model's logits by a temperature, in the weights of its last layer."""
    layer = model.get_layer(CELL_LAYER)
    weights: list[NDArray[np.float32]] = layer.get_weights()
    layer.set_weights([weight / np.float32(temperature) for weight in weights])
