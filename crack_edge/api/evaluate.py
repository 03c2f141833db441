"""A model evaluated on labelled pictures."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from crack_edge.api.arguments import FilePath, FilePaths, list_paths
from crack_edge.api.metrics import read_metrics, read_per_source
from crack_edge.api.model import Model, open_model
from crack_edge.api.photo import choose_settings
from crack_edge.api.results import Evaluation
from crack_edge.shared.console import load_tensorflow
from edge.detect.settings import Scorers, View
from edge.evaluation.evaluate import evaluate as evaluate_scorers
from edge.files.progress import Progress, Silent
from edge.model.scorer import Scorer
from edge.model.training_folder import is_parent


def evaluate(
    model: FilePath | Model,
    data: FilePaths,
    *,
    split: Literal["train", "val", "test"] | None = None,
    threshold: float | None = None,
    view: View = "dense",
    progress: Progress | None = None,
) -> Evaluation:
    """Score labelled pictures and compare the verdicts with their labels.

    Args:
        model: path or name as ``open_model`` takes it, or a model that it opened; or a Keras model
            or the folder of a training, which needs TensorFlow.
        data: folders with class folders (crack, no_crack ...), manifests, or several of them; or
            one folder of whole photos with labelled squares in its ``tiles.csv``.
        split: use only this split of a manifest. Use ``test`` for the manifest of a training,
            because the model has seen the other pictures.
        threshold: score in (0, 1) at or above which it is a crack; the model's if None.
        view: of whole photos, as in ``scan_photo``.
        progress: an object with the methods ``say`` and ``step``, which are told how far it is.

    Returns:
        The figures over all pictures and for each source.

    Raises:
        CrackEdgeError: no readable pictures, or the model cannot be used.
        ValueError: a value lies outside its range.

    Example:
        >>> ce.evaluate("default", "data").metrics.recall
        0.9412
    """
    progress = progress or Silent()
    scorers = Scorers(_open(model))
    settings = choose_settings(
        scorers.main.card, threshold=threshold, crack_threshold=None, view=view, scale=1.0
    )
    report = evaluate_scorers(
        scorers, list_paths(data, "data"), settings=settings, progress=progress, split=split
    )
    return Evaluation(
        model=scorers.main.card.name,
        split=split,
        metrics=read_metrics(report),
        per_source=read_per_source(report),
        unreadable=tuple(report["unreadable"]),
        regions=report.get("regions"),
    )


def _open(model: FilePath | Model) -> Scorer:
    if isinstance(model, Model):
        return model.classifier
    if not is_parent(Path(model)):
        return open_model(model).classifier
    load_tensorflow("convert")
    from converters.verification.opened_model import open_model as open_keras

    return open_keras(str(model)).scorer
