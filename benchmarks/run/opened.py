"""A model opened by a chosen backend, as a device opens it: with its self-test."""

from __future__ import annotations

from pathlib import Path

from benchmarks.run.backends import open_subject
from edge.files.native_output import silence
from edge.model.classifier import Classifier, check_classifier


def open_tested(path: Path, backend: str, *, workers: int = 1) -> Classifier:
    """Open a file and run its self-test; a file without one (Keras) is taken as it is.

    Args:
        path: of the file.
        backend: name of the runtime.
        workers: threads that score side by side.

    Raises:
        ModelError: a damaged file, or one that the backend cannot run.
        EnvironmentLacksError: the backend is not installed.
        SelfTestError: the model gives other scores here than when it was verified.
    """
    # TensorFlow tells of itself when it is imported.
    with silence():
        opened = open_subject(path, backend)
    classifier = Classifier(opened, workers=workers, path=path)
    if classifier.card.self_test is not None:
        check_classifier(classifier)
    return classifier
