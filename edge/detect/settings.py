"""The settings of a scan and the models it looks with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from edge.detect.triage import Thresholds, choose_thresholds
from edge.model.scorer import Scorer

Mode = Literal["dense", "tiles"]


MODES: tuple[Mode, ...] = ("dense", "tiles")


# A window of a photo shrunk further would show half a metre of wall as a few px.
_SCALES = (0.05, 8.0)


@dataclass(frozen=True)
class ScanSettings:
    """Settings of a scan; together with the models they decide what is found.

    Attributes:
        threshold: score in (0, 1) at or above which a person should look.
        mode: dense (every window at a stride of one cell) or tiles.
        overlap: of neighbouring tiles, as a share of their side; tiles mode only.
        scales: by which the photo is resized before it is scored, one pass each.
        unsure_from: in a cascade, score of the small model at or above which the large one looks.
        crack_threshold: score at or above which a crack is sure; 0.9, or ``threshold`` if that is
            higher, if None.
    """

    threshold: float
    mode: Mode = "dense"
    overlap: float = 0.0
    scales: tuple[float, ...] = (1.0,)
    unsure_from: float | None = None
    crack_threshold: float | None = None

    def __post_init__(self) -> None:
        """Refuse values without a meaning."""
        # Resolved once, so that equal settings are equal however they were given.
        thresholds = choose_thresholds(self.threshold, self.crack_threshold)
        object.__setattr__(self, "crack_threshold", thresholds.crack)
        if not 0 <= self.overlap <= 0.9:
            raise ValueError(f"overlap {self.overlap}: expected 0 to 0.9")
        if not self.scales or not all(_SCALES[0] <= scale <= _SCALES[1] for scale in self.scales):
            raise ValueError(f"scales {self.scales}: expected one or more of 0.05 to 8")
        if self.unsure_from is not None and not 0 <= self.unsure_from <= self.threshold:
            raise ValueError(f"unsure_from {self.unsure_from}: expected 0 to the threshold")
        if self.unsure_from is not None and self.mode != "dense":
            raise ValueError("a cascade needs the dense mode")

    @property
    def thresholds(self) -> Thresholds:
        """Return both decision values."""
        return choose_thresholds(self.threshold, self.crack_threshold)


@dataclass(frozen=True)
class Scorers:
    """What looks at photos.

    Attributes:
        scorer: the model that decides.
        small: the model that looks first in a cascade.
        max_rows_px: how high the pieces of a photo should be, px; None if it does not matter.
    """

    scorer: Scorer
    small: Scorer | None = None
    max_rows_px: int | None = None
