"""What the first bytes of a picture say about it: kind and size are known before it is decoded.

The kind comes from these bytes, never from the file's name.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from edge.files.errors import PhotoError
from edge.photo.chunks import (
    JPEG_START,
    PNG_START,
    ReadAt,
    open_reader,
    read_from,
    walk_jpeg,
    walk_png,
    walk_webp,
)
from edge.photo.exif import find_exif, read_orientation
from edge.photo.tiff import open_tiff

Kind = Literal["JPEG", "PNG", "TIFF", "BigTIFF", "BMP", "WebP"]
Colour = Literal["grey", "inverted grey", "RGB", "palette", "CMYK", "YCbCr", "unknown"]
Samples = Literal["unsigned", "signed", "float", "complex"]

# Kinds that are met by another name, to say what came.
_OTHERS = {
    b"GIF8": "GIF",
    b"\0\0\0\x0cjP  ": "JPEG 2000",
    b"\xff\x4f\xff\x51": "JPEG 2000",
    b"\xff\x0a": "JPEG XL",
    b"\0\0\0\x0cJXL ": "JPEG XL",
    b"%PDF": "PDF",
    b"8BPS": "Photoshop",
}
_BRANDS = {b"heic": "HEIC", b"heix": "HEIC", b"mif1": "HEIF", b"avif": "AVIF"}

_JPEG_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_ADOBE = b"\xff\xee"
_JPEG_COLOURS: dict[int, Colour] = {1: "grey", 3: "YCbCr", 4: "CMYK"}
_PNG_COLOURS: dict[int, tuple[int, Colour]] = {
    0: (1, "grey"), 2: (3, "RGB"), 3: (1, "palette"), 4: (2, "grey"), 6: (4, "RGB"),
}  # fmt: skip
# Tags of a TIFF.
_SUBFILE, _WIDTH, _HEIGHT, _BITS, _COMPRESSION, _COLOUR = 254, 256, 257, 258, 259, 262
_CHANNELS, _TILE_WIDTH, _EXTRAS, _SAMPLES, _RAW_VERSION = 277, 322, 338, 339, 50706
_ASSOCIATED, _UNASSOCIATED = 1, 2
_ALPHAS = frozenset({_ASSOCIATED, _UNASSOCIATED})
_TIFF_COLOURS: dict[int, Colour] = {
    0: "inverted grey", 1: "grey", 2: "RGB", 3: "palette", 5: "CMYK", 6: "YCbCr",
}  # fmt: skip
_TIFF_SAMPLES: dict[int, Samples] = {2: "signed", 3: "float", 5: "complex", 6: "complex"}


@dataclass(frozen=True)
class PictureHeader:
    """What a picture says of itself, without having been decoded.

    Attributes:
        kind: of file.
        size_wh: as stored, before it is turned upright; px.
        channels: values of a px, alpha among them.
        bits: of a value; 0 if they differ.
        orientation: how the stored picture must be turned, 1 (as it is) to 8 (Exif).
        colour: what the channels mean. CMYK of a JPEG that lacks Adobe's mark is unknown: nothing
            says whether its inks are inverted.
        has_alpha: whether one channel tells how opaque a px is.
        alpha_place: offset of the word in a TIFF that says that alpha is not yet multiplied into
            the colours; 0 if there is none.
        samples: of a TIFF, how values are coded.
        compression: of a TIFF, its number; 0 for others.
        is_tiled: whether a TIFF is cut into tiles.
        is_reduced: whether a TIFF begins with the preview of another picture in it.
    """

    kind: Kind
    size_wh: tuple[int, int]
    channels: int
    bits: int
    orientation: int = 1
    colour: Colour = "RGB"
    has_alpha: bool = False
    alpha_place: int = 0
    samples: Samples = "unsigned"
    compression: int = 0
    is_tiled: bool = False
    is_reduced: bool = False

    @property
    def pixels(self) -> int:
        """Return how many px the picture has."""
        return self.size_wh[0] * self.size_wh[1]


def read_header(picture: bytes | Path | ReadAt, *, where: Path) -> PictureHeader:
    """Read kind and size of a picture.

    Args:
        picture: its bytes, a reader of them, or its path.
        where: the file to name in errors.

    Raises:
        PhotoError: it is not a picture of a known kind, or its header is damaged.
    """
    if isinstance(picture, Path):
        with open_reader(picture) as read_at:
            return read_header(read_at, where=where)
    read_at = read_from(picture) if isinstance(picture, bytes) else picture
    start = read_at(0, 16)
    if not start:
        raise PhotoError(f"{where}: the file is empty; copy it from the camera again")
    reader = _find_reader(start)
    if reader is None:
        raise PhotoError(f"{where}: is not a JPEG, PNG, TIFF, BMP or WebP picture; {_guess(start)}")
    header = reader(read_at)
    if header is None or min(header.size_wh) < 1:
        raise PhotoError(
            f"{where}: its header is truncated or damaged; copy it from the camera again"
        )
    return header


def _find_reader(start: bytes) -> Callable[[ReadAt], PictureHeader | None] | None:
    if start.startswith(JPEG_START + b"\xff"):
        return _read_jpeg
    if start.startswith(PNG_START):
        return _read_png
    if start.startswith((b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")):
        return _read_tiff
    if start.startswith(b"BM"):
        return _read_bmp
    if start.startswith(b"RIFF") and start[8:12] == b"WEBP":
        return _read_webp
    return None


def _guess(start: bytes) -> str:
    """Return what the file is instead and what to do, as the end of a sentence."""
    names = [name for magic, name in _OTHERS.items() if start.startswith(magic)]
    if start[4:8] == b"ftyp":
        names.append(_BRANDS.get(start[8:12], "HEIF or video"))
    if names:
        return f"it is in the format {names[0]}: convert it to JPEG or PNG"
    return "if it is a photo, copy it from the camera again"


def _read_jpeg(read_at: ReadAt) -> PictureHeader | None:
    frame, has_adobe_mark = b"", False
    for part in walk_jpeg(read_at):
        if part.name == _ADOBE:
            has_adobe_mark |= read_at(part.begin, 5) == b"Adobe"
        elif part.name[1] in _JPEG_FRAMES and not frame:
            frame = read_at(part.begin, 6)
    if len(frame) < 6:
        return None
    height, width = struct.unpack_from(">HH", frame, 1)
    colour = _JPEG_COLOURS.get(frame[5], "unknown")
    if colour == "CMYK" and not has_adobe_mark:
        colour = "unknown"
    orientation = read_orientation(find_exif(read_at))
    return PictureHeader("JPEG", (width, height), frame[5], frame[0], orientation, colour)


def _read_png(read_at: ReadAt) -> PictureHeader | None:
    first = next(walk_png(read_at), None)
    if first is None or first.name != b"IHDR" or first.length != 13:
        return None
    data = read_at(first.begin, 13)
    if len(data) < 13 or data[9] not in _PNG_COLOURS:
        return None
    width, height, bits, kind = struct.unpack_from(">IIBB", data)
    channels, colour = _PNG_COLOURS[kind]
    orientation = read_orientation(find_exif(read_at))
    has_alpha = channels in (2, 4)
    return PictureHeader("PNG", (width, height), channels, bits, orientation, colour, has_alpha)


def _read_tiff(read_at: ReadAt) -> PictureHeader | None:
    tiff = open_tiff(read_at)
    fields = tiff.read_first() if tiff else None
    if tiff is None or fields is None:
        return None
    size_wh = fields.integer(_WIDTH, 0), fields.integer(_HEIGHT, 0)
    depths, kinds = set(fields.integers(_BITS)) or {1}, set(fields.integers(_SAMPLES)) or {1}
    extras = fields.integers(_EXTRAS)
    return PictureHeader(
        kind="BigTIFF" if tiff.is_big else "TIFF",
        size_wh=size_wh,
        channels=fields.integer(_CHANNELS, 1),
        bits=min(depths) if len(depths) == 1 else 0,
        orientation=read_orientation(fields),
        colour=_TIFF_COLOURS.get(fields.integer(_COLOUR, -1), "unknown"),
        samples=_TIFF_SAMPLES.get(max(kinds), "unsigned"),
        has_alpha=not _ALPHAS.isdisjoint(extras),
        alpha_place=fields.place_of(_EXTRAS) if extras == (_UNASSOCIATED,) else 0,
        compression=fields.integer(_COMPRESSION, 1),
        is_tiled=_TILE_WIDTH in fields,
        is_reduced=bool(fields.integer(_SUBFILE, 0) & 1) or _RAW_VERSION in fields,
    )


def _read_bmp(read_at: ReadAt) -> PictureHeader | None:
    data = read_at(14, 16)
    if len(data) < 16:
        return None
    if int.from_bytes(data[:4], "little") == 12:  # the header of OS/2
        width, height, _, bits = struct.unpack_from("<HHHH", data, 4)
    else:
        width, height, _, bits = struct.unpack_from("<iiHH", data, 4)
    channels = {16: 3, 24: 3, 32: 4}.get(bits, 1)
    # A negative height: the rows are stored from the top down.
    return PictureHeader("BMP", (width, abs(height)), channels, min(bits, 8))


def _read_webp(read_at: ReadAt) -> PictureHeader | None:
    first = next(walk_webp(read_at), None)
    data = read_at(first.begin, 10) if first else b""
    if first is None or len(data) < 10:
        return None
    has_alpha = False
    if first.name == b"VP8 " and data[3:6] == b"\x9d\x01\x2a":
        width, height = (side & 0x3FFF for side in struct.unpack_from("<HH", data, 6))
    elif first.name == b"VP8L" and data[0] == 0x2F:
        packed = int.from_bytes(data[1:5], "little")
        width, height = (packed & 0x3FFF) + 1, (packed >> 14 & 0x3FFF) + 1
        has_alpha = bool(packed >> 28 & 1)
    elif first.name == b"VP8X":
        width, height = (int.from_bytes(data[at : at + 3], "little") + 1 for at in (4, 7))
        has_alpha = bool(data[0] & 0x10)
    else:
        return None
    orientation = read_orientation(find_exif(read_at))
    return PictureHeader(
        "WebP", (width, height), 4 if has_alpha else 3, 8, orientation, has_alpha=has_alpha
    )
