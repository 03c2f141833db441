"""Paths shown to people, names that become parts of paths, and the name of a scan's results."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Iterable
from pathlib import Path

from edge.files.errors import InputError

# What a scan keeps its results in; pictures beside and below it are no photos.
STORE_NAME = "scan.sqlite"
# Control characters, and surrogates: bytes that are no text.
_UNPRINTABLE = ("Cc", "Cs")
# Names of files have 255 bytes at most, of which suffixes take some.
_LONGEST_NAME_BYTES = 200


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


def find_name_problem(name: str) -> str | None:
    """Say why a name cannot be that of a model, with which names of files begin.

    A name must stay in the folder that it is used in, on every system, and must not be hidden
    there or be taken for an option.

    Returns:
        What is wrong with it, to follow the name in a message; None if nothing is.
    """
    if not name:
        return "is empty; expected a name such as bridges-2"
    if found := next((sign for sign in "/\\:" if sign in name), None):
        return f"holds {found!r}; expected a name without a folder, such as bridges-2"
    if any(unicodedata.category(sign) in _UNPRINTABLE for sign in name):
        return "holds a character that cannot be printed; expected a name such as bridges-2"
    if len(name.encode()) > _LONGEST_NAME_BYTES:
        return f"is too long; expected at most {_LONGEST_NAME_BYTES} bytes"
    if name.startswith((".", "-")):
        return f"begins with {name[0]!r}; expected a letter or a digit there"
    return None


def choose_name(given: str | None, own: str, *, owner: Path, remedy: str) -> str:
    """Return the name of a model: the one that is given, or else its own.

    Args:
        given: with ``--name``, if it was.
        own: what it is called otherwise.
        owner: file or folder that its own name comes from, for messages.
        remedy: what to do where its own name cannot be used.

    Raises:
        InputError: the name cannot be that of a model.
    """
    name = own if given is None else given
    if problem := find_name_problem(name):
        raise InputError(
            f"{owner}: its name {own!r} {problem}; {remedy}"
            if given is None
            else f"--name {given!r} {problem}"
        )
    return name
