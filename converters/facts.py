"""What the file of a model from elsewhere does not say: its labels, its scaling, its threshold."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from edge.files.errors import InputError, ModelError
from edge.model.card import Card
from edge.model.labels import CRACK, LABELS, NO_CRACK, class_of_folder

ORIGIN_KEY = "origin"  # in the recipe of the card: where the facts are kept
_SIDES = ("window_px", "input_px")
_WORDS = "crack, cracked, positive and no_crack, non-cracked, uncracked, negative"


@dataclass(frozen=True)
class Scaling:
    """How a model wants its pictures.

    Attributes:
        range: what the pixel values 0 and 255 become.
        mean: is then subtracted, for each channel, RGB.
        deviation: by which is then divided.
        is_bgr: whether the channels are then turned round.
    """

    range: tuple[float, float]
    mean: tuple[float, float, float] = (0.0, 0.0, 0.0)
    deviation: tuple[float, float, float] = (1.0, 1.0, 1.0)
    is_bgr: bool = False

    @property
    def is_plain(self) -> bool:
        """Tell whether the range is all there is to it."""
        return not self.is_bgr and set(self.mean) == {0.0} and set(self.deviation) == {1.0}


# The modes of keras.applications.imagenet_utils.preprocess_input, and what layers do themselves.
SCALES: Mapping[str, Scaling] = {
    "-1..1": Scaling((-1.0, 1.0)),
    "0..1": Scaling((0.0, 1.0)),
    "0..255": Scaling((0.0, 255.0)),
    "imagenet": Scaling((0.0, 1.0), mean=(0.485, 0.456, 0.406), deviation=(0.229, 0.224, 0.225)),
    "caffe": Scaling((0.0, 255.0), mean=(123.68, 116.779, 103.939), is_bgr=True),
}


@dataclass(frozen=True)
class Facts:
    """What is said of a model from elsewhere; None or empty where nothing was said.

    Attributes:
        labels: names of class 0 and class 1, or of the class that a single output speaks for.
        scale: a name from ``SCALES``.
        threshold: decision value in (0, 1).
        window_px: how many px of a photo one tile covers.
        input_px: side of a tile, of a model that takes any.
    """

    labels: tuple[str, ...] = ()
    scale: str | None = None
    threshold: float | None = None
    window_px: int | None = None
    input_px: int | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the facts for the recipe of a card."""
        return dataclasses.asdict(self) | {"labels": list(self.labels)}


def facts_of(card: Card, *, where: str) -> Facts:
    """Read from a converted file's card what was said of its parent.

    Raises:
        ModelError: it was not converted from a model from elsewhere, or says nonsense.
    """
    try:
        origin = card.recipe[ORIGIN_KEY]
        labels = parse_labels(",".join(origin["labels"]))
        scale, threshold = str(origin["scale"]), origin["threshold"]
        sides = [None if origin[key] is None else int(origin[key]) for key in _SIDES]
        facts = Facts(labels, scale, None if threshold is None else float(threshold), *sides)
    except (KeyError, TypeError, ValueError, InputError) as error:
        raise ModelError(f"{where}: its card does not say how its parent is read") from error
    if not labels or scale not in SCALES:
        raise ModelError(
            f"{where}: its card speaks of a scale {scale!r}; known: {', '.join(SCALES)}"
        )
    return facts


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
            f"or cracked,uncracked; understood are {_WORDS}"
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


def describe_missing(facts: Facts) -> list[str]:
    """Say which facts must still be given, each with its choices."""
    missing = []
    if not facts.labels:
        missing.append(
            f"--labels with the names of class 0 and class 1 ({','.join(LABELS)} or "
            f"{','.join(reversed(LABELS))})"
        )
    if facts.scale is None:
        missing.append(f"--scale with what it expects ({', '.join(SCALES)})")
    return missing
