"""Tell pictures that were truncated or damaged, where decoders fill in grey and say nothing.

What the formats themselves secure (PNG by checksums) is left to the decoder.
"""

from __future__ import annotations

import re

from edge.photo.chunks import JPEG_SCAN, ReadAt, read_from, walk_jpeg, walk_png
from edge.photo.tiff import open_tiff

_JPEG_END = b"\xff\xd9"
_JPEG_SEQUENTIAL = (b"\xff\xc0", b"\xff\xc1")
_JPEG_TABLES = b"\xff\xc4"
# In the coded picture a 0xff is followed by 0x00, a restart marker or another 0xff.
_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
# What stands between two scans: tables, the height, the restart interval, comments.
_BETWEEN_SCANS = frozenset({0xC4, 0xDA, 0xDB, 0xDC, 0xDD, 0xFE})
# A sector of a memory card, as it reads where it was lost.
_LOST_SECTOR = bytes(512)
_END_OF_BLOCK = 0
_CHECKSUM_BYTES = 4


def find_damage(data: bytes, kind: str) -> str | None:
    """Return what is wrong with a picture's bytes, None if nothing is seen.

    Args:
        data: the file.
        kind: as its header says.
    """
    if kind == "JPEG":
        return _find_jpeg_damage(data)
    if kind == "PNG":
        parts = list(walk_png(read_from(data)))
        end = max((part.begin + part.length for part in parts), default=0) + _CHECKSUM_BYTES
        # A chunk's length is taken at its word by OpenCV 5: 2 GB of memory for four bytes.
        if not parts or end > len(data) or parts[-1].name != b"IEND":
            return "the PNG is truncated"
    if kind in ("TIFF", "BigTIFF"):
        return find_tiff_damage(read_from(data))
    if kind == "WebP" and len(data) < 8 + int.from_bytes(data[4:8], "little"):
        return "the WebP is truncated"
    return None


def find_tiff_damage(read_at: ReadAt) -> str | None:
    """Return what is wrong with the layout of a TIFF, None if all its parts lie in the file."""
    tiff = open_tiff(read_at)
    fields = tiff.read_first() if tiff else None
    if fields is None or not fields.is_whole:
        return "the TIFF is truncated"
    end, _ = fields.measure_parts()
    return "the TIFF is truncated" if end and not read_at(end - 1, 1) else None


def _find_jpeg_damage(data: bytes) -> str | None:
    """Look for the end of the picture and for what cannot stand in it.

    The segments before the picture are stepped over (a thumbnail in them has markers of its own);
    what a phone appends behind it, a film for example, does not count.
    """
    scan, is_sequential, needs_ones = None, False, False
    for part in walk_jpeg(read_from(data)):
        if part.name == JPEG_SCAN:
            scan = part
        elif part.name in _JPEG_SEQUENTIAL:
            is_sequential = True
        elif part.name == _JPEG_TABLES:
            needs_ones |= _needs_ones(data[part.begin : part.begin + part.length])
    if scan is None:
        return "the JPEG has no picture data, or is truncated"
    place, scans = scan.begin + scan.length, 1
    while found := _MARKER.search(data, place):
        if found.group() == _JPEG_END:
            break
        if found.group()[1] not in _BETWEEN_SCANS:
            return "the JPEG's picture data is damaged"
        scans += found.group() == JPEG_SCAN
        length = int.from_bytes(data[found.end() : found.end() + 2], "big")
        place = found.end() + max(length, 2)
    else:
        return "the JPEG is truncated"
    zeros_are_damage = is_sequential and needs_ones and scans == 1
    if zeros_are_damage and data.find(_LOST_SECTOR, scan.begin, found.start()) >= 0:
        return "part of the JPEG's picture data is lost (only zeros are left)"
    return None


def _needs_ones(tables: bytes) -> bool:
    """Tell whether no block that is coded with one of the Huffman tables can be all zeros.

    The first code of a table is made of zeros. Where it ends a block, plain areas are coded as
    zeros; where it does not, as for the brightness in the tables that cameras use, they are not.
    """
    place = 0
    while place + 17 < len(tables):
        is_for_ac = tables[place] >> 4 == 1
        if is_for_ac and tables[place + 17] != _END_OF_BLOCK:
            return True
        place += 17 + sum(tables[place + 1 : place + 17])
    return False
