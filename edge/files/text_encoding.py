"""Text from outside, such as names of files, for files that other programs read.

Names may be not UTF-8: Python holds such bytes as surrogates, and a strict reader refuses a whole
file for one of them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import quote

# Where a name could not be shown as it is, its own bytes stand under this key too.
NAME_BYTES = "photo_bytes"

_SURROGATES = re.compile("[\ud800-\udfff]")
# Those that no byte of a file's name becomes; Windows allows them in names.
_NO_BYTES = re.compile("[\ud800-\udc7f\udd00-\udfff]")


def replace_undecodable(text: str) -> str:
    """Return a text with U+FFFD for each byte that is not UTF-8."""
    return _SURROGATES.sub("\ufffd", text)


def show_plainly(text: str) -> str:
    """Return a text that gives a terminal no orders: U+FFFD for what is not printed, but for lines.

    Names of files and words of model cards come from outside, and may hold escape sequences.
    """
    return "".join(one if one.isprintable() or one == "\n" else "\ufffd" for one in text)


def encode_filename(text: str) -> bytes:
    """Return the text as UTF-8, names of files as their own bytes."""
    return _NO_BYTES.sub("\ufffd", text).encode("utf-8", "surrogateescape")


def filename_facts(name: str, shown: str) -> Mapping[str, str]:
    """Return what is shown of a photo's name, and its bytes percent-encoded if that differs."""
    return {"photo": shown} | ({} if shown == name else {NAME_BYTES: quote(encode_filename(name))})
