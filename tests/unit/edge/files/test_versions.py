"""Versions come from installed distributions, and one that is not installed is left out."""

from __future__ import annotations

from importlib import metadata

from edge import __version__
from edge.files.versions import find_version, installed_versions


def test_a_distribution_that_is_not_installed_has_no_version() -> None:
    assert find_version("no-such-distribution") is None
    assert find_version("numpy") == metadata.version("numpy")


def test_our_own_version_comes_first_and_what_is_missing_is_left_out() -> None:
    versions = installed_versions(["numpy", "no-such-distribution"])
    assert list(versions.items()) == [
        ("crack-edge", __version__),
        ("numpy", metadata.version("numpy")),
    ]
