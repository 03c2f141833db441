"""Find the model that a path means and what is said of it, before TensorFlow is loaded."""

from __future__ import annotations

import zipfile
import zlib
from pathlib import Path

from converters.parents.model_spec import ModelSpec, describe_missing
from edge.files.errors import ModelError
from edge.model.tflite_file import read_bytes
from edge.model.training_folder import (
    H5_SUFFIXES,
    KERAS_SUFFIX,
    MODEL_NAME,
    SAVED_MODEL_NAME,
    find_trained,
    find_trained_card,
    has_trained_card,
    is_trained,
)

_CONVERTED_SUFFIXES = (".tflite", ".onnx")
# Larger ones are refused when the model is loaded.
_MAX_CONFIG_BYTES = 32 << 20
_EXPECTED = "the folder of a training, a .keras or .h5 file or the folder of a SavedModel"


def find_parent(path: Path) -> Path:
    """Return the Keras file or the SavedModel's folder that a path means.

    Raises:
        ModelError: no such model, or of another kind.
    """
    if not path.exists():
        raise ModelError(f"{path}: no such model; expected {_EXPECTED}")
    if is_trained(path):
        return find_trained(path)
    if path.is_dir():
        if not (path / SAVED_MODEL_NAME).is_file():
            raise ModelError(
                f"{path}: holds neither {MODEL_NAME} nor {SAVED_MODEL_NAME}; expected {_EXPECTED}"
            )
    elif path.suffix in _CONVERTED_SUFFIXES:
        raise ModelError(
            f"{path}: is a converted file already; give the model it was made from: {_EXPECTED}"
        )
    elif path.suffix not in H5_SUFFIXES:
        raise ModelError(f"{path}: is not a Keras model; expected {_EXPECTED}")
    return path


def is_own(path: Path, spec: ModelSpec | None) -> bool:
    """Tell whether a found model is one of ``crack-edge train``: its card lies beside it.

    Args:
        path: from ``find_parent``.
        spec: what was said of it.

    Raises:
        ModelError: it is, and yet something was said of it.
    """
    if path.suffix != KERAS_SUFFIX or not has_trained_card(path):
        return False
    if spec not in (None, ModelSpec()):
        raise ModelError(
            f"{path}: its card, {find_trained_card(path)}, states labels, preprocessing, threshold "
            "and sizes; leave out the options that repeat them"
        )
    return True


def require_complete(spec: ModelSpec, path: Path) -> None:
    """Stop where something is missing that cannot be read from the file.

    Raises:
        ModelError: names the options and their choices.
    """
    missing = describe_missing(spec)
    if missing:
        hint = _hint_at_rescaling(path) if spec.preprocessing is None else ""
        raise ModelError(
            f"{path}: has no card beside it ({find_trained_card(path).name}), so give what a "
            f"third-party model does not state: {' and '.join(missing)}{hint}"
        )


def _hint_at_rescaling(path: Path) -> str:
    """Look for the layer's name in the configuration, which both kinds of file hold as text."""
    if path.is_dir():
        return ""
    try:
        if path.suffix == KERAS_SUFFIX:
            with zipfile.ZipFile(path) as archive, archive.open("config.json") as file:
                text = file.read(_MAX_CONFIG_BYTES)
        else:
            text = read_bytes(path)
    except (zipfile.BadZipFile, zlib.error, OSError, KeyError, RuntimeError, EOFError):
        return ""  # damaged: the loader says so
    found = b'"Rescaling"' in text
    return "; it has a Rescaling layer of its own: probably 0..255" if found else ""
