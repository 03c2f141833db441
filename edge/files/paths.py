"""Paths shown to people, and the name by which a scan's results are known."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

# What a scan keeps its results in; pictures beside and below it are no photos.
STORE_NAME = "scan.sqlite"


def common_folder(paths: Iterable[Path]) -> Path | None:
    """Return the deepest folder that holds all files, so that their paths can be shown short.

    None where there is none to name: no files, relative paths beside absolute ones, different
    drives of Windows, or the root of the file system.
    """
    folders = {path.parent for path in paths}
    try:
        folder = Path(os.path.commonpath(folders))
    except ValueError:
        return None
    return None if folder == folder.parent else folder
