"""A model file compared with its parent on data: whether it still decides the same."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from converters.pictures import describe_pictures
from converters.verification.certificate import Certificate, certify_file
from converters.verification.comparison import compare
from converters.verification.gates import VerificationGates
from converters.verification.opened_model import OpenedModel
from converters.verification.paired_scores import (
    require_both_labels,
    score_photos,
    score_pictures,
)
from edge.detect.settings import View
from edge.evaluation.bootstrap import Bootstrap
from edge.evaluation.dataset import choose_split, read_dataset
from edge.evaluation.labelled_boxes import find_labelled_boxes
from edge.files.progress import Progress
from edge.files.versions import installed_versions

_TOOLS = ("tensorflow", "keras", "onnxruntime", "ai-edge-litert", "tflite-runtime")
_MODEL = "model"


def verify(
    parent: OpenedModel,
    model: OpenedModel,
    data: Sequence[Path],
    *,
    gates: VerificationGates,
    bootstrap: Bootstrap,
    progress: Progress,
    split: str | None = None,
    view: View = "dense",
) -> Certificate:
    """Compare a model file with its parent, each at the threshold of its card.

    Args:
        parent: what the file was made from; or any other model.
        model: the file.
        data: class folders and manifests, or one folder of whole photos with labelled squares.
        gates: that the file must pass.
        bootstrap: how the intervals are drawn.
        progress: where progress is reported.
        split: only this one of a manifest.
        view: how whole photos are scored.

    Raises:
        DataError: no readable pictures, or only of one label.
    """
    scorers = {_MODEL: model.scorer}
    squares = find_labelled_boxes(data, split=split)
    if squares:
        scores = score_photos(parent.scorer, scorers, squares, view=view, progress=progress)
    else:
        samples = read_dataset(data)
        samples = choose_split(samples, split) if split else samples
        require_both_labels(samples)
        scores = score_pictures(parent.scorer, scorers, samples, progress)
    require_both_labels(scores.samples)
    thresholds = {_MODEL: model.scorer.card.threshold}
    comparisons = compare(scores, parent.scorer.card.threshold, thresholds, bootstrap)
    return Certificate(
        parent=parent.describe(),
        files=(certify_file(model.describe(), comparisons[_MODEL], gates),),
        gates=gates,
        bootstrap=bootstrap,
        tools=installed_versions(_TOOLS),
        verification=describe_pictures(scores.samples, scores.unreadable),
        view=view if squares else None,
    )
