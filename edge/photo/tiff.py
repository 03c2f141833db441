"""Read the directories of a TIFF or BigTIFF, which EXIF data are too; nothing in it is trusted.

A directory is read once and by its offset only, so no chain of them can make a loop.
"""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass
from typing import Literal

from edge.photo.chunks import ReadAt

# Real directories have some dozens.
_MAX_ENTRIES = 4096
# Enough for single values, positions and dates; longer ones are read where they are asked for.
_VALUE_BYTES = 1024

# Offsets and lengths of the strips and of the tiles, of up to a million of them.
_PARTS = ((273, 279), (324, 325))
_PARTS_BYTES = 8_000_000

# Of each type of value: its struct code; two for a rational.
_CODES = {
    1: "B", 3: "H", 4: "I", 5: "II", 6: "b", 7: "B", 8: "h", 9: "i", 10: "ii",
    11: "f", 12: "d", 13: "I", 16: "Q", 17: "q", 18: "Q",
}  # fmt: skip
_TEXT = 2
_RATIONALS = (5, 10)
_BYTES = (1, 7)


@dataclass(frozen=True)
class _Entry:
    kind: int
    count: int
    place: int  # of the value, or of the offset to it


class Directory:
    """The fields of one directory, by tag; one that makes no sense is as good as missing.

    Attributes:
        is_whole: whether all fields that it counts were there.
    """

    def __init__(self, tiff: Tiff, entries: dict[int, _Entry], *, is_whole: bool) -> None:
        self._tiff = tiff
        self._entries = entries
        self.is_whole = is_whole

    def __contains__(self, tag: int) -> bool:
        return tag in self._entries

    def numbers(self, tag: int, *, most_bytes: int = _VALUE_BYTES) -> tuple[float, ...]:
        """Return a field's numbers; a rational over zero is not a number (NaN).

        Args:
            tag: of the field.
            most_bytes: longer values are as good as missing.
        """
        entry = self._entries.get(tag)
        if entry is None or entry.kind not in _CODES:
            return ()
        code = self._tiff.order + _CODES[entry.kind]
        data = self._read(entry, struct.calcsize(code), most_bytes)
        found = struct.iter_unpack(code, data)
        if entry.kind in _RATIONALS:
            return tuple(top / below if below else math.nan for top, below in found)
        return tuple(value for (value,) in found)

    def integers(self, tag: int, *, most_bytes: int = _VALUE_BYTES) -> tuple[int, ...]:
        """Return the numbers of a field of integers."""
        numbers = self.numbers(tag, most_bytes=most_bytes)
        return tuple(number for number in numbers if isinstance(number, int))

    def integer(self, tag: int, default: int) -> int:
        """Return the first number of a field of integers."""
        return next(iter(self.integers(tag)), default)

    def text(self, tag: int) -> str:
        """Return a field's text, empty if it is none."""
        entry = self._entries.get(tag)
        if entry is None or entry.kind != _TEXT:
            return ""
        return (
            self._read(entry, 1, _VALUE_BYTES)
            .partition(b"\0")[0]
            .decode("ascii", "replace")
            .strip()
        )

    def blob(self, tag: int, *, most_bytes: int) -> bytes:
        """Return a field's bytes as they are, none if it is of another type or longer."""
        entry = self._entries.get(tag)
        return self._read(entry, 1, most_bytes) if entry and entry.kind in _BYTES else b""

    def place_of(self, tag: int) -> int:
        """Return the offset of a field's short value in the file, 0 if there is none."""
        entry = self._entries.get(tag)
        return entry.place if entry else 0

    def open(self, tag: int) -> Directory | None:
        """Read the directory that a field points to."""
        offset = self.integer(tag, 0)
        return self._tiff.read_directory(offset) if offset > 0 else None

    def measure_parts(self) -> tuple[int, int]:
        """Return where in the file the last of a picture's strips or tiles ends, and the longest.

        The longest is 0 where their lengths are not told, as in old files.
        """
        end = longest = 0
        for offsets_tag, lengths_tag in _PARTS:
            offsets = self.integers(offsets_tag, most_bytes=_PARTS_BYTES)
            lengths = self.integers(lengths_tag, most_bytes=_PARTS_BYTES)
            if len(lengths) == len(offsets):
                offsets = tuple(map(sum, zip(offsets, lengths, strict=True)))
            end = max(end, *offsets, 0)
            longest = max(longest, *lengths, 0)
        return end, longest

    def _read(self, entry: _Entry, width: int, most_bytes: int) -> bytes:
        """Return the bytes of a value, none if it is too long or cut off by the file's end."""
        length = entry.count * width
        if length > most_bytes:
            return b""
        tiff, place = self._tiff, entry.place
        if length > tiff.offset_bytes:
            place = int.from_bytes(tiff.read_at(place, tiff.offset_bytes), tiff.byte_order)
        data = tiff.read_at(place, length)
        return data if len(data) == length else b""


@dataclass(frozen=True)
class Tiff:
    """How a TIFF is laid out.

    Attributes:
        read_at: reads its bytes, offsets from its own start.
        order: of bytes, as struct writes it: ``<`` or ``>``.
        is_big: a BigTIFF, with offsets of 64 bits.
    """

    read_at: ReadAt
    order: Literal["<", ">"]
    is_big: bool

    @property
    def byte_order(self) -> Literal["little", "big"]:
        """Return the order of bytes as int.from_bytes wants it."""
        return "little" if self.order == "<" else "big"

    @property
    def offset_bytes(self) -> int:
        """Return how many bytes an offset has."""
        return 8 if self.is_big else 4

    def read_first(self) -> Directory | None:
        """Read the first directory: the picture's own."""
        place, code = (8, "Q") if self.is_big else (4, "I")
        data = self.read_at(place, self.offset_bytes)
        if len(data) < self.offset_bytes:
            return None
        return self.read_directory(struct.unpack(self.order + code, data)[0])

    def read_directory(self, offset: int) -> Directory | None:
        """Read the directory at an offset; of a tag that stands twice the first counts."""
        count_code, entry_code = ("Q", "HHQQ") if self.is_big else ("H", "HHII")
        width = struct.calcsize("=" + entry_code)
        head = struct.calcsize("=" + count_code)
        data = self.read_at(offset, head)
        if len(data) < head:
            return None
        count = struct.unpack(self.order + count_code, data)[0]
        data = self.read_at(offset + head, min(count, _MAX_ENTRIES) * width)
        entries: dict[int, _Entry] = {}
        whole = data[: len(data) // width * width]
        for number, values in enumerate(struct.iter_unpack(self.order + entry_code, whole)):
            tag, kind, items, _ = values
            place = offset + head + (number + 1) * width - self.offset_bytes
            entries.setdefault(tag, _Entry(kind, items, place))
        return Directory(self, entries, is_whole=len(whole) == count * width)


def open_tiff(read_at: ReadAt) -> Tiff | None:
    """Return the layout of a TIFF, None if the first bytes are not those of one."""
    head = read_at(0, 8)
    order: Literal["<", ">"] = "<" if head.startswith(b"II") else ">"
    mark = b"II" if order == "<" else b"MM"
    if head == mark + struct.pack(order + "HHH", 43, 8, 0):
        return Tiff(read_at, order, is_big=True)
    if len(head) == 8 and head[:4] == mark + struct.pack(order + "H", 42):
        return Tiff(read_at, order, is_big=False)
    return None
