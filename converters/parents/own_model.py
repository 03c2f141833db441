"""Models of ``crack-edge train``: a Keras file with its card beside it."""

from __future__ import annotations

from pathlib import Path

from converters.parents.keras_file import load_keras_file
from converters.parents.keras_model import KerasModel
from edge.files.errors import ModelError
from edge.files.hashing import sha256_of
from edge.model.tflite_file import read_bytes
from edge.model.training_folder import (
    BACKBONE_NAME,
    CELL_LAYER,
    SCALE_LAYER,
    read_trained_card,
)


def load_own(path: Path) -> KerasModel:
    """Load a ``.keras`` file that has its card beside it.

    Raises:
        ModelError: a malformed card, a damaged file, code inside, or not a crack-edge model.
    """
    card = read_trained_card(path)
    data = read_bytes(path)
    model = load_keras_file(path)
    absent = {SCALE_LAYER, BACKBONE_NAME, CELL_LAYER} - {layer.name for layer in model.layers}
    if absent:
        raise ModelError(
            f"{path}: has no layers {sorted(absent)}, so crack-edge train did not make it; convert "
            "it as a third-party model, without the card beside it"
        )
    return KerasModel(path, sha256_of(data), card, model)
