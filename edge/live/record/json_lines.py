"""Files of JSON lines that a power cut may tear, and what recorded names look like."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from edge.files.atomic_write import UNFINISHED

LINES_NAME = "events.jsonl"
DRAWN, PLAIN = ".jpg", ".plain.jpg"
# One name cannot lead out of the folder, nor hide in it.
_ID = r"[0-9A-Za-z][0-9A-Za-z_-]{0,99}"
_SAFE_ID = re.compile(_ID)
# As the tracker makes them: a picture so named is a recorder's, also where its lines are gone.
_OWN_ID = re.compile(r"\d{8}T\d{6}Z-[0-9a-f]{8}")
_PICTURE = re.compile(rf"(?P<id>{_ID})(\.plain)?\.jpg")
_OLD_LINES = re.compile(r"events-(?P<number>\d{6,9})\.jsonl")
_LEFT_OVER = re.compile(re.escape(UNFINISHED) + r"[a-z0-9_]{8}")

_CHUNK_BYTES = 1 << 16
# Not everywhere: Windows makes no links without being asked.
_NO_LINK = getattr(os, "O_NOFOLLOW", 0)


def is_safe_id(event_id: str) -> bool:
    """Return whether an id can be part of a file's name."""
    return _SAFE_ID.fullmatch(event_id) is not None


def is_own_id(event_id: str) -> bool:
    """Return whether an id looks as only a recorder's does."""
    return _OWN_ID.fullmatch(event_id) is not None


def picture_id(name: str) -> str | None:
    """Return the id of the event whose picture has that name."""
    found = _PICTURE.fullmatch(name)
    return found["id"] if found else None


def old_lines_name(number: int) -> str:
    """Return the name of a file of lines that is full."""
    return f"events-{number:06}.jsonl"


def old_lines_number(name: str) -> int | None:
    """Return the number of a file of lines that is full."""
    found = _OLD_LINES.fullmatch(name)
    return int(found["number"]) if found else None


def is_left_over(name: str) -> bool:
    """Return whether a file is a picture that a kill left half written."""
    return _LEFT_OVER.fullmatch(name) is not None


def append_line(path: Path, line: bytes) -> None:
    """Add a line to a file, wholly and on the disk, or not at all.

    Raises:
        OSError: it cannot be written; what came of it is cut off again where that works.
    """
    handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | _NO_LINK, 0o644)
    try:
        before = os.fstat(handle).st_size
        try:
            rest = memoryview(line)
            while rest:
                rest = rest[os.write(handle, rest) :]
            os.fsync(handle)
        except OSError:
            with suppress(OSError):
                os.ftruncate(handle, before)
            raise
    finally:
        os.close(handle)


def mend_lines(path: Path) -> int:
    """Cut off what stands after the last whole line of a file; return how many bytes remain.

    Raises:
        OSError: it cannot be read or cut.
    """
    handle = os.open(path, os.O_RDWR | _NO_LINK)
    try:
        whole = size = os.fstat(handle).st_size
        while whole > 0:
            begin = max(0, whole - _CHUNK_BYTES)
            os.lseek(handle, begin, os.SEEK_SET)
            end = os.read(handle, whole - begin).rfind(b"\n")
            whole = begin if end < 0 else begin + end + 1
            if end >= 0:
                break
        if whole < size:
            os.ftruncate(handle, whole)
            os.fsync(handle)
        return whole
    finally:
        os.close(handle)


def read_events(path: Path) -> Iterator[tuple[str, float | None]]:
    """Yield the id of each line's event and when it was, seconds since 1970 UTC.

    Lines that are none are passed over.

    Raises:
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        for line in file:
            try:
                facts = json.loads(line)
            except (ValueError, RecursionError):
                continue
            event_id = facts.get("id") if isinstance(facts, dict) else None
            if isinstance(event_id, str) and is_safe_id(event_id):
                yield event_id, _read_time(facts)


def _read_time(facts: dict[str, Any]) -> float | None:
    text = facts.get("ended_at") or facts.get("peak_at")
    try:
        return datetime.fromisoformat(str(text).replace("Z", "+00:00")).timestamp()
    except (ValueError, OverflowError):
        return None
