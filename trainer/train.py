"""Two stages from labelled pictures to a model with its card: the head, then the backbone."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import keras

from edge.card import Card
from edge.dataset import (
    SPLITS,
    Sample,
    choose_split,
    fingerprint,
    read_dataset,
    truths_of,
    write_manifest,
)
from edge.evaluate import ScoredSamples, report_on
from edge.files import refuse_to_overwrite, replace_atomically, sha256_of, write_json
from edge.metrics import choose_threshold
from edge.modelfile import CARD_NAME
from edge.progress import Progress
from edge.trained import KERAS_SUFFIX, MANIFEST_NAME, MODEL_NAME
from edge.versions import installed_versions
from trainer.curves import draw_curves
from trainer.model import build_model, load_trained
from trainer.grouping import group_by_look
from trainer.likeness import find_near_pairs
from trainer.survey import survey
from trainer.tiles import read_tiles_once
from trainer.split import split_by_group
from trainer.stages import TrainSettings, fit_model, predict

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
_TOOLS = ("tensorflow", "keras", "numpy", "opencv-python-headless")


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
    listed = read_dataset(data)
    if settings.weights.endswith(KERAS_SUFFIX):
        model = load_trained(Path(settings.weights), alpha=settings.alpha)
    else:
        model = build_model(
            alpha=settings.alpha, weights=settings.weights, dropout=settings.dropout
        )
    checked = survey(listed, progress)
    near = find_near_pairs(checked.thumbs, progress)
    grouped, linked = group_by_look(checked, near, seed=settings.seed)
    samples = split_by_group(grouped, seed=settings.seed, linked=linked)
    parts = {split: choose_split(samples, split) for split in SPLITS}
    progress.say(_describe(parts))
    out.mkdir(parents=True, exist_ok=True)
    write_manifest(out / MANIFEST_NAME, samples)
    tiles = read_tiles_once(samples, settings.input_px, progress)
    history = fit_model(model, parts, tiles, settings, progress, out / "checkpoint.weights.h5")

    threshold = choose_threshold(
        predict(model, parts["val"], tiles, settings, progress, "scoring val"),
        truths_of(parts["val"]),
        min_recall=_MIN_RECALL,
    )
    scores = predict(model, parts["test"], tiles, settings, progress, "scoring test")
    figures = report_on(ScoredSamples(parts["test"], scores, []), threshold)
    report = {"split": "test", **figures, "unreadable": checked.unreadable}
    card = Card(
        name=name or out.resolve().name,
        input_px=settings.input_px,
        window_px=settings.window_px or checked.median_side_px,
        threshold=threshold,
        threshold_rule=f"highest precision at a recall of at least {_MIN_RECALL} on the val split",
        metrics={key: value for key, value in report.items() if key != "unreadable"},
        recipe=_describe_recipe(settings),
        data={
            "pictures": {split: len(part) for split, part in parts.items()},
            "sources": sorted({sample.source for sample in samples}),
            "fingerprint": fingerprint(samples),
        },
        notes=tuple(notes),
        versions=installed_versions(_TOOLS),
    )
    _write_results(out, model, card, history, report)
    return report


def _describe(parts: Mapping[str, Sequence[Sample]]) -> str:
    counts = ", ".join(
        f"{split} {len(part)} ({sum(s.is_crack for s in part)} cracks, "
        f"{len({s.group for s in part})} groups)"
        for split, part in parts.items()
    )
    return f"pictures: {counts}"


def _describe_recipe(settings: TrainSettings) -> dict[str, Any]:
    recipe = {"recipe": "two-stage", **asdict(settings)}
    weights = Path(settings.weights)
    if weights.is_file():
        recipe |= {"weights": weights.name, "weights_sha256": sha256_of(weights.read_bytes())}
    return recipe


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
    partial.replace(out / MODEL_NAME)
    replace_atomically(out / CARD_NAME, card.to_json().encode())
