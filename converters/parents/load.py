"""Open a parent: our own model with its card, or a third-party one with its specification."""

from __future__ import annotations

from pathlib import Path

from converters.parents.foreign_model import load_foreign
from converters.parents.keras_model import KerasModel
from converters.parents.model_spec import ModelSpec, read_spec
from converters.parents.own_model import load_own
from converters.parents.saved_model import hash_folder, load_saved_model
from edge.files.errors import ModelError
from edge.files.hashing import sha256_of
from edge.model.card import Card
from edge.model.tflite_file import read_bytes
from edge.model.training_folder import (
    H5_SUFFIXES,
    KERAS_SUFFIX,
    SAVED_MODEL_NAME,
    find_trained,
    find_trained_card,
    has_trained_card,
    is_trained,
)


def load_parent(path: Path, spec: ModelSpec | None = None) -> KerasModel:
    """Load a model that files are converted from.

    Args:
        path: the folder of a training, a ``.keras`` file, a ``.h5`` file or the folder of a
            SavedModel.
        spec: what third-party files do not say; None where it cannot be said.

    Raises:
        ModelError: no such model, a damaged one, one with code inside or of another kind; a
            specification that is missing, or one of a model whose card states it already.
    """
    path = _find(path)
    if path.suffix == KERAS_SUFFIX and has_trained_card(path):
        if spec not in (None, ModelSpec()):
            raise ModelError(
                f"{path}: its card, {find_trained_card(path)}, says labels, preprocessing, "
                "threshold and sizes already; leave these options out"
            )
        return load_own(path)
    if spec is None:
        raise ModelError(
            f"{path}: has no card beside it ({find_trained_card(path).name}); convert a "
            "third-party model first, with its labels and preprocessing: "
            f"crack-edge convert {path} --out DIR"
        )
    return load_saved_model(path, spec) if path.is_dir() else load_foreign(path, spec)


def load_parent_of(path: Path, child: Card, *, where: str) -> KerasModel:
    """Load the parent of a converted file, whose card says what a third-party file does not.

    Args:
        path: of the parent.
        child: card of the converted file.
        where: the converted file, for messages.

    Raises:
        ModelError: as ``load_parent``; or the file was not converted from this parent.
    """
    path = _find(path)
    if path.suffix == KERAS_SUFFIX and has_trained_card(path):
        return load_own(path)
    if child.parent_sha256 != hash_parent(path):
        raise ModelError(f"{where}: was not converted from {path}: another sha256 is in its card")
    return load_parent(path, read_spec(child, where=where))


def hash_parent(path: Path) -> str:
    """Return the sha256 of a parent, over all its files where it is a SavedModel."""
    path = _find(path)
    return hash_folder(path) if path.is_dir() else sha256_of(read_bytes(path))


def _find(path: Path) -> Path:
    """Return the file or the SavedModel's folder that is meant."""
    if not path.exists():
        raise ModelError(f"{path}: no such model")
    if is_trained(path):
        return find_trained(path)
    if path.is_dir():
        if not (path / SAVED_MODEL_NAME).is_file():
            raise ModelError(
                f"{path}: holds neither model.keras nor {SAVED_MODEL_NAME}; expected the folder of "
                "a training or a SavedModel"
            )
    elif path.suffix not in H5_SUFFIXES:
        raise ModelError(f"{path}: is not a Keras model; expected a .keras or .h5 file")
    return path
