"""The model card: what a device must know about a model file, carried inside it."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from edge.files.errors import ColourOrderError, ModelError
from edge.model.labels import CRACK, LABELS, class_of_folder

CARD_VERSION = 1
CELL_PX = 32  # MobileNetV2 halves its input five times
CELL_LOGITS = "cell_logits"  # a grid: tile view and dense view
TILE_LOGIT = "tile_logit"  # one cell as large as the tile: tile view only
RGB = "RGB"  # of all pictures in this toolkit
QUANTIZATIONS = ("float32", "float16", "dynamic", "int8", "int16x8")
MIN_PX, MAX_PX = 32, 4096
# In the recipe of a file with integer weights: how they became integers.
INT8_WEIGHTS = "int8_weights"
_TYPES = {
    "name": str,
    **dict.fromkeys(("input_px", "window_px", "cell_px"), int),
    **dict.fromkeys(("metrics", "recipe", "data", "versions"), dict),
}


@dataclass(frozen=True)
class SelfTest:
    """Generated tiles and the logits that they must give (see edge/model/self_test.py).

    Attributes:
        seed: from which the tiles are drawn.
        logits: mean cell logit of each tile, as the converted file gave them.
        step: one quantization step of a cell logit; 0 where logits are float throughout.
        backend: the runtime that gave them.
    """

    seed: int
    logits: tuple[float, ...]
    step: float
    backend: str


@dataclass(frozen=True)
class Card:
    """Facts about one model.

    Attributes:
        name: short name, used in file names.
        input_px: side of a tile in px; tiles are uint8 RGB (input_px, input_px, 3).
        window_px: how many px of a photo one tile covers.
        threshold: decision value; a score at or above it is a crack.
        threshold_rule: how it was chosen.
        quantization: one of QUANTIZATIONS.
        labels: names of the two classes, in the order of the parent's outputs.
        positive: the one of them that means crack: logits above 0 and high scores speak for it.
        output: cell_logits, or tile_logit where only whole tiles can be scored.
        cell_px: side of a cell in px of a tile; all of the tile for tile_logit.
        metrics: figures on the test split, over all and per source.
        recipe: settings of the training, and of the conversion.
        data: counts and fingerprint of the training data.
        notes: licences and attributions.
        missed_gates: what a conversion found short of its gates, a sentence each; empty if nothing.
        versions: tools that made the file.
        parent_sha256: of the file that this one was converted from.
        model_sha256: of the model without its card, where the format allows it.
        self_test: what the model must give on this machine.
    """

    name: str
    input_px: int
    window_px: int
    threshold: float
    threshold_rule: str
    quantization: str = "float32"
    labels: tuple[str, str] = LABELS
    positive: str = CRACK
    colour_order: str = RGB
    input_dtype: str = "uint8"
    output: str = CELL_LOGITS
    cell_px: int = CELL_PX
    metrics: Mapping[str, Any] = field(default_factory=dict)
    recipe: Mapping[str, Any] = field(default_factory=dict)
    data: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    missed_gates: tuple[str, ...] = ()
    versions: Mapping[str, str] = field(default_factory=dict)
    parent_sha256: str | None = None
    model_sha256: str | None = None
    self_test: SelfTest | None = None
    version: int = CARD_VERSION

    @property
    def has_dense_view(self) -> bool:
        """Tell whether larger pieces than a tile can be scored, cell by cell."""
        return self.output == CELL_LOGITS

    @property
    def stride_px(self) -> float:
        """Return the side of one cell in px of the photo: the stride of the dense view."""
        return self.cell_px * self.window_px / self.input_px

    @property
    def window_cells(self) -> int:
        """Return how many cells one window is wide."""
        return self.input_px // self.cell_px

    @property
    def reservation(self) -> str:
        """Say in one line what this file lacks beside its parent; empty if it passed every gate."""
        if not self.missed_gates:
            return ""
        return (
            f"{self.name} ({self.quantization}) decides differently from the model it was made "
            f"from: {'; '.join(self.missed_gates)}; see its certificate"
        )

    def to_json(self) -> str:
        """Return the card as JSON text, keys in a fixed order."""
        return json.dumps(dataclasses.asdict(self), indent=2) + "\n"


def parse_card(text: str, *, where: str) -> Card:
    """Read a card from JSON text.

    Args:
        text: what ``Card.to_json`` wrote.
        where: the file that it came from, for messages.

    Raises:
        ModelError: the text is not a card, or one that this version cannot follow.
        ColourOrderError: the model was trained on another colour order than RGB.
    """
    try:
        raw = json.loads(text)
    except ValueError as error:
        raise ModelError(f"{where}: the model card is not JSON ({error})") from error
    if not isinstance(raw, dict) or raw.get("version") != CARD_VERSION:
        raise ModelError(
            f"{where}: the model card is not of version {CARD_VERSION}; update crack-edge, or "
            "convert the model again"
        )
    known = {f.name for f in dataclasses.fields(Card)}
    values = {key: value for key, value in raw.items() if key in known}
    test = values.get("self_test")
    try:
        if test is not None:
            values["self_test"] = SelfTest(
                int(test["seed"]),
                tuple(float(value) for value in test["logits"]),
                float(test["step"]),
                str(test["backend"]),
            )
        for key in ("labels", "notes", "missed_gates"):
            if key in values:
                values[key] = tuple(str(item) for item in values[key])
        card = Card(**values)
        problem = _find_problem(card)
    except (TypeError, KeyError, ValueError, OverflowError) as error:
        raise ModelError(f"{where}: the model card is incomplete or malformed ({error})") from error
    if card.colour_order != RGB:
        raise ColourOrderError(
            f"{where}: made for another colour order: its card says colour_order "
            f"{card.colour_order!r}, but crack-edge uses {RGB}; convert a model that was trained "
            f"on {RGB}"
        )
    if problem:
        raise ModelError(f"{where}: {problem}")
    return card


def _find_problem(card: Card) -> str | None:
    """Name the first thing in a card that the runtime cannot follow."""
    return (
        _find_label_problem(card)
        or _find_output_problem(card)
        or _find_type_problem(card)
        or _find_size_problem(card)
    )


def _find_label_problem(card: Card) -> str | None:
    meanings = {class_of_folder(label) for label in card.labels}
    is_clear = len(card.labels) == 2 and meanings == set(LABELS) and card.positive in card.labels
    if not is_clear or class_of_folder(card.positive) != CRACK:
        return (
            f"the card's labels are {card.labels} with {card.positive!r} as the positive one; "
            f"expected two such as {LABELS}, with the one that means crack as the positive one"
        )
    return None


def _find_output_problem(card: Card) -> str | None:
    for key, values in (
        ("input_dtype", ("uint8",)),
        ("output", (CELL_LOGITS, TILE_LOGIT)),
        ("quantization", QUANTIZATIONS),
    ):
        if getattr(card, key) not in values:
            return (
                f"{key} is {getattr(card, key)!r}; this version of crack-edge supports "
                f"{', '.join(values)}"
            )
    return None


def _find_type_problem(card: Card) -> str | None:
    for key, kind in _TYPES.items():
        if type(getattr(card, key)) is not kind:
            return f"{key} is {getattr(card, key)!r}; expected a value of type {kind.__name__}"
    if card.self_test and not 0 <= card.self_test.seed < 2**31:
        return f"self_test.seed is {card.self_test.seed}; expected 0 to 2**31"
    return None


def _find_size_problem(card: Card) -> str | None:
    for key in ("input_px", "window_px"):
        if not MIN_PX <= getattr(card, key) <= MAX_PX:
            return f"{key} is {getattr(card, key)}; expected {MIN_PX} to {MAX_PX}"
    if card.cell_px < 1 or card.input_px % card.cell_px:
        return f"cell_px is {card.cell_px}; expected a divisor of input_px, {card.input_px}"
    if not card.has_dense_view and card.cell_px != card.input_px:
        return f"cell_px is {card.cell_px}; a {TILE_LOGIT} has one cell of {card.input_px} px"
    if not 0 < card.threshold < 1:
        return f"threshold is {card.threshold}; expected a value between 0 and 1"
    return None
