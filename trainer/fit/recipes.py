"""The recipes: what is built, what is frozen, for how long and at what rate it learns."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from edge.files.errors import InputError
from edge.model.card import CELL_PX, MAX_PX, MIN_PX
from edge.model.training_folder import (
    KERAS_SUFFIX,
    find_trained,
    has_trained_card,
    is_trained,
    read_trained_card,
)
from trainer.dataset.prepare import SplitPlan
from trainer.dataset.split import BATCHES, GROUP, RANDOM, SHARES
from trainer.fit.augment import Augmentation, augment, flip_and_rotate, keep_unchanged

ALPHAS = (0.35, 0.5, 0.75, 1.0, 1.3, 1.4)
IMAGENET = "imagenet"
NO_WEIGHTS = "none"
MOBILENET_V2 = "mobilenet_v2"
PLAIN = "plain"

# Fine-tuning leaves the first blocks as they are: edges and textures are learnt there already,
# and their large activations would cost a quarter of the time.
FINE_TUNE_FROM = "block_3_expand"
# The layer behind the first 150 of MobileNetV2's 154.
LAST_LAYERS_FROM = "block_16_project_BN"
# Labels of public data are wrong now and then; a model must not be certain of any.
_LABEL_SMOOTHING = 0.05

COSINE = "cosine"  # from a short rise down to nothing (Loshchilov & Hutter 2017)
EXPONENTIAL = "exponential"  # a tenth less every epoch
CONSTANT = "constant"
# With a higher one Adam undoes in a step what was learnt in an epoch.
MAX_RATE = 0.1
# OpenCV's generator takes no larger seed.
MAX_SEED = 2**31 - 1
# Settings that are whole numbers: the lowest and the highest value of each.
_RANGES: Mapping[str, tuple[int, int | None]] = {
    **dict.fromkeys(("input_px", "window_px"), (MIN_PX, MAX_PX)),
    **dict.fromkeys(("finetune_epochs", "context_epochs"), (0, None)),
    **dict.fromkeys(("patience", "batch_size"), (1, None)),
    "seed": (0, MAX_SEED),
}

_FROM_RANDOM = "trains the whole network from random weights"


@dataclass(frozen=True)
class Stage:
    """A part of a training in which the same weights learn.

    Attributes:
        name: as in the history.
        purpose: what it does, in words.
        epochs: how many at most.
        rate: Adam's learning rate, its highest.
        schedule: of the rate over the stage.
        trainable_from: layer of the backbone from which on it is trained; None: none of it;
            empty: all of it.
        batch_norms: whether its batch norms are trained too.
        augmentation: of the training tiles.
        patience: epochs without a lower loss on val after which it ends; None: it never does.
        label_smoothing: share of doubt in every label.
        cached: features of the frozen backbone are computed once, for tiles as they are.
        context: every other batch, of train and val, shows its tiles within surroundings.
    """

    name: str
    purpose: str
    epochs: int
    rate: float
    schedule: str = CONSTANT
    trainable_from: str | None = None
    batch_norms: bool = False
    augmentation: Augmentation = augment
    patience: int | None = None
    label_smoothing: float = _LABEL_SMOOTHING
    cached: bool = False
    context: bool = False


@dataclass(frozen=True)
class Recipe:
    """A way to train, with its defaults.

    Attributes:
        defaults: of the settings that are not given.
        backbone: ``mobilenet_v2``, or ``plain`` for a sequential CNN.
        hidden: units of a ReLU layer before the last unit; 0 for none.
        shares: of the pictures for each split.
    """

    defaults: Mapping[str, Any]
    backbone: str = MOBILENET_V2
    hidden: int = 0
    shares: Mapping[str, float] = field(default_factory=lambda: SHARES)


RECIPES: Mapping[str, Recipe] = {
    # The head on a frozen backbone, then the network at a lower rate.
    "two-stage": Recipe(
        {
            "epochs": 10,
            "finetune_epochs": 5,
            "context_epochs": 1,
            "head_rate": 1e-3,
            "finetune_rate": 3e-4,
        },
    ),
    # A frozen backbone, 64 ReLU units, a rate that falls with the epochs, early stopping.
    "frozen": Recipe(
        {"epochs": 20, "head_rate": 1e-3, "patience": 3},
        hidden=64,
    ),
    # All but the first 150 layers, flips and turns, early stopping, 60:20:20.
    "last-layers": Recipe(
        {"epochs": 10, "head_rate": 1e-4, "patience": 5},
        shares={"train": 0.6, "val": 0.2, "test": 0.2},
    ),
    # The head on a frozen backbone that sees varied tiles.
    "augmented": Recipe(
        {"epochs": 10, "head_rate": 1e-3},
    ),
    # A plain sequential CNN from nothing.
    "scratch": Recipe(
        {"epochs": 20, "head_rate": 1e-3, "weights": NO_WEIGHTS},
        backbone=PLAIN,
    ),
}
DEFAULT_RECIPE = "two-stage"
# How the only stage of the other recipes differs from the head of two-stage.
_ONLY_STAGES: Mapping[str, Mapping[str, Any]] = {
    "frozen": {"schedule": EXPONENTIAL, "augmentation": keep_unchanged},
    "last-layers": {
        "purpose": "trains the last layers of the backbone and the head",
        "trainable_from": LAST_LAYERS_FROM,
        "batch_norms": True,
        "augmentation": flip_and_rotate,
    },
    "augmented": {
        "purpose": "trains the last layer on varied pictures; the backbone stays frozen",
    },
    "scratch": {
        "purpose": _FROM_RANDOM,
        "trainable_from": "",
        "augmentation": keep_unchanged,
        "label_smoothing": 0.0,
    },
}


@dataclass(frozen=True)
class TrainSettings:
    """Settings of one training, kept in the card.

    Attributes:
        recipe: a name from ``RECIPES``.
        weights: ``imagenet``, ``none``, a ``.weights.h5`` of the backbone or a ``.keras``.
        alpha: width of MobileNetV2.
        input_px: side of a tile in px.
        window_px: photo px that a tile covers; None: the median side of the pictures.
        epochs: of the first stage; 0 where a ``.keras`` model needs none.
        finetune_epochs: of the second stage, where the recipe has one.
        context_epochs: of the third stage, which gets the network used to the dense view.
        head_rate: highest learning rate of the first stage.
        finetune_rate: highest learning rate of the second stage.
        patience: epochs without a lower loss on val until a stage ends; None: none end early.
        batch_size: pictures.
        dropout: share of feature channels dropped while training.
        split: ``group``, ``random`` or ``batches``.
        teacher_weight: what a teacher's score counts against the label, where there is one.
        seed: of every random choice.
    """

    recipe: str = DEFAULT_RECIPE
    weights: str = IMAGENET
    alpha: float = 1.0
    input_px: int = 224
    window_px: int | None = None
    epochs: int = 10
    finetune_epochs: int = 0
    context_epochs: int = 0
    head_rate: float = 1e-3
    finetune_rate: float = 3e-4
    patience: int | None = None
    batch_size: int = 32
    dropout: float = 0.2
    split: str = GROUP
    teacher_weight: float = 0.7
    seed: int = 0

    def __post_init__(self) -> None:
        """Refuse values that cannot be trained with."""
        if self.recipe not in RECIPES:
            raise InputError(f"--recipe {self.recipe!r}: expected one of {', '.join(RECIPES)}")
        if self.alpha not in ALPHAS:
            raise InputError(f"--alpha {self.alpha}: expected one of {', '.join(map(str, ALPHAS))}")
        for name, (lowest, highest) in _RANGES.items():
            _require_whole(name, getattr(self, name), lowest, highest)
        _require_whole("epochs", self.epochs, 0 if self.starts_from_trained else 1, None)
        if self.input_px % CELL_PX:
            raise InputError(f"--input-px {self.input_px}: expected a multiple of {CELL_PX}")
        if self.split not in (GROUP, RANDOM, BATCHES):
            raise InputError(f"--split-by {self.split!r}: expected {GROUP}, {RANDOM} or {BATCHES}")
        if RECIPES[self.recipe].backbone == PLAIN and self.weights != NO_WEIGHTS:
            raise InputError(
                f"--recipe {self.recipe} starts from random weights; leave --weights out"
            )
        if self.starts_from_trained and self.recipe != DEFAULT_RECIPE:
            raise InputError(
                f"--recipe {self.recipe} cannot start from a .keras model; only "
                f"--recipe {DEFAULT_RECIPE} can"
            )

    @property
    def split_plan(self) -> SplitPlan:
        """Return how the data set is divided."""
        shares = RECIPES[self.recipe].shares
        return SplitPlan(self.split, shares, self.batch_size, self.seed)

    @property
    def starts_from_trained(self) -> bool:
        """Tell whether it goes on from an earlier training."""
        return self.weights.endswith(KERAS_SUFFIX)


def _require_whole(name: str, value: int | None, lowest: int, highest: int | None) -> None:
    if value is None:  # of the settings that can be left open
        return
    if isinstance(value, int) and lowest <= value and (highest is None or value <= highest):
        return
    bounds = f"of {lowest} or more" if highest is None else f"from {lowest} to {highest}"
    raise InputError(f"--{name.replace('_', '-')} {value!r}: expected a whole number {bounds}")


def settings_for(recipe: str, *, learning_rate: float | None = None, **given: Any) -> TrainSettings:
    """Return the settings of a recipe; what is given and not None replaces its defaults.

    A ``.keras`` model, or the folder of a training, as weights brings its width and input size. Its
    head is trained already, so that ``epochs`` counts those of fine-tuning.

    Args:
        recipe: a name from ``RECIPES``.
        learning_rate: highest rate of the first stage; the later stages keep their ratio to it.
        given: the other settings.

    Raises:
        InputError: an unknown recipe or a value that cannot be trained with.
    """
    defaults = dict(RECIPES[recipe].defaults) if recipe in RECIPES else {}
    chosen = {key: value for key, value in given.items() if value is not None}
    # The two words come first: a folder of such a name is given as a path, ./none.
    if chosen.get("weights", IMAGENET) not in (IMAGENET, NO_WEIGHTS):
        weights = Path(chosen["weights"])
        chosen["weights"] = str(chosen["weights"])
        if is_trained(weights):
            defaults |= _read_sizes(weights)
            chosen = {**_count_from_finetuning(chosen), "weights": str(find_trained(weights))}
    settings = TrainSettings(**{"recipe": recipe, **defaults, **chosen})
    if not plan_stages(settings):
        raise InputError("no epochs: give --finetune-epochs or --context-epochs of 1 or more")
    return settings if learning_rate is None else _set_rate(settings, learning_rate)


def _read_sizes(trained: Path) -> dict[str, Any]:
    if not has_trained_card(trained):
        return {}
    card = read_trained_card(trained)
    alpha = card.recipe.get("alpha")
    return {"input_px": card.input_px} | ({} if alpha is None else {"alpha": alpha})


def _count_from_finetuning(chosen: Mapping[str, Any]) -> dict[str, Any]:
    if "epochs" in chosen and "finetune_epochs" in chosen:
        raise InputError(
            "a .keras model starts with fine-tuning: give --epochs or --finetune-epochs, not both"
        )
    counted = {"finetune_epochs": chosen["epochs"]} if "epochs" in chosen else {}
    return {**chosen, **counted, "epochs": 0}


def _set_rate(settings: TrainSettings, rate: float) -> TrainSettings:
    first = plan_stages(settings)[0].rate
    used = _find_used_rates(settings)
    # The context stage has a third of the fine-tuning's rate, also where it is the first.
    highest = MAX_RATE * min(1.0, first / max(used.values()))
    if not 0 < rate <= highest:
        raise InputError(
            f"--learning-rate {rate:g}: expected more than 0 and at most {highest:.3g}; "
            "usual rates are 0.00001 to 0.01"
        )
    scaled: dict[str, Any] = {name: rate * (value / first) for name, value in used.items()}
    return dataclasses.replace(settings, **scaled)


def _find_used_rates(settings: TrainSettings) -> dict[str, float]:
    """Return the rates by which stages are trained; the others stay as they are."""
    names = [] if settings.starts_from_trained else ["head_rate"]
    if settings.recipe == DEFAULT_RECIPE and settings.weights != NO_WEIGHTS:
        names.append("finetune_rate")
    return {name: getattr(settings, name) for name in names}


def plan_stages(settings: TrainSettings) -> list[Stage]:
    """Return the stages that a training goes through."""
    first = Stage(
        "head",
        "trains the last layer on the frozen backbone",
        settings.epochs,
        settings.head_rate,
        patience=settings.patience,
    )
    if settings.recipe == DEFAULT_RECIPE:
        return _plan_two_stages(settings, first)
    return [dataclasses.replace(first, name=settings.recipe, **_ONLY_STAGES[settings.recipe])]


def _plan_two_stages(settings: TrainSettings, head: Stage) -> list[Stage]:
    finetune = Stage(
        "finetune",
        "trains the backbone too, except for its first blocks",
        settings.finetune_epochs,
        settings.finetune_rate,
        schedule=COSINE,
        trainable_from=FINE_TUNE_FROM,
        patience=settings.patience,
    )
    if settings.weights == NO_WEIGHTS:
        # A frozen backbone of random weights teaches a head nothing: one stage for all of it.
        return [
            dataclasses.replace(
                finetune,
                name="network",
                purpose=_FROM_RANDOM,
                epochs=settings.epochs + settings.finetune_epochs + settings.context_epochs,
                rate=2 * settings.head_rate,
                trainable_from="",
                batch_norms=True,
                context=settings.context_epochs > 0,
            )
        ]
    stages = [] if settings.starts_from_trained else [dataclasses.replace(head, cached=True)]
    if settings.finetune_epochs:
        stages.append(finetune)
    if settings.context_epochs:
        stages.append(
            dataclasses.replace(
                finetune,
                name="context",
                purpose="goes on with surroundings added to half of the pictures",
                epochs=settings.context_epochs,
                rate=settings.finetune_rate / 3,
                context=True,
            )
        )
    return stages
