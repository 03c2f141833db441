"""Read the small files in which a kernel describes itself, below ``/proc`` and ``/sys``."""

from __future__ import annotations

from pathlib import Path

# /proc/cpuinfo has about 2 kB for each core; all other files are a page at most.
_MOST_BYTES = 4 << 20
_MOST_DIGITS = 20


def read_fact(path: Path) -> str:
    """Return a file's text without the blanks around it; empty where it cannot be read.

    Some readings are refused by the driver alone: a sensor that sleeps answers EAGAIN or ENODATA.
    """
    try:
        with path.open("rb") as file:
            data = file.read(_MOST_BYTES)
    # ValueError: a path with a zero byte, made of what another such file says.
    except (OSError, ValueError):
        return ""
    # The device tree ends its texts by a zero byte.
    return data.decode("utf-8", errors="replace").strip(" \t\r\n\0")


def read_number(path: Path) -> int | None:
    """Return the whole number that a file holds, None where it holds none."""
    return parse_number(read_fact(path))


def parse_number(text: str) -> int | None:
    """Return a whole number from 0 to 64 bits; None if the text is none, such as ``max``."""
    is_number = text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS
    return int(text) if is_number else None


def clean_name(text: str, *, longest: int = 100) -> str:
    """Return a name as one printable line: boards and firmware write what they like."""
    shown = "".join(char if char.isprintable() else " " for char in text[: 10 * longest])
    return " ".join(shown.split())[:longest].rstrip()
