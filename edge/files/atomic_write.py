"""Write files whole or not at all."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO

from edge.files.errors import OutputError

# How the name of a file begins that is not whole yet.
UNFINISHED = ".unfinished-"


def replace_atomically(path: Path, data: bytes) -> None:
    """Write beside the target, then rename: a reader sees the old file or the whole new one.

    So does whoever looks after a power cut: the bytes are on the disk before the name is.

    Raises:
        OutputError: it cannot be written.
    """
    with open_atomically(path) as file:
        file.write(data)


@contextmanager
def open_atomically(path: Path, *, mode: int = 0o644) -> Iterator[BinaryIO]:
    """Open a file to be written, which gets its name when the block ends without an error.

    Args:
        path: of the file, which is replaced.
        mode: who may read and write it; from the first byte on nobody else can.

    Yields:
        The file, beside the target.

    Raises:
        OutputError: it cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=UNFINISHED)
    except OSError as error:
        raise OutputError(f"{path}: cannot be written ({error.strerror})") from error
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
            file.flush()
            os.fsync(handle)
        os.chmod(name, mode)
        os.replace(name, path)
        _sync_folder(path.parent)
    except OSError as error:
        raise OutputError(f"{path}: cannot be written ({error.strerror})") from error
    finally:
        Path(name).unlink(missing_ok=True)


def _sync_folder(folder: Path) -> None:
    """Bring a new name to the disk too, where the system can."""
    if os.name == "nt":
        return
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def write_json(path: Path, value: Any) -> None:
    """Write a JSON file, indented, with a newline at its end."""
    replace_atomically(path, (json.dumps(value, indent=2) + "\n").encode())


def refuse_to_overwrite(*paths: Path, force: bool) -> None:
    """Stop before work whose output stands already, unless told to replace it.

    Raises:
        OutputError: one of the paths is a file, or a folder that is not empty.
    """
    if force:
        return
    for path in paths:
        if path.is_dir() and any(path.iterdir()):
            raise OutputError(
                f"{path}: the folder is not empty; choose another one, or add --force"
            )
        if path.exists() and not path.is_dir():
            raise OutputError(f"{path}: exists already; choose another name, or add --force")


def require_writable(out: Path) -> None:
    """Stop before long work whose output could not be written; nothing is left behind.

    Args:
        out: file or folder that will be written; what is missing of its path will be made.

    Raises:
        OutputError: a file stands where a folder is needed, or the disk or the user's rights
            forbid it.
    """
    place = out if out.is_dir() else out.parent
    while not place.exists() and place != place.parent:
        place = place.parent
    try:
        with tempfile.TemporaryFile(dir=place, prefix=UNFINISHED):
            pass
    except OSError as error:
        raise OutputError(f"{out}: cannot be written ({error.strerror}: {place})") from error
