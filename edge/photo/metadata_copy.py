"""Keep the time, place and camera of a photo in the JPEG that was drawn over it.

EXIF data (Exif 3.0, CIPA DC-008) and the XMP packet are copied as they are; only what would be
wrong of the drawn picture is changed, in place, so that offsets in maker notes stay right. Nothing
in the photo is trusted: data that make no sense are left out.
"""

from __future__ import annotations

import re
import struct

from edge.photo.chunks import JPEG_START, ReadAt, read_from, walk_jpeg
from edge.photo.exif import find_exif, find_exif_part, read_orientation
from edge.photo.tiff import open_tiff
from edge.photo.xmp import find_xmp

_EXIF_MARK = b"Exif\0\0"
_XMP_MARK = b"http://ns.adobe.com/xap/1.0/\0"
_APP0, _APP1 = b"\xff\xe0", b"\xff\xe1"
# A segment counts its own two bytes of length, in 16 bits.
_MOST_BYTES = 0xFFFF - 2

_ORIENTATION, _DETAILS = 0x0112, 0x8769
# Width and height: of the stored picture, and in the directory of the details.
_SIDES = {0x0100: 0, 0x0101: 1, 0xA002: 0, 0xA003: 1}
_SHORT, _LONG = 3, 4
_ENTRY_BYTES = 12

# In XMP, as an attribute or an element of any prefix, and what follows. Bounded, so that no packet
# takes long.
_XMP_ORIENTATION = re.compile(
    rb"(</)?(?:[\w.-]{1,40}:)?\bOrientation(?![\w.:-])(.{0,16})", re.DOTALL
)
_XMP_UPRIGHT = re.compile(rb"""\s*=\s*["']1["']|>\s*1\s*</""")


def copy_metadata(
    overlay_jpeg: bytes, photo_head: ReadAt | bytes, *, size_wh: tuple[int, int]
) -> bytes:
    """Put a photo's EXIF data and XMP packet into a JPEG.

    What is kept says that the picture is upright and how large it is; the thumbnail of the photo
    is unlinked. What is larger than one segment can hold (64 kB) is left out, and so is an XMP
    packet that says that the picture is to be turned.

    Args:
        overlay_jpeg: JPEG without EXIF data, as OpenCV encodes it.
        photo_head: reader of the photo's file, or its bytes: JPEG, PNG or WebP. Of other kinds
            nothing is kept.
        size_wh: of the JPEG, px.

    Returns:
        The JPEG with what could be kept.
    """
    read_at = read_from(photo_head) if isinstance(photo_head, bytes) else photo_head
    exif, xmp = _correct_exif(_find_exif(read_at), size_wh), find_xmp(read_at, None)
    segments = _make_segment(_EXIF_MARK, exif)
    if len(xmp) <= _MOST_BYTES and _is_upright(xmp):
        segments += _make_segment(_XMP_MARK, xmp)
    place = _find_place(overlay_jpeg)
    return overlay_jpeg[:place] + segments + overlay_jpeg[place:]


def _make_segment(mark: bytes, content: bytes) -> bytes:
    """Return the segment, nothing if there is no content or more than it can hold."""
    length = len(mark) + len(content)
    if not content or length > _MOST_BYTES:
        return b""
    return _APP1 + struct.pack(">H", length + 2) + mark + content


def _find_place(jpeg: bytes) -> int:
    """Return where to insert: behind JFIF's mark, which must be the first."""
    if not jpeg.startswith(JPEG_START):
        raise ValueError("expected a JPEG to keep EXIF data in")
    first = next(walk_jpeg(read_from(jpeg)), None)
    is_mark = first is not None and first.name == _APP0
    return first.begin + first.length if first and is_mark else len(JPEG_START)


def _find_exif(read_at: ReadAt) -> bytes:
    """Return a picture's EXIF data, a TIFF; empty if it has none or some of no use."""
    part = find_exif_part(read_at)
    if part is None or part.length > _MOST_BYTES:
        return b""
    data = read_at(part.begin, part.length)
    return data.removeprefix(_EXIF_MARK) if len(data) == part.length else b""


def _is_upright(xmp: bytes) -> bool:
    """Tell whether an XMP packet leaves the picture as it is."""
    if b"\0" in xmp:  # UTF-16 or 32, in which nothing would be found
        return False
    found = _XMP_ORIENTATION.findall(xmp)
    return all(closing or _XMP_UPRIGHT.match(value) for closing, value in found)


def _correct_exif(exif: bytes, size_wh: tuple[int, int]) -> bytes:
    """Correct what is not true of the drawn picture; empty if the data make no sense.

    The size of the data stays, and every byte but those of the corrected values.
    """
    tiff = open_tiff(read_from(exif))
    if tiff is None or tiff.is_big:
        return b""
    order = tiff.order
    (first_at,) = struct.unpack_from(order + "I", exif, 4)
    first = _list_entries(exif, order, first_at)
    if first is None:
        return b""
    data = bytearray(exif)
    pointers = [struct.unpack_from(order + "I", exif, at + 8)[0] for at in first.get(_DETAILS, [])]
    details = (_list_entries(exif, order, at) or {} for at in pointers[:1])
    for entries in (first, *details):
        for tag, side in _SIDES.items():
            for at in entries.get(tag, []):
                struct.pack_into(order + "HII", data, at + 2, _LONG, 1, size_wh[side])
    for at in first.get(_ORIENTATION, []):
        struct.pack_into(order + "HIHH", data, at + 2, _SHORT, 1, 1, 0)
    # The directory of the thumbnail, which shows the photo without what was drawn.
    next_at = first_at + 2 + sum(map(len, first.values())) * _ENTRY_BYTES
    data[next_at : next_at + 4] = bytes(len(data[next_at : next_at + 4]))
    # Directories that lie on each other could undo that.
    corrected = bytes(data)
    return corrected if read_orientation(find_exif(read_from(corrected))) == 1 else b""


def _list_entries(exif: bytes, order: str, at: int) -> dict[int, list[int]] | None:
    """Return where the entries of each tag stand in a directory; None if it is not whole."""
    if at < 8 or at + 2 > len(exif):
        return None
    (count,) = struct.unpack_from(order + "H", exif, at)
    if at + 2 + count * _ENTRY_BYTES > len(exif):
        return None
    places: dict[int, list[int]] = {}
    for number in range(count):
        place = at + 2 + number * _ENTRY_BYTES
        places.setdefault(struct.unpack_from(order + "H", exif, place)[0], []).append(place)
    return places
