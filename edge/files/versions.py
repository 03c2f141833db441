"""Which versions of which distributions are installed."""

from __future__ import annotations

from collections.abc import Iterable
from importlib import metadata

from edge import __version__


def find_version(distribution: str) -> str | None:
    """Return the version of an installed distribution, None if it is not installed."""
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return None


def installed_versions(packages: Iterable[str]) -> dict[str, str]:
    """Return this package's version and those of the named ones that are installed."""
    found = {package: find_version(package) for package in packages}
    installed = {package: version for package, version in found.items() if version is not None}
    return {"crack-edge": __version__} | installed
