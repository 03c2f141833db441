"""The settings of a scan and the models it looks with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Literal

from edge.detect.cascade import choose_unsure_from
from edge.detect.triage import Thresholds, choose_thresholds
from edge.files.errors import InputError
from edge.model.card import Card
from edge.model.scorer import Scorer

View = Literal["dense", "tile"]
VIEWS: tuple[View, ...] = ("dense", "tile")


# A window of a photo shrunk further would show half a metre of wall as a few px.
_SCALES = (0.05, 8.0)


@dataclass(frozen=True)
class ScanSettings:
    """Settings of a scan; together with the models they decide what is found.

    Attributes:
        threshold: score in (0, 1) at or above which a person should look.
        view: dense (every window at a stride of one cell) or tile.
        overlap: of neighbouring tiles, as a share of their side; tile view only.
        scales: by which the photo is resized before it is scored, one pass each.
        unsure_from: in a cascade, score of the small model at or above which the large one looks.
        crack_threshold: score at or above which a crack is sure; 0.9, or ``threshold`` if that is
            higher, if None.
    """

    threshold: float
    view: View = "dense"
    overlap: float = 0.0
    scales: tuple[float, ...] = (1.0,)
    unsure_from: float | None = None
    crack_threshold: float | None = None

    def __post_init__(self) -> None:
        """Refuse values without a meaning."""
        # Resolved once, so that equal settings are equal however they were given.
        thresholds = choose_thresholds(self.threshold, self.crack_threshold)
        object.__setattr__(self, "crack_threshold", thresholds.crack)
        if self.view not in VIEWS:
            raise ValueError(f"view {self.view!r}: expected {' or '.join(VIEWS)}")
        if not 0 <= self.overlap <= 0.9:
            raise ValueError(f"overlap {self.overlap}: expected 0 to 0.9")
        if not self.scales or not all(_SCALES[0] <= scale <= _SCALES[1] for scale in self.scales):
            raise ValueError(f"scales {self.scales}: expected one or more of 0.05 to 8")
        if self.unsure_from is not None and not 0 <= self.unsure_from <= self.threshold:
            raise ValueError(f"unsure_from {self.unsure_from}: expected 0 to the threshold")
        if self.unsure_from is not None and self.view != "dense":
            raise ValueError("a cascade needs the dense view")

    @property
    def thresholds(self) -> Thresholds:
        """Return both decision values."""
        return choose_thresholds(self.threshold, self.crack_threshold)

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON can hold it."""
        return asdict(self) | {"scales": list(self.scales)}


def choose_settings(
    card: Card,
    *,
    threshold: float | None = None,
    crack_threshold: float | None = None,
    view: View = "dense",
    overlap: float = 0.0,
    scales: tuple[float, ...] = (1.0,),
    has_cascade: bool = False,
    unsure_from: float | None = None,
) -> ScanSettings:
    """Make settings of what a user asks for; the card says what is left open.

    Args:
        card: of the model that decides.
        threshold: as in ScanSettings; the card's if None.
        crack_threshold: as in ScanSettings.
        view: as in ScanSettings.
        overlap: as in ScanSettings.
        scales: as in ScanSettings.
        has_cascade: whether another model looks first.
        unsure_from: as in ScanSettings; half the threshold of a cascade if None.

    Raises:
        InputError: the scores are not in the order unsure_from, threshold, crack_threshold.
    """
    threshold = card.threshold if threshold is None else threshold
    if crack_threshold is not None and crack_threshold < threshold:
        raise InputError(
            f"--crack-threshold {crack_threshold:g} is below the threshold, {threshold:.4g}; "
            "choose a higher one"
        )
    return ScanSettings(
        threshold=threshold,
        crack_threshold=crack_threshold,
        view=view,
        overlap=overlap,
        scales=scales,
        unsure_from=choose_unsure_from(threshold, unsure_from) if has_cascade else None,
    )


def parse_settings(value: Any) -> ScanSettings:
    """Read what ``ScanSettings.to_dict`` gave, also that of versions that called the view mode.

    Raises:
        ValueError: it is something else.
    """
    if not isinstance(value, Mapping):
        raise ValueError("no settings")
    known = dict(value)
    if "mode" in known:
        mode = known.pop("mode")
        known["view"] = "tile" if mode == "tiles" else mode
    if unknown := known.keys() - {field.name for field in fields(ScanSettings)}:
        raise ValueError(f"settings: {', '.join(sorted(unknown))} is not known")
    try:
        return ScanSettings(**known | {"scales": tuple(known.get("scales", (1.0,)))})
    except TypeError as error:
        raise ValueError(f"settings: {error}") from error


@dataclass(frozen=True)
class Scorers:
    """The models that look at photos.

    Attributes:
        main: the one that decides.
        screening: a smaller one that looks first, in a cascade.
        max_rows_px: how high the pieces of a photo should be, px; None if it does not matter.
    """

    main: Scorer
    screening: Scorer | None = None
    max_rows_px: int | None = None
