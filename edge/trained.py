"""What a training leaves: the names and the card where trainer, converters and commands meet.

The Keras model itself is never opened here.
"""

from __future__ import annotations

from pathlib import Path

from edge.card import Card, parse_card
from edge.errors import ModelError
from edge.modelfile import CARD_NAME

MODEL_NAME = "model.keras"
MANIFEST_NAME = "manifest.csv"
MODEL_CARD_NAME = "model-card.md"
KERAS_SUFFIX = ".keras"

# Layers of the Keras model that its views are made of.
SCALE_LAYER = "scale"
BACKBONE_NAME = "backbone"
HIDDEN_LAYER = "cell_units"  # only some recipes have it
CELL_LAYER = "cell_logits"
WINDOW_LAYER = "window_logit"


def is_trained(path: Path) -> bool:
    """Tell whether a path is a Keras model or the folder of a training."""
    return path.suffix == KERAS_SUFFIX or (path / MODEL_NAME).is_file()


def find_trained(path: Path) -> Path:
    """Return the Keras file that a path means: itself, or the one in a training's folder."""
    return path / MODEL_NAME if path.is_dir() else path


def read_trained_card(path: Path) -> Card:
    """Read the card that lies beside a Keras model.

    Args:
        path: of the training's folder, where it is ``card.json``, or of a ``.keras`` file, where
            ``NAME.card.json`` beside ``NAME.keras`` comes first.

    Raises:
        ModelError: no card there, or a malformed one.
    """
    own = path.with_suffix(f".{CARD_NAME}")
    card = own if own.is_file() else (path if path.is_dir() else path.parent) / CARD_NAME
    try:
        text = card.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ModelError(
            f"{path}: has no card; expected {card}, which crack-edge train writes"
        ) from error
    return parse_card(text, where=str(card))
