"""Which wheels a device needs, resolved from their metadata for the device's Python and processor.

Nothing is downloaded here. What is unmet is fetched by ``gather``, which then calls again.

Why this is not left to a tool: pip evaluates markers for the machine that it runs on, and ``uv pip
compile`` ignores upper bounds of Requires-Python: for Python 3.11 it pins backports.strenum 1.3.1,
which is for Python below 3.11, and pip on the device refuses to install that.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from edge.bundle.platforms import Platform, fitting_tags, marker_environment
from edge.bundle.wheel import Wheel, rank_wheels
from edge.files.errors import InputError

if TYPE_CHECKING:
    from packaging.version import Version

    # Versions of packages that cannot be used together with the others.
    Excluded = Collection[tuple[str, Version]]


@dataclass(frozen=True)
class Demand:
    """What is asked of one package.

    Attributes:
        name: of the package, normalized.
        specifier: versions that meet it; empty for any.
        extras: parts of it that are wanted.
        by: who asks.
        wheel: that asks; None where it is we.
    """

    name: str
    specifier: str
    extras: frozenset[str]
    by: str
    wheel: Wheel | None = None


@dataclass(frozen=True)
class Unmet:
    """A package that no wheel at hand gives as it is asked for.

    Attributes:
        name: of the package, normalized.
        demands: all that is asked of it, those from outside first.
        excluded: versions that cannot be used together with other packages.
    """

    name: str
    demands: tuple[Demand, ...]
    excluded: tuple[str, ...] = ()

    @property
    def requirement(self) -> str:
        """Return all demands as one requirement without markers, as pip takes it."""
        parts = {part for demand in self.demands for part in demand.specifier.split(",") if part}
        return self.name + ",".join(sorted(parts | {f"!={one}" for one in self.excluded}))

    def __str__(self) -> str:
        asked: dict[str, list[str]] = {}
        for demand in self.demands:
            asked.setdefault(demand.by, []).append(demand.specifier or "any")
        return ", ".join(f"{self.name} {','.join(all_)} for {by}" for by, all_ in asked.items())


@dataclass(frozen=True)
class Closure:
    """What is needed.

    Attributes:
        wheels: exactly one for each package, by name; all that is asked of it is met.
        unmet: packages that are still to be had; none if the wheels are all.
    """

    wheels: tuple[Wheel, ...]
    unmet: tuple[Unmet, ...]


def close_over(
    roots: Sequence[Demand],
    wheels: Iterable[Wheel],
    platform: Platform,
    *,
    excluded: Excluded = (),
) -> Closure:
    """Find the wheels that a platform needs for some demands.

    Of each package it is the newest version that meets all demands. What an abandoned version
    required still counts, so that this ends; where that is too much, ``find_culprit`` names it.

    Args:
        roots: what is asked for.
        wheels: to choose from; those that do not run there are ignored.
        platform: where they will run.
        excluded: versions that are not to be chosen.

    Raises:
        InputError: metadata that cannot be read.
    """
    ranked = _rank(wheels, platform, excluded)
    demands: dict[str, list[Demand]] = {}
    chosen: dict[str, Wheel] = {}
    todo = deque(roots)
    while todo:
        demand = todo.popleft()
        known = demands.setdefault(demand.name, [])
        if demand in known:
            continue
        known.append(demand)
        wheel = _choose(ranked.get(demand.name, ()), known)
        if wheel is None:
            chosen.pop(demand.name, None)
        else:
            chosen[demand.name] = wheel
            todo.extend(list_demands(wheel, _extras(known), platform))
    reachable = _reach(roots, chosen, platform)
    return Closure(
        wheels=tuple(chosen[name] for name in sorted(reachable & set(chosen))),
        unmet=tuple(
            Unmet(name, tuple(demands[name]), tuple(_versions(excluded, name)))
            for name in sorted(reachable - set(chosen))
        ),
    )


def find_culprit(
    unmet: Unmet, wheels: Iterable[Wheel], platform: Platform, *, keep: str
) -> Wheel | None:
    """Return the wheel to do without where all demands on a package cannot be met.

    It is the one that first asks for what no wheel at hand has together with what was asked before,
    or else the last that asks for anything. None where nobody can be done without.

    Args:
        unmet: a package without a wheel that meets all demands.
        wheels: at hand.
        platform: where they will run.
        keep: name of the package that the others are there for.
    """
    ranked = _rank(wheels, platform, ()).get(unmet.name, [])
    askers = [
        (place, demand.wheel)
        for place, demand in enumerate(unmet.demands)
        if demand.wheel and demand.wheel.name != keep
    ]
    for place, wheel in askers:
        before, now = unmet.demands[:place], unmet.demands[: place + 1]
        if _choose(ranked, before) and not _choose(ranked, now):
            return wheel
    return askers[-1][1] if askers else None


def parse_demand(text: str, by: str) -> Demand:
    """Return what a requirement without a marker asks for.

    Args:
        text: the requirement, such as ``numpy<2``.
        by: who asks.
    """
    from packaging.requirements import Requirement
    from packaging.utils import canonicalize_name

    one = Requirement(text)
    return Demand(canonicalize_name(one.name), str(one.specifier), frozenset(one.extras), by)


def list_demands(wheel: Wheel, extras: Iterable[str], platform: Platform) -> list[Demand]:
    """Return what a wheel asks for on a platform.

    Args:
        wheel: that asks.
        extras: parts of it that are wanted.
        platform: where it will run.

    Raises:
        InputError: a requirement that cannot be read, or one that names an address.
    """
    from packaging.requirements import InvalidRequirement, Requirement
    from packaging.utils import canonicalize_name

    environment = marker_environment(platform)
    wanted = ["", *sorted(extras)]
    demands = []
    for text in wheel.requires:
        try:
            one = Requirement(text)
        except InvalidRequirement as error:
            raise InputError(f"{wheel.file}: its requirement {text!r} cannot be read") from error
        marker = one.marker
        if marker and not any(marker.evaluate({**environment, "extra": part}) for part in wanted):
            continue
        if one.url:
            raise InputError(
                f"{wheel.file}: requires {one.name} from a URL; a bundle holds wheels only"
            )
        name, parts = canonicalize_name(one.name), frozenset(map(canonicalize_name, one.extras))
        demands.append(Demand(name, str(one.specifier), parts, str(wheel), wheel))
    return demands


def _rank(
    wheels: Iterable[Wheel], platform: Platform, excluded: Excluded
) -> dict[str, list[Wheel]]:
    """Return the wheels that may be chosen, by name, the best first."""
    allowed = [wheel for wheel in wheels if (wheel.name, wheel.version) not in excluded]
    by_name: dict[str, list[Wheel]] = {}
    for wheel in rank_wheels(allowed, fitting_tags(platform), platform.python_full):
        by_name.setdefault(wheel.name, []).append(wheel)
    return by_name


def _choose(ranked: Sequence[Wheel], demands: Sequence[Demand]) -> Wheel | None:
    from packaging.specifiers import SpecifierSet

    joined = SpecifierSet(",".join(demand.specifier for demand in demands if demand.specifier))
    # Pre-releases are taken where there is nothing else, as pip does.
    versions = set(joined.filter([wheel.version for wheel in ranked]))
    return next((wheel for wheel in ranked if wheel.version in versions), None)


def _reach(roots: Sequence[Demand], chosen: dict[str, Wheel], platform: Platform) -> set[str]:
    """Return the names that are needed where the chosen wheels, and no others, ask for anything."""
    extras: dict[str, frozenset[str]] = {}
    todo = deque(roots)
    while todo:
        demand = todo.popleft()
        before = extras.get(demand.name)
        extras[demand.name] = (before or frozenset()) | demand.extras
        if demand.name in chosen and extras[demand.name] != before:
            todo.extend(list_demands(chosen[demand.name], extras[demand.name], platform))
    return set(extras)


def _extras(demands: Iterable[Demand]) -> frozenset[str]:
    return frozenset[str]().union(*(demand.extras for demand in demands))


def _versions(excluded: Excluded, name: str) -> list[str]:
    return sorted(str(version) for one, version in excluded if one == name)
