"""Where the results of a scan go when the user names no folder: beside the photos."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path

from edge.files.atomic_write import require_writable
from edge.files.errors import InputError, OutputError
from edge.photo.listing import holds_results

_SUFFIX = "-scan"
_REMEDY = "say where the results go: add --out FOLDER"


def choose_folder(sources: Sequence[Path]) -> Path:
    """Return the folder for the results, which is never inside a folder that is scanned.

    That is ``photos-scan`` for a folder ``photos``, ``a/wall-scan`` for a file ``a/wall.jpg`` and
    ``a-scan`` for several files of a folder ``a``. Results of scans among the sources don't count.

    Raises:
        InputError: the sources lie in different folders.
    """
    sources = [source for source in sources if not holds_results(source)] or sources
    first = sources[0]
    if len(sources) == 1:
        return _beside(first) if first.is_dir() else first.with_name(first.stem + _SUFFIX)
    if all(one.parent == first.parent and not one.is_dir() for one in sources):
        return _beside(first.parent)
    raise InputError(f"PHOTOS lie in more than one folder; {_REMEDY}")


def require_room(folder: Path) -> None:
    """Stop before a scan whose results could not be written beside the photos.

    Raises:
        OutputError: names ``--out``: there is something else, or it cannot be written.
    """
    if folder.exists() and not holds_results(folder) and not _is_empty_folder(folder):
        raise OutputError(f"{folder}: holds something else; {_REMEDY}")
    try:
        require_writable(folder)
    except OutputError as error:
        raise OutputError(f"{error}; {_REMEDY}") from error


def _is_empty_folder(path: Path) -> bool:
    return path.is_dir() and not any(path.iterdir())


def name_beside(folder: Path, suffix: str) -> Path:
    """Return a name beside the results of a scan: ``photos-scan`` gives ``photos-review``."""
    named = _give_name(folder)
    return named.with_name(named.name.removesuffix(_SUFFIX) + suffix)


def _beside(folder: Path) -> Path:
    named = _give_name(folder)
    if not named.name:
        raise InputError(f"{folder}: has no name; {_REMEDY}")
    return named.with_name(named.name + _SUFFIX)


def _give_name(folder: Path) -> Path:
    # `.` and `..` have no name of their own; a link keeps the one that it was given.
    return folder.resolve() if folder.name in ("", "..") else folder


def require_scan(folder: Path) -> None:
    """Refuse a folder without the results of a scan, and name the command that makes them.

    Raises:
        InputError: says what the folder should be.
    """
    if holds_results(folder):
        return
    expected = "expected the results folder of a scan"
    if folder.is_file():
        raise InputError(f"{folder}: is a file; {expected}, such as photos-scan")
    if not folder.exists():
        raise InputError(f"{folder}: no such folder; {expected}: crack-edge scan PHOTOS makes one")
    named = _give_name(folder)
    beside = named.parent / f"{named.name}{_SUFFIX}"
    make = f"crack-edge scan {shlex.quote(str(folder))} makes one"
    hint = f"did you mean {beside}?" if holds_results(beside) else make
    raise InputError(f"{folder}: holds no scan; {expected}: {hint}")
