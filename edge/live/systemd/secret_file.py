"""Tokens and passwords from files, which other users of the machine must not be able to read."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from edge.files.errors import InputError

# More is a whole file by mistake.
_MAX_BYTES = 4096


def read_secret(path: Path) -> str:
    """Return the first line of a file that holds a token or password, without blanks around it.

    Raises:
        InputError: it cannot be read, the line is empty, or every user of this machine can read
            it; the message does not show what is in it.
    """
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            data = file.read(_MAX_BYTES + 1)
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror})") from error
    try:
        secret = data.decode().partition("\n")[0].strip()
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: expected a line of UTF-8 text") from error
    if not secret or len(data) > _MAX_BYTES:
        raise InputError(
            f"{path}: expected a token or password on its first line, and nothing else"
        )
    # Windows has other rights. The group may read: a service's file belongs to root.
    if os.name != "nt" and stat.S_IMODE(mode) & stat.S_IRWXO:
        raise InputError(
            f"{path}: every user of this machine can read this secret; run: chmod o= {path}"
        )
    return secret
