"""The labels that pictures have, and the names of the folders that mean them."""

from __future__ import annotations

import re

CRACK = "crack"


NO_CRACK = "no_crack"


LABELS = (NO_CRACK, CRACK)


_CLASS_FOLDERS = {
    **dict.fromkeys(("crack", "cracks", "cracked", "positive"), CRACK),
    **dict.fromkeys(
        ("no crack", "no cracks", "non crack", "non cracked", "not cracked", "uncracked"), NO_CRACK
    ),
    **dict.fromkeys(("nocrack", "noncracked", "negative"), NO_CRACK),
}


def class_of_folder(name: str) -> str | None:
    """Return the label that a folder's name stands for, None if it is not a class folder."""
    return _CLASS_FOLDERS.get(re.sub(r"[\s_-]+", " ", name).strip().lower())
