"""The model files that are measured, as they were given to the command."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from benchmarks.run.subject import ModelFile
from edge.files.errors import InputError, ModelError
from edge.files.hashing import sha256_of
from edge.model.card import Card
from edge.model.onnx_file import read_onnx
from edge.model.tflite_file import find_model, read_bytes, read_tflite
from edge.model.training_folder import (
    KERAS_SUFFIX,
    find_trained,
    is_trained,
    read_trained_card,
)


def read_model_files(models: Sequence[str]) -> list[ModelFile]:
    """Read what is known of model files before any of them is opened.

    Args:
        models: paths of ``.tflite``, ``.onnx`` and ``.keras`` files, folders of a training, names
            of shipped models.

    Raises:
        ModelError: no such model, a damaged one, one without a card.
        InputError: a file is given twice.
    """
    paths = [_find_file(model) for model in models]
    twice = [path for path, count in Counter(path.resolve() for path in paths).items() if count > 1]
    if twice:
        raise InputError(f"{twice[0]}: is given more than once; name each file once")
    names = _name_files([path.resolve() for path in paths])
    return [
        ModelFile(name, path, sha256_of(data), len(data), _read_card(path))
        for name, path in zip(names, paths, strict=True)
        for data in [read_bytes(path)]
    ]


def _find_file(model: str) -> Path:
    path = Path(model)
    if not is_trained(path):
        return find_model(model)
    if not path.exists():
        raise ModelError(f"{model}: no such model file; expected a .keras file")
    return find_trained(path)


def _read_card(path: Path) -> Card:
    if path.suffix == KERAS_SUFFIX:
        return read_trained_card(path)
    return read_onnx(path).card if path.suffix == ".onnx" else read_tflite(path).card


def _name_files(paths: Sequence[Path]) -> list[str]:
    """Return as much of the end of each path as makes the name its own."""
    parts = 1
    while True:
        names = ["/".join(path.parts[-parts:]) for path in paths]
        count = Counter(names)
        if len(count) == len(paths):
            # A name that is its own already stays short.
            short = Counter(path.name for path in paths)
            return [
                path.name if short[path.name] == 1 else name
                for path, name in zip(paths, names, strict=True)
            ]
        parts += 1
