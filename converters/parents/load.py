"""Open a parent: our own model with its card, or a third-party one with its specification."""

from __future__ import annotations

from pathlib import Path

from converters.parents.find import find_parent, is_own
from converters.parents.foreign_model import load_foreign
from converters.parents.keras_model import KerasModel
from converters.parents.model_spec import ModelSpec, read_spec
from converters.parents.own_model import load_own
from converters.parents.saved_model import hash_folder, load_saved_model
from edge.files.errors import ModelError
from edge.files.hashing import sha256_of
from edge.model.card import Card
from edge.model.tflite_file import read_bytes
from edge.model.training_folder import find_trained_card


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
    path = find_parent(path)
    if is_own(path, spec):
        return load_own(path)
    if spec is None:
        raise ModelError(
            f"{path}: has no card beside it ({find_trained_card(path).name}); convert a "
            "third-party model first, with its labels and preprocessing: "
            f"crack-edge convert {path} --out FOLDER"
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
    path = find_parent(path)
    if is_own(path, None):
        return load_own(path)
    if child.parent_sha256 != hash_parent(path):
        raise ModelError(
            f"{where}: was not converted from {path}: its card names a parent with another sha256"
        )
    return load_parent(path, read_spec(child, where=where))


def hash_parent(path: Path) -> str:
    """Return the sha256 of a parent, over all its files where it is a SavedModel."""
    path = find_parent(path)
    return hash_folder(path) if path.is_dir() else sha256_of(read_bytes(path))
