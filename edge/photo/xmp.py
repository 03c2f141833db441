"""Find a picture's XMP packet (ISO 16684) and read the texts in it.

The packet is XML from a file that is not trusted: its size is bounded, one with a document type or
entities is refused, and one that is damaged is as good as missing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NoReturn
from xml.parsers import expat

from edge.photo.chunks import (
    JPEG_START,
    PNG_START,
    Chunk,
    ReadAt,
    walk_jpeg,
    walk_png,
    walk_webp,
)
from edge.photo.tiff import Directory

MAX_PACKET_BYTES = 256 * 1024
# Real packets have about six levels and names of some dozen letters. Without a bound, names below
# long names could fill the memory.
_MAX_DEPTH = 32
_MAX_LETTERS = 100

_JPEG_NAME = b"\xff\xe1"
_JPEG_MARK = b"http://ns.adobe.com/xap/1.0/\0"
# Keyword, not compressed, no language and no translated keyword.
_PNG_MARK = b"XML:com.adobe.xmp\0\0\0\0\0"
_TIFF_TAG = 700


class _RefusedError(Exception):
    """The packet has what no packet of a camera has."""


def find_xmp(read_at: ReadAt, exif: Directory | None) -> bytes:
    """Return the XMP packet of a picture, empty if it has none or a huge one.

    Args:
        read_at: reads the picture's file.
        exif: the first directory of its EXIF data; of a TIFF its own.
    """
    part = _find_part(read_at)
    if part is None:
        return exif.blob(_TIFF_TAG, most_bytes=MAX_PACKET_BYTES) if exif else b""
    return read_at(part.begin, part.length) if part.length <= MAX_PACKET_BYTES else b""


def _find_part(read_at: ReadAt) -> Chunk | None:
    head = read_at(0, 12)
    if head.startswith(JPEG_START):
        parts, name, mark = walk_jpeg(read_at), _JPEG_NAME, _JPEG_MARK
    elif head.startswith(PNG_START):
        parts, name, mark = walk_png(read_at), b"iTXt", _PNG_MARK
    elif head.startswith(b"RIFF") and head.endswith(b"WEBP"):
        parts, name, mark = walk_webp(read_at), b"XMP ", b""
    else:
        return None
    for part in parts:
        is_named = part.name == name and part.length > len(mark)
        if is_named and read_at(part.begin, len(mark)) == mark:
            return Chunk(name, part.begin + len(mark), part.length - len(mark))
    return None


def read_properties(packet: bytes, spaces: Mapping[str, str]) -> dict[str, str]:
    """Return the texts of a packet, from attributes and elements alike; of two the first.

    Args:
        packet: of XMP, UTF-8; one that is refused or damaged has none.
        spaces: of each namespace that is wanted its address, in small letters without its scheme
            and last stroke (both differ between writers), and the prefix to give it.

    Returns:
        The texts by name, such as ``dji:GimbalYawDegree``; those in a structure are named below it:
        ``skydio:CameraOrientationNED/Yaw``.
    """
    packet = packet.rstrip(b"\0 \t\r\n")
    if not packet or b"<!DOCTYPE" in packet or b"<!ENTITY" in packet:
        return {}
    reader = _Reader(spaces)
    try:
        reader.parse(packet)
    except (expat.ExpatError, _RefusedError):
        return {}
    return reader.properties


class _Reader:
    """Collects texts of attributes and elements while a packet is parsed."""

    def __init__(self, spaces: Mapping[str, str]) -> None:
        self.properties: dict[str, str] = {}
        self._spaces = spaces
        # Of each open element its name, None if its namespace is not wanted.
        self._path: list[str | None] = []
        self._text = ""
        # The encoding is given, so the packet cannot name one that hides what it holds.
        self._parser = expat.ParserCreate("utf-8", " ")
        self._parser.buffer_text = True
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._add_text
        self._parser.StartDoctypeDeclHandler = self._refuse
        self._parser.EntityDeclHandler = self._refuse

    def parse(self, packet: bytes) -> None:
        self._parser.Parse(packet, True)

    def _start(self, name: str, attributes: Mapping[str, str]) -> None:
        if len(self._path) >= _MAX_DEPTH:
            self._refuse()
        self._path.append(self._name_below(name))
        self._text = ""
        for attribute, value in attributes.items():
            named = self._name_below(attribute)
            if named:
                self.properties.setdefault(named, value)

    def _end(self, _name: str) -> None:
        name = self._path.pop()
        if name and self._text.strip():
            self.properties.setdefault(name, self._text.strip())
        self._text = ""

    def _add_text(self, text: str) -> None:
        self._text += text

    def _name_below(self, name: str) -> str | None:
        """Return the name to give, below that of the nearest open element that has one."""
        address, _, own = name.rpartition(" ")
        prefix = self._spaces.get(address.partition("://")[2].rstrip("/").lower())
        if prefix is None:
            return None
        above = next((name for name in reversed(self._path) if name), None)
        named = f"{above}/{own}" if above else f"{prefix}:{own}"
        return named if len(named) <= _MAX_LETTERS else None

    def _refuse(self, *_: object) -> NoReturn:
        raise _RefusedError
