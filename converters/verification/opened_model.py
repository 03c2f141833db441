"""Models that are compared: any model file, a shipped model or a Keras model, opened."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from converters.verification.certificate import CertifiedModel
from edge.files.hashing import sha256_of
from edge.model.classifier import open_classifier
from edge.model.scorer import Scorer
from edge.model.tflite_file import find_model, read_bytes
from edge.model.training_folder import is_parent


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

    def describe(self) -> CertifiedModel:
        """Say which model this is, for a certificate."""
        return CertifiedModel(
            self.file, self.sha256, self.size, self.scorer.card, self.scorer.backend
        )


def open_model(model: str, *, child: OpenedModel | None = None) -> OpenedModel:
    """Open a model; of a Keras model TensorFlow must be there.

    Args:
        model: path of a model file or of a Keras model, or the name of a shipped model.
        child: a file that was converted from it; its card has the labels and the preprocessing of
            a third-party Keras model.

    Raises:
        ModelError: no such model, a damaged one, or not the parent of this child.
        EnvironmentLacksError: no runtime for it, or it gives other scores here.
    """
    path = Path(model)
    if is_parent(path):
        return _open_keras(path, child)
    scorer = open_classifier(model, threads=os.cpu_count() or 1)
    path = find_model(model)
    data = read_bytes(path)
    return OpenedModel(path.name, sha256_of(data), len(data), scorer)


def _open_keras(path: Path, child: OpenedModel | None) -> OpenedModel:
    from converters.parents.keras_model import KerasScorer
    from converters.parents.load import load_parent, load_parent_of

    if child:
        loaded = load_parent_of(path, child.scorer.card, where=child.file)
    else:
        loaded = load_parent(path)
    size = loaded.path.stat().st_size if loaded.path.is_file() else None
    return OpenedModel(loaded.path.name, loaded.sha256, size, KerasScorer(loaded))
