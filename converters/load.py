"""Open a parent: our own model with its card, or one from elsewhere with what is said of it."""

from __future__ import annotations

from pathlib import Path

from converters.facts import Facts, facts_of
from converters.foreign_model import load_foreign
from converters.keras_model import KerasModel
from converters.own_model import load_own
from converters.saved_model import hash_folder, load_saved_model
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


def load_parent(path: Path, facts: Facts | None = None) -> KerasModel:
    """Load a model that files are converted from.

    Args:
        path: the folder of a training, a ``.keras`` file, a ``.h5`` file or the folder of a
            SavedModel.
        facts: what the files of others do not say; None where it cannot be said.

    Raises:
        ModelError: no such model, a damaged one, one with code inside or of another kind; facts
            that are missing, or that the card beside it states already.
    """
    path = _find(path)
    if path.suffix == KERAS_SUFFIX and has_trained_card(path):
        if facts not in (None, Facts()):
            raise ModelError(
                f"{path}: its card, {find_trained_card(path)}, says labels, scale, threshold and "
                "sizes already; leave these options out"
            )
        return load_own(path)
    if facts is None:
        raise ModelError(
            f"{path}: has no card beside it ({find_trained_card(path).name}); convert a model "
            f"from elsewhere first, with its labels and scale: crack-edge convert {path} --out DIR"
        )
    return load_saved_model(path, facts) if path.is_dir() else load_foreign(path, facts)


def load_parent_of(path: Path, child: Card, *, where: str) -> KerasModel:
    """Load the parent of a converted file, whose card says what a file from elsewhere does not.

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
    return load_parent(path, facts_of(child, where=where))


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
