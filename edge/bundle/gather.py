"""Fetch wheels until a device has all that it needs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from edge.bundle.closure import Demand, Unmet, close_over, find_culprit
from edge.bundle.download import NoWheelError, download_wheels
from edge.bundle.platforms import Platform
from edge.bundle.wheel import Wheel, read_wheel, read_wheels
from edge.files.errors import InputError
from edge.files.progress import Progress

if TYPE_CHECKING:
    from packaging.version import Version

Fetch = Callable[[Sequence[str], Path, Platform], None]

# An older version of a package is tried where the newest does not go with the others. So often:
# beyond that something else is wrong, and each try is a download.
_MOST_EXCLUDED = 8


def gather_wheels(
    own: Path,
    roots: Sequence[Demand],
    platform: Platform,
    *,
    work: Path,
    wheels: Path | None,
    progress: Progress,
    fetch: Fetch = download_wheels,
) -> tuple[Wheel, ...]:
    """Return all wheels that a platform needs for some demands, by name of the package.

    Args:
        own: our own wheel.
        roots: what is asked for, ours among it.
        platform: where they will run.
        work: empty folder for what is downloaded.
        wheels: folder to take them from, then nothing is downloaded; None to download them.
        progress: is told what is fetched and done without.
        fetch: downloads the wheels of some requirements into a folder.

    Raises:
        InputError: a package without a wheel that meets all demands.
        EnvironmentLacksError: nothing can be downloaded.
    """
    mine, folder = read_wheel(own), wheels or work
    excluded: set[tuple[str, Version]] = set()
    # Why versions of a package were given up: that is the error where no other one is left.
    reasons: dict[str, str] = {}
    while True:
        # Of ourselves there is one: the one that runs here.
        there = [wheel for wheel in read_wheels(folder) if wheel.name != mine.name]
        closure = close_over(roots, [mine, *there], platform, excluded=excluded)
        if not closure.unmet:
            return closure.wheels
        lacking = _fetch(closure.unmet, folder, platform, progress, None if wheels else fetch)
        if lacking is None:
            continue
        unmet, why = lacking
        reason = reasons.get(unmet.name, f"{why}; required: {unmet}")
        culprit = find_culprit(unmet, there, platform, keep=mine.name)
        if culprit is None or len(excluded) >= _MOST_EXCLUDED:
            raise InputError(reason)
        progress.say(
            f"{culprit} requires a version of {unmet.name} that is not available; trying an older "
            "version"
        )
        excluded.add((culprit.name, culprit.version))
        reasons.setdefault(culprit.name, reason)


def _fetch(
    unmet: Sequence[Unmet],
    folder: Path,
    platform: Platform,
    progress: Progress,
    fetch: Fetch | None,
) -> tuple[Unmet, str] | None:
    """Fetch what is unmet; return what cannot be had and why, None if all was."""
    if fetch is None:
        return unmet[0], f"{folder}: no suitable wheel of {unmet[0].name} for {platform.name}"
    progress.say(f"downloading for {platform.name}: {', '.join(one.name for one in unmet)}")
    before = set(folder.iterdir())
    try:
        fetch([one.requirement for one in unmet], folder, platform)
    except NoWheelError as error:
        return next((one for one in unmet if one.name == error.package), unmet[0]), str(error)
    if set(folder.iterdir()) == before:
        return unmet[0], f"{unmet[0].name}: pip downloaded no suitable wheel"
    return None
