"""What the file of a third-party model does not say: its labels, preprocessing, threshold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from converters.parents.preprocessing import PREPROCESSINGS
from edge.files.errors import InputError, ModelError
from edge.model.card import Card
from edge.model.labels import CRACK, LABELS, NO_CRACK, class_of_folder

ORIGIN_KEY = "origin"  # in the recipe of the card: where the specification is kept
_KNOWN_LABELS = "crack, cracked, positive and no_crack, non-cracked, uncracked, negative"


@dataclass(frozen=True)
class ModelSpec:
    """What the user says of a third-party model; None or empty where nothing was said.

    Attributes:
        labels: names of class 0 and class 1, or of the class that a single output stands for.
        preprocessing: a name from ``PREPROCESSINGS``.
        threshold: decision value in (0, 1).
        window_px: how many px of a photo one tile covers.
        input_px: side of a tile, of a model that takes any.
    """

    labels: tuple[str, ...] = ()
    preprocessing: str | None = None
    threshold: float | None = None
    window_px: int | None = None
    input_px: int | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the specification for the recipe of a card."""
        return {
            "labels": list(self.labels),
            "scale": self.preprocessing,  # the key in cards of all versions
            "threshold": self.threshold,
            "window_px": self.window_px,
            "input_px": self.input_px,
        }


def read_spec(card: Card, *, where: str) -> ModelSpec:
    """Read from a converted file's card what was said of its parent.

    Raises:
        ModelError: it was not converted from a third-party model, or its values have no meaning.
    """
    try:
        origin = card.recipe[ORIGIN_KEY]
        labels = parse_labels(",".join(origin["labels"]))
        preprocessing, threshold = str(origin["scale"]), origin["threshold"]
        window_px, input_px = (
            None if origin[key] is None else int(origin[key]) for key in ("window_px", "input_px")
        )
        threshold = None if threshold is None else float(threshold)
    except (KeyError, TypeError, ValueError, InputError) as error:
        raise ModelError(
            f"{where}: its card does not say how its parent is read; convert the parent again"
        ) from error
    if not labels or preprocessing not in PREPROCESSINGS:
        raise ModelError(
            f"{where}: its card names the preprocessing {preprocessing!r}; "
            f"known: {', '.join(PREPROCESSINGS)}"
        )
    return ModelSpec(labels, preprocessing, threshold, window_px, input_px)


def parse_labels(text: str | None) -> tuple[str, ...]:
    """Read ``--labels``: two names with a comma between them, or one.

    Raises:
        InputError: a name whose meaning is not known, or both mean the same.
    """
    if text is None:
        return ()
    names = tuple(name.strip() for name in text.split(","))
    meanings = [class_of_folder(name) for name in names]
    if None in meanings or len(names) > 2 or len(set(meanings)) != len(names):
        raise InputError(
            f"labels {text!r}: expected the names of class 0 and class 1, such as no_crack,crack "
            f"or cracked,uncracked; known are {_KNOWN_LABELS}"
        )
    return names


def order_labels(labels: tuple[str, ...]) -> tuple[str, str]:
    """Return the names of class 0 and class 1; a single name is that of class 1."""
    if len(labels) == 2:
        return labels[0], labels[1]
    other = NO_CRACK if class_of_folder(labels[0]) == CRACK else CRACK
    return other, labels[0]


def crack_class(labels: tuple[str, ...]) -> int:
    """Return which class means crack, 0 or 1."""
    return [class_of_folder(label) for label in order_labels(labels)].index(CRACK)


def describe_missing(spec: ModelSpec) -> list[str]:
    """List the options that must still be given, each with its choices."""
    missing = []
    if not spec.labels:
        missing.append(
            f"--labels with the names of class 0 and class 1 ({','.join(LABELS)} or "
            f"{','.join(reversed(LABELS))})"
        )
    if spec.preprocessing is None:
        missing.append(f"--preprocessing with what it expects ({', '.join(PREPROCESSINGS)})")
    return missing
