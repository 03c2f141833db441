"""A model file against its parent, on data: the proof that it still decides the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from converters.certificate import certify_file, describe_model, make_certificate
from converters.comparison import compare
from converters.evidence import require_both_labels, score_photos, score_pictures
from converters.gates import Gates
from converters.pictures import describe_pictures
from edge.detect.settings import Mode
from edge.evaluation.bootstrap import Bootstrap
from edge.evaluation.dataset import choose_split, read_dataset
from edge.evaluation.labelled_boxes import find_labelled_boxes
from edge.files.progress import Progress
from edge.files.versions import installed_versions
from edge.model.scorer import Scorer

_TOOLS = ("tensorflow", "keras", "onnxruntime", "ai-edge-litert", "tflite-runtime")
_MODEL = "model"


class NamedScorer(Scorer, Protocol):
    """A scorer that says what runs it."""

    @property
    def backend(self) -> str:
        """Return the name of the runtime."""


@dataclass(frozen=True)
class OpenedModel:
    """A model file that is open.

    Attributes:
        file: its name.
        sha256: of its bytes.
        size: in bytes; None for a folder.
        scorer: what it gives.
    """

    file: str
    sha256: str
    size: int | None
    scorer: NamedScorer

    def describe(self) -> dict[str, Any]:
        """Say which model this is, for a certificate."""
        scorer = self.scorer
        return describe_model(self.file, self.sha256, self.size, scorer.card, scorer.backend)


def verify(
    parent: OpenedModel,
    model: OpenedModel,
    data: Sequence[Path],
    *,
    gates: Gates,
    bootstrap: Bootstrap,
    progress: Progress,
    split: str | None = None,
    mode: Mode = "dense",
) -> dict[str, Any]:
    """Hold a model file against its parent, each at the threshold of its card.

    Args:
        parent: what the file was made from; or any other model.
        model: the file.
        data: class folders and manifests, or one folder of whole photos with labelled squares.
        gates: the bars.
        bootstrap: how the intervals are drawn.
        progress: told how far the work is.
        split: only this one of a manifest.
        mode: how whole photos are scored.

    Returns:
        The certificate.

    Raises:
        DataError: no readable pictures, or only of one label.
    """
    scorers = {_MODEL: model.scorer}
    squares = find_labelled_boxes(data, split=split)
    if squares:
        evidence = score_photos(parent.scorer, scorers, squares, mode=mode, progress=progress)
    else:
        samples = read_dataset(data)
        samples = choose_split(samples, split) if split else samples
        require_both_labels(samples)
        evidence = score_pictures(parent.scorer, scorers, samples, progress)
    require_both_labels(evidence.samples)
    served = describe_pictures(evidence.samples, evidence.unreadable)
    card = model.scorer.card
    comparison = compare(
        evidence, parent.scorer.card.threshold, {_MODEL: card.threshold}, bootstrap
    )[_MODEL]
    return make_certificate(
        parent.describe(),
        [certify_file(model.describe(), comparison, gates)],
        {"verification": served | ({"mode": mode} if squares else {})},
        gates=gates,
        bootstrap=bootstrap,
        tools=installed_versions(_TOOLS),
    )
