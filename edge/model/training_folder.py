"""What a training leaves: the names and the card where trainer, converters and commands meet.

The Keras model itself is never opened here.
"""

from __future__ import annotations

from pathlib import Path

from edge.files.errors import ModelError
from edge.model.card import Card, parse_card
from edge.model.tflite_file import CARD_NAME

MODEL_NAME = "model.keras"
MANIFEST_NAME = "manifest.csv"
MODEL_CARD_NAME = "model-card.md"
KERAS_SUFFIX = ".keras"
H5_SUFFIXES = (".h5", ".hdf5")
SAVED_MODEL_NAME = "saved_model.pb"

# Layers of the Keras model that its views are made of.
SCALE_LAYER = "scale"
BACKBONE_NAME = "backbone"
HIDDEN_LAYER = "cell_units"  # only some recipes have it
CELL_LAYER = "cell_logits"
WINDOW_LAYER = "window_logit"


def is_trained(path: Path) -> bool:
    """Tell whether a path is a Keras model or the folder of a training."""
    return path.suffix == KERAS_SUFFIX or (path / MODEL_NAME).is_file()


def is_parent(path: Path) -> bool:
    """Tell whether a path is a model that only a workstation opens and converts."""
    is_saved_model = (path / SAVED_MODEL_NAME).is_file()
    return is_trained(path) or path.suffix in H5_SUFFIXES or is_saved_model


def has_trained_card(path: Path) -> bool:
    """Tell whether a Keras model has a card beside it; without one it is third-party."""
    return find_trained_card(path).is_file()


def find_trained(path: Path) -> Path:
    """Return the Keras file that a path means: itself, or the one in a training's folder."""
    return path / MODEL_NAME if path.is_dir() else path


def find_trained_card(path: Path) -> Path:
    """Return where the card of a training's folder or of a ``.keras`` file is, or should be.

    In a folder it is ``card.json``; ``NAME.card.json`` beside ``NAME.keras`` comes first.
    """
    own = path.with_suffix(f".{CARD_NAME}")
    return own if own.is_file() else (path if path.is_dir() else path.parent) / CARD_NAME


def read_trained_card(path: Path) -> Card:
    """Read the card of a training's folder or of a ``.keras`` file.

    Raises:
        ModelError: nothing there, no card, or a malformed one.
    """
    if not path.exists():
        raise ModelError(f"{path}: no such file or folder; check the path")
    card = find_trained_card(path)
    try:
        text = card.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ModelError(
            f"{path}: has no model card; expected {card}, which crack-edge train writes"
        ) from error
    return parse_card(text, where=str(card))
