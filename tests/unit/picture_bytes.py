"""Write pictures byte by byte, as cameras and other programs do, and odd ones that none should."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Mapping, Sequence
from typing import Any

import cv2
import numpy as np
from hypothesis import strategies as st

# tag -> (type, values): bytes as they are, numbers, or pairs of them for rationals
Fields = Mapping[int, tuple[int, Any]]

BYTE, TEXT, SHORT, LONG, RATIONAL, FLOAT, DOUBLE = 1, 2, 3, 4, 5, 11, 12
_CODES = {1: "B", 3: "H", 4: "I", 5: "I", 8: "h", 9: "i", 11: "f", 12: "d", 16: "Q"}
_WIDTHS = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 7: 1, 8: 2, 9: 4, 11: 4, 12: 8, 16: 8}


def draw_noise(height: int = 48, width: int = 80, *, seed: int = 1) -> np.ndarray:
    """Draw soft spots, uint8 (H, W, 3)."""
    noise = np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)
    soft = cv2.GaussianBlur(noise, (0, 0), 3)
    return np.asarray(cv2.normalize(soft, None, 0, 255, cv2.NORM_MINMAX), np.uint8)


def encode(picture: np.ndarray, suffix: str, *options: int) -> bytes:
    """Encode an RGB, grey or 16-bit picture with OpenCV."""
    bgr = picture[:, :, ::-1] if picture.ndim == 3 else picture
    return cv2.imencode(suffix, bgr, options)[1].tobytes()


def pack_tiff(
    first: Fields,
    *,
    exif: Fields | None = None,
    gps: Fields | None = None,
    order: str = "<",
    big: bool = False,
    data: bytes = b"",
) -> bytes:
    """Write a TIFF: its header, data (at 16), the first directory, then those of EXIF and GPS."""
    mark = b"II" if order == "<" else b"MM"
    at = 16 + len(data)
    if big:
        head = mark + struct.pack(order + "HHHQ", 43, 8, 0, at)
    else:
        head = (mark + struct.pack(order + "HI", 42, at)).ljust(16, b"\0")
    pointers = {0x8769: exif, 0x8825: gps}
    fields = dict(first) | {tag: (LONG, [0]) for tag, inner in pointers.items() if inner}
    end = at + len(_pack_directory(fields, at, order, big))
    tail = b""
    for tag, inner in pointers.items():
        if inner:
            fields[tag] = LONG, [end + len(tail)]
            tail += _pack_directory(inner, end + len(tail), order, big)
    return head + data + _pack_directory(fields, at, order, big) + tail


def _pack_directory(fields: Fields, at: int, order: str, big: bool) -> bytes:
    word = "Q" if big else "I"
    word_bytes = struct.calcsize(word)
    tail_at = at + (8 if big else 2) + len(fields) * (4 + 2 * word_bytes) + word_bytes
    entries = tail = b""
    for tag, (kind, values) in sorted(fields.items()):
        data = values if isinstance(values, bytes) else _pack_numbers(kind, values, order)
        count = len(data) // _WIDTHS[kind]
        if len(data) <= word_bytes:
            place = data.ljust(word_bytes, b"\0")
        else:
            place = struct.pack(order + word, tail_at + len(tail))
            tail += data
        entries += struct.pack(order + "HH" + word, tag, kind, count) + place
    return (
        struct.pack(order + ("Q" if big else "H"), len(fields)) + entries + bytes(word_bytes) + tail
    )


def _pack_numbers(kind: int, values: Sequence[Any], order: str) -> bytes:
    numbers = [number for pair in values for number in pair] if kind == RATIONAL else values
    return struct.pack(f"{order}{len(numbers)}{_CODES[kind]}", *numbers)


def make_tiff(
    values: np.ndarray, tags: Fields | None = None, *, order: str = "<", big: bool = False
) -> bytes:
    """Write values (H, W, channels) as a TIFF in one strip; tags are added or replaced."""
    height, width, channels = values.shape
    data = values.astype(values.dtype.newbyteorder(order)).tobytes()
    fields: dict[int, tuple[int, Any]] = {
        256: (LONG, [width]),
        257: (LONG, [height]),
        258: (SHORT, [values.dtype.itemsize * 8] * channels),
        259: (SHORT, [1]),
        262: (SHORT, [2 if channels >= 3 else 1]),
        273: (LONG, [16]),
        277: (SHORT, [channels]),
        278: (LONG, [height]),
        279: (LONG, [len(data)]),
        284: (SHORT, [1]),
    }
    if channels in (2, 4):
        fields[338] = SHORT, [2]
    return pack_tiff(fields | dict(tags or {}), order=order, big=big, data=data)


def put_exif_into_jpeg(jpeg: bytes, exif: bytes) -> bytes:
    """Insert a segment with EXIF data behind the start marker."""
    body = b"Exif\0\0" + exif
    return jpeg[:2] + b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body + jpeg[2:]


def put_exif_into_png(png: bytes, exif: bytes) -> bytes:
    """Insert a chunk with EXIF data behind the header."""
    return png[:33] + png_chunk(b"eXIf", exif) + png[33:]


def put_exif_into_webp(webp: bytes, exif: bytes, size_wh: tuple[int, int]) -> bytes:
    """Wrap a simple WebP file into an extended one that has EXIF data."""
    canvas = b"".join((side - 1).to_bytes(3, "little") for side in size_wh)
    parts = _riff_chunk(b"VP8X", b"\x08\0\0\0" + canvas) + webp[12:] + _riff_chunk(b"EXIF", exif)
    return b"RIFF" + struct.pack("<I", len(parts) + 4) + b"WEBP" + parts


def write_xmp(properties: str, spaces: str = "") -> bytes:
    """Write an XMP packet as DJI does: all properties are attributes of one description.

    Args:
        properties: as in ``drone-dji:GimbalYawDegree="+84.20"``, or elements behind a ``>``.
        spaces: declarations of namespaces besides those of the makers.
    """
    inner = f"{properties}/>" if ">" not in properties else f"{properties}</rdf:Description>"
    return (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>\n'
        '<x:xmpmeta xmlns:x="adobe:ns:meta/">\n'
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">\n'
        '<rdf:Description rdf:about="DJI Meta Data" xmlns:tiff="http://ns.adobe.com/tiff/1.0/" '
        'xmlns:drone-dji="http://www.dji.com/drone-dji/1.0/" '
        'xmlns:drone-skydio="https://www.skydio.com/drone-skydio/1.0/" '
        'xmlns:drone-parrot="http://www.parrot.com/drone-parrot/1.0/" '
        f'xmlns:Camera="http://pix4d.com/camera/1.0" {spaces} {inner}\n'
        '</rdf:RDF></x:xmpmeta>\n<?xpacket end="w"?>'
    ).encode()


def put_xmp_into_jpeg(jpeg: bytes, packet: bytes) -> bytes:
    """Insert a segment with an XMP packet behind the start marker."""
    body = b"http://ns.adobe.com/xap/1.0/\0" + packet
    return jpeg[:2] + b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body + jpeg[2:]


def put_xmp_into_png(png: bytes, packet: bytes) -> bytes:
    """Insert a chunk with an XMP packet behind the header."""
    return png[:33] + png_chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + packet) + png[33:]


def put_xmp_into_webp(webp: bytes, packet: bytes, size_wh: tuple[int, int]) -> bytes:
    """Wrap a simple WebP file into an extended one that has an XMP packet."""
    canvas = b"".join((side - 1).to_bytes(3, "little") for side in size_wh)
    parts = _riff_chunk(b"VP8X", b"\x04\0\0\0" + canvas) + webp[12:] + _riff_chunk(b"XMP ", packet)
    return b"RIFF" + struct.pack("<I", len(parts) + 4) + b"WEBP" + parts


def png_chunk(name: bytes, content: bytes) -> bytes:
    """Write a chunk of a PNG with its checksum."""
    return (
        struct.pack(">I", len(content))
        + name
        + content
        + struct.pack(">I", zlib.crc32(name + content))
    )


def png_of_size(width: int, height: int) -> bytes:
    """Write a PNG that says it is large and holds next to nothing."""
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = (b"IHDR", head), (b"IDAT", zlib.compress(bytes(9))), (b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(png_chunk(name, content) for name, content in parts)


def _riff_chunk(name: bytes, content: bytes) -> bytes:
    return name + struct.pack("<I", len(content)) + content + bytes(len(content) % 2)


def make_cmyk_jpeg(inks: tuple[int, int, int, int], *, adobe: bool = True) -> bytes:
    """Write a baseline JPEG of 16 x 8 px whose four channels are even.

    Args:
        inks: the stored values; with Adobe's mark 255 is no ink.
        adobe: whether the mark is there.
    """

    def segment(marker: int, content: bytes) -> bytes:
        return struct.pack(">BBH", 0xFF, marker, len(content) + 2) + content

    frame = struct.pack(">BHHB", 8, 8, 16, 4)
    frame += b"".join(bytes([number, 0x11, 0]) for number in range(4))
    # Twelve codes of four bits for the size of a difference; one code of one bit: end of block.
    dc_table = bytes([0, 0, 0, 0, 12, *[0] * 12, *range(12)])
    ac_table = bytes([0x10, 1, *[0] * 15, 0])
    bits = ""
    for differences in ([8 * (ink - 128) for ink in inks], [0] * 4):  # two blocks of each channel
        for value in differences:
            size = abs(value).bit_length()
            coded = value if value >= 0 else value + (1 << size) - 1
            bits += f"{size:04b}" + (f"{coded:0{size}b}" if size else "") + "0"
    bits += "1" * (-len(bits) % 8)
    coded_bytes = int(bits, 2).to_bytes(len(bits) // 8, "big").replace(b"\xff", b"\xff\0")
    scan = bytes([4, *(value for number in range(4) for value in (number, 0)), 0, 63, 0])
    return b"".join(
        [
            b"\xff\xd8",
            segment(0xEE, b"Adobe" + bytes([0, 100, 0, 0, 0, 0, 0])) if adobe else b"",
            segment(0xDB, bytes([0, *[1] * 64])),
            segment(0xC0, frame),
            segment(0xC4, dc_table),
            segment(0xC4, ac_table),
            segment(0xDA, scan),
            coded_bytes,
            b"\xff\xd9",
        ]
    )


def damaged(seeds: Sequence[bytes], *, reach: int = 4096) -> st.SearchStrategy[bytes]:
    """Return files with some of their first bytes changed, cut off somewhere."""
    changes = st.lists(
        st.tuples(st.integers(0, reach), st.binary(min_size=1, max_size=8)), max_size=8
    )
    return st.builds(_damage, st.sampled_from(seeds), changes, st.integers(0, 8192))


def _damage(seed: bytes, changes: Sequence[tuple[int, bytes]], end: int) -> bytes:
    data = bytearray(seed)
    for place, new in changes:
        at = place % len(seed)
        data[at : at + len(new)] = new
    return bytes(data[:end])
