"""Walk the parts of a JPEG, PNG or WebP file without decoding it; no length in it is trusted."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from edge.files.errors import PhotoError

# Reads (offset, count) bytes of a file; fewer at its end, none behind it.
ReadAt = Callable[[int, int], bytes]

JPEG_START = b"\xff\xd8"
JPEG_SCAN = b"\xff\xda"
PNG_START = b"\x89PNG\r\n\x1a\n"

# libpng cuts a picture into chunks of 8 kB: enough for 1.6 GB of them.
_MAX_PARTS = 200_000
# Padding before a marker is allowed by the standard and hardly seen.
_MAX_FILL_BYTES = 4096


@dataclass(frozen=True)
class Chunk:
    """One segment or chunk.

    Attributes:
        name: its marker (JPEG) or its four letters.
        begin: offset of its content in the file.
        length: of its content by its own word; the file may end before.
    """

    name: bytes
    begin: int
    length: int


def read_from(data: bytes) -> ReadAt:
    """Return a reader of bytes in memory."""
    return lambda offset, count: data[offset : offset + count]


@contextmanager
def open_reader(path: Path) -> Iterator[ReadAt]:
    """Open a file for reading here and there; one that fails later reads as if it ended.

    Raises:
        PhotoError: the file cannot be opened.
    """
    try:
        file = path.open("rb")
    except OSError as error:
        raise PhotoError(f"{path}: cannot be read ({error.strerror})") from error

    def read_at(offset: int, count: int) -> bytes:
        try:
            file.seek(offset)
            return file.read(count)
        except (OSError, OverflowError, ValueError):  # an offset of 64 bits may be beyond any file
            return b""

    with file:
        yield read_at


def walk_jpeg(read_at: ReadAt) -> Iterator[Chunk]:
    """Yield the segments of a JPEG up to the start of its coded picture, and that too."""
    place = len(JPEG_START)
    for _ in range(_MAX_PARTS):
        head = read_at(place, 4)
        fill = 0
        while head[:2] == b"\xff\xff" and fill < _MAX_FILL_BYTES:
            fill += 1
            head = read_at(place + fill, 4)
        place += fill
        if len(head) < 4 or head[0] != 0xFF or head[1] in (0x00, 0xFF):
            return
        length = int.from_bytes(head[2:], "big")
        yield Chunk(head[:2], place + 4, max(length - 2, 0))
        if head[:2] == JPEG_SCAN:
            return
        place += 2 + length


def walk_png(read_at: ReadAt) -> Iterator[Chunk]:
    """Yield the chunks of a PNG, the last of a whole file being IEND."""
    place = len(PNG_START)
    for _ in range(_MAX_PARTS):
        head = read_at(place, 8)
        if len(head) < 8:
            return
        length = int.from_bytes(head[:4], "big")
        yield Chunk(head[4:], place + 8, length)
        if head[4:] == b"IEND":
            return
        place += 12 + length  # with its checksum


def walk_webp(read_at: ReadAt) -> Iterator[Chunk]:
    """Yield the chunks of a WebP file."""
    place = 12
    for _ in range(_MAX_PARTS):
        head = read_at(place, 8)
        if len(head) < 8:
            return
        length = int.from_bytes(head[4:], "little")
        yield Chunk(head[:4], place + 8, length)
        place += 8 + length + length % 2
