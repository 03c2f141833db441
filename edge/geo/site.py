"""What an inspector knows of a site that its photos do not tell."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from enum import Enum
from typing import Any

from edge.geo.positions import Position

# EN 1992-1-1, table 7.1N: the width that reinforced concrete may show in most surroundings.
DEFAULT_CRACK_WIDTH_MM = 0.3


@dataclass(frozen=True)
class Site:
    """Facts of a site.

    Attributes:
        gsd_mm: ground sample distance of all photos, mm of the surface for one px.
        distance_m: from the camera to the surface, of all photos.
        crack_width_mm: of the finest crack that must not be missed.
        positions: of photos, by name; they go before those in the files.
    """

    gsd_mm: float | None = None
    distance_m: float | None = None
    crack_width_mm: float = DEFAULT_CRACK_WIDTH_MM
    positions: Mapping[str, Position] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON can hold it."""
        return asdict(self) | {"positions": {k: asdict(v) for k, v in self.positions.items()}}


def parse_site(value: Any) -> Site:
    """Read what ``Site.to_dict`` gave.

    Raises:
        ValueError: it is something else.
    """
    try:
        positions = {str(key): Position(**one) for key, one in value["positions"].items()}
        site = Site(**value | {"positions": positions})
    except (AttributeError, KeyError, TypeError) as error:
        raise ValueError("the facts of the site are missing") from error
    said = [vars(replace(site, positions={})), *map(vars, positions.values())]
    numbers = (number for one in said for key, number in one.items() if key != "positions")
    if not all(number is None or _is_figure(number) for number in numbers):
        raise ValueError("a fact of the site is not a number")
    if site.crack_width_mm is None:
        raise ValueError("the crack width of the site is missing")
    return site


def _is_figure(value: Any) -> bool:
    try:
        return isinstance(value, int | float) and math.isfinite(value)
    except OverflowError:  # a whole number beyond all floats
        return False


class TakenBack(Enum):
    """Stands for a fact that was said before and is to count no more."""

    TAKEN_BACK = "none"


@dataclass(frozen=True)
class SiteUpdate:
    """What is said anew about a site; None leaves what was said before.

    Attributes:
        gsd_mm: as in Site; it can be taken back.
        distance_m: as in Site; it can be taken back.
        crack_width_mm: as in Site.
        positions: as in Site.
    """

    gsd_mm: float | TakenBack | None = None
    distance_m: float | TakenBack | None = None
    crack_width_mm: float | None = None
    positions: Mapping[str, Position] | None = None

    def apply_to(self, site: Site) -> Site:
        """Return the site with what is said anew."""
        changes: dict[str, Any] = {
            key: None if value is TakenBack.TAKEN_BACK else value
            for key, value in vars(self).items()
            if value is not None
        }
        return replace(site, **changes)
