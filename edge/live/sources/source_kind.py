"""What the text after ``--source`` names, from how it is written; touches no file."""

from __future__ import annotations

import re
from typing import Literal

SourceKind = Literal["camera", "picamera", "drawn", "stream", "file"]

_NUMBER = re.compile("[0-9]{1,3}")
_PICAMERA = re.compile("picamera(?::([0-9]{1,2}))?")
_SCHEME = re.compile("([A-Za-z][A-Za-z0-9+.-]*)://")


def kind_of_source(source: str) -> SourceKind:
    """Return what kind of source a text names."""
    if _NUMBER.fullmatch(source) or source.startswith("/dev/"):
        return "camera"
    if source == "drawn":
        return "drawn"
    if _PICAMERA.fullmatch(source):
        return "picamera"
    return "stream" if _SCHEME.match(source) else "file"


def device_of(source: str) -> str:
    """Return the device of a camera: ``/dev/video0`` for ``0``."""
    return f"/dev/video{int(source)}" if source.isdecimal() else source


def picamera_number(source: str) -> int:
    """Return the number of a Raspberry Pi's camera: 0 for ``picamera``, 1 for ``picamera:1``."""
    return int(source.partition(":")[2] or 0)


def scheme_of(source: str) -> str:
    """Return the scheme of a stream, as it is written: ``rtsp`` of ``rtsp://HOST/PATH``."""
    return source.partition("://")[0]
