"""Which versions of which tools made or measured something."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import metadata

from edge import __version__


def installed_versions(packages: Sequence[str]) -> dict[str, str]:
    """Return this package's version and those of the named ones that are installed."""
    versions = {"crack-edge": __version__}
    for package in packages:
        try:
            versions[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return versions
