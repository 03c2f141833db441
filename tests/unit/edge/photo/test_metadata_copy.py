"""What a camera wrote stays with the overlay; what is not true of the overlay does not."""

from __future__ import annotations

import json
import shutil
import struct
import subprocess
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given

from edge.photo.chunks import read_from, walk_jpeg
from edge.photo.codec import decode_photo
from edge.photo.exif import find_exif, read_camera_facts, read_orientation
from edge.photo.metadata_copy import copy_metadata
from edge.photo.tiff import open_tiff
from tests.unit.picture_bytes import (
    BYTE,
    LONG,
    RATIONAL,
    SHORT,
    TEXT,
    damaged,
    draw_noise,
    encode,
    make_tiff,
    pack_tiff,
    png_chunk,
    put_exif_into_jpeg,
    put_exif_into_png,
    put_exif_into_webp,
)

_PHOTO = encode(draw_noise(48, 80), ".jpg")
_OVERLAY = encode(draw_noise(24, 40, seed=2), ".jpg")
_SIZE_WH = (40, 24)
_NOTE = bytes(range(256)) * 2
_FIRST = {271: (TEXT, b"DJI\0"), 272: (TEXT, b"FC300S\0"), 274: (SHORT, [6])}
_DETAILS = {
    0x9003: (TEXT, b"2016:06:23 16:32:43\0"),
    0x927C: (7, _NOTE),
    0xA002: (SHORT, [80]),
    0xA003: (LONG, [48]),
}
_GPS = {
    1: (TEXT, b"N\0"),
    2: (RATIONAL, [(46, 1), (50, 1), (343126, 10000)]),
    3: (TEXT, b"W\0"),
    4: (RATIONAL, [(91, 1), (59, 1), (373080, 10000)]),
}
_EXIF = pack_tiff(_FIRST, exif=_DETAILS, gps=_GPS)
_XMP_MARK = b"http://ns.adobe.com/xap/1.0/\0"
_XMP = (
    b"<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-"
    b"syntax-ns#'><rdf:Description xmlns:drone-dji='http://www.dji.com/drone-dji/1.0/' "
    b"drone-dji:RelativeAltitude='+39.90' drone-dji:GimbalPitchDegree='-89.90'/></rdf:RDF>"
    b"</x:xmpmeta>"
)


def _segment(content: bytes, marker: bytes = b"\xff\xe1") -> bytes:
    return marker + struct.pack(">H", len(content) + 2) + content


def _put(jpeg: bytes, *segments: bytes) -> bytes:
    return jpeg[:2] + b"".join(segments) + jpeg[2:]


def _find(jpeg: bytes, mark: bytes) -> list[bytes]:
    """Return the contents of the segments that begin with a mark, without it."""
    parts = (jpeg[part.begin :][: part.length] for part in walk_jpeg(read_from(jpeg)))
    return [part[len(mark) :] for part in parts if part.startswith(mark)]


def _keep(photo: bytes) -> bytes:
    """Keep what a photo has, and see that the picture is the one that was drawn."""
    kept = copy_metadata(_OVERLAY, photo, size_wh=_SIZE_WH)
    upright = cv2.imdecode(np.frombuffer(kept, np.uint8), cv2.IMREAD_COLOR)
    assert np.array_equal(upright, cv2.imdecode(np.frombuffer(_OVERLAY, np.uint8), 1))
    decode_photo(kept, Path("kept.jpg"))
    return kept


def _with_thumbnail(exif: bytes) -> bytes:
    """Append a directory with a thumbnail and link it from the first."""
    at = struct.unpack_from("<I", exif, 4)[0]
    count = struct.unpack_from("<H", exif, at)[0]
    inner = pack_tiff({259: (SHORT, [6]), 513: (LONG, [len(exif) + 64]), 514: (LONG, [9])})[16:]
    linked = bytearray(exif + inner.ljust(64, b"\0") + b"thumbnail")
    struct.pack_into("<I", linked, at + 2 + 12 * count, len(exif))
    return bytes(linked)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WebP", "WebP with a mark"])
@pytest.mark.parametrize("order", ["<", ">"])
def test_time_place_and_camera_are_kept_of_every_kind(kind: str, order: str) -> None:
    exif = pack_tiff(_FIRST, exif=_DETAILS, gps=_GPS, order=order)
    picture = draw_noise(48, 80)
    photo = {
        "JPEG": lambda: put_exif_into_jpeg(_PHOTO, exif),
        "PNG": lambda: put_exif_into_png(encode(picture, ".png"), exif),
        "WebP": lambda: put_exif_into_webp(encode(picture, ".webp"), exif, (80, 48)),
        "WebP with a mark": lambda: put_exif_into_webp(
            encode(picture, ".webp"), b"Exif\0\0" + exif, (80, 48)
        ),
    }[kind]()
    kept = _keep(photo)
    facts = read_camera_facts(kept)
    assert facts.taken == "2016-06-23T16:32:43"
    assert facts.latitude == pytest.approx(46.84286, abs=1e-5)
    assert facts.longitude == pytest.approx(-91.99370, abs=1e-5)
    assert len(_find(kept, b"Exif\0\0")) == 1


def test_the_overlay_is_upright_and_of_its_own_size() -> None:
    exif = find_exif(read_from(_keep(put_exif_into_jpeg(_PHOTO, _EXIF))))
    details = exif.open(0x8769) if exif else None
    assert exif is not None
    assert details is not None
    assert read_orientation(exif) == 1
    assert details.integers(0xA002) == (40,)
    assert details.integers(0xA003) == (24,)


def test_nothing_else_is_changed_or_moved() -> None:
    [kept] = _find(_keep(put_exif_into_jpeg(_PHOTO, _EXIF)), b"Exif\0\0")
    assert len(kept) == len(_EXIF)
    assert _NOTE in kept
    assert kept.index(_NOTE) == _EXIF.index(_NOTE)
    changed = [at for at, (new, old) in enumerate(zip(kept, _EXIF, strict=True)) if new != old]
    assert len(changed) <= 3 + 3  # of the orientation one byte, of each side type and value


def test_the_thumbnail_of_the_photo_is_unlinked() -> None:
    exif = _with_thumbnail(_EXIF)
    [kept] = _find(_keep(put_exif_into_jpeg(_PHOTO, exif)), b"Exif\0\0")
    tiff = open_tiff(read_from(kept))
    assert tiff is not None
    at = struct.unpack_from("<I", kept, 4)[0]
    count = struct.unpack_from("<H", kept, at)[0]
    assert struct.unpack_from("<I", exif, at + 2 + 12 * count)[0] == len(_EXIF)
    assert struct.unpack_from("<I", kept, at + 2 + 12 * count)[0] == 0


@pytest.mark.parametrize(
    "orientation", [(LONG, [8]), (SHORT, [3, 3, 3]), (BYTE, [6]), (TEXT, b"6\0"), (SHORT, [6])]
)
def test_an_orientation_of_any_type_becomes_upright(orientation: tuple[int, Any]) -> None:
    photo = put_exif_into_jpeg(_PHOTO, pack_tiff({274: orientation}, exif=_DETAILS))
    exif = find_exif(read_from(_keep(photo)))
    assert exif is not None
    assert exif.integers(274) == (1,)


def test_an_orientation_that_stands_twice_is_corrected_twice() -> None:
    twice = struct.pack("<HHIHH", 274, 3, 1, 6, 0) * 2
    exif = b"II*\0\x08\0\0\0\x02\0" + twice + bytes(4)
    [kept] = _find(_keep(put_exif_into_jpeg(_PHOTO, exif)), b"Exif\0\0")
    assert kept[10:34] == struct.pack("<HHIHH", 274, 3, 1, 1, 0) * 2


def test_jfif_stays_the_first_segment() -> None:
    kept = _keep(put_exif_into_jpeg(_PHOTO, _EXIF))
    assert [part.name for part in walk_jpeg(read_from(kept))][:2] == [b"\xff\xe0", b"\xff\xe1"]
    plain = _put(_OVERLAY[:2] + _OVERLAY[20:])  # without JFIF's
    kept = copy_metadata(plain, put_exif_into_jpeg(_PHOTO, _EXIF), size_wh=_SIZE_WH)
    assert kept[2:4] == b"\xff\xe1"
    assert decode_photo(kept, Path("a.jpg")).shape == (24, 40, 3)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WebP"])
def test_the_xmp_packet_is_kept_as_it_is(kind: str) -> None:
    picture = draw_noise(48, 80)
    if kind == "JPEG":
        photo = _put(_PHOTO, _segment(_XMP_MARK + _XMP), _segment(b"Exif\0\0" + _EXIF))
    elif kind == "PNG":
        png = encode(picture, ".png")
        chunk = png_chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + _XMP)
        photo = png[:33] + chunk + png[33:]
    else:
        webp = put_exif_into_webp(encode(picture, ".webp"), _EXIF, (80, 48))
        photo = webp + b"XMP " + struct.pack("<I", len(_XMP)) + _XMP
    assert _find(_keep(photo), _XMP_MARK) == [_XMP]


def test_of_an_extended_packet_the_main_one_is_kept() -> None:
    more = b"http://ns.adobe.com/xmp/extension/\0" + b"0" * 32 + bytes(8) + b"<x/>"
    photo = _put(_PHOTO, _segment(_XMP_MARK + _XMP), _segment(more))
    assert _find(_keep(photo), b"http://ns.adobe.com/x") == [_XMP_MARK[21:] + _XMP]


@pytest.mark.parametrize(
    ("packet", "is_kept"),
    [
        (b"<rdf:Description tiff:Orientation='1'/>", True),
        (b'<rdf:Description tiff:Orientation = "1"/>', True),
        (b"<tiff:Orientation>1</tiff:Orientation>", True),
        (b"<tiff:Orientation> 1\n</tiff:Orientation>", True),
        (b"<a drone-skydio:CameraOrientationNED='6' b:SelfOrientation='6'/>", True),
        (b"<rdf:Description tiff:Orientation='6'/>", False),
        (b"<rdf:Description other:Orientation='6'/>", False),
        (b"<rdf:Description Orientation='&#54;'/>", False),
        (b"<tiff:Orientation>6</tiff:Orientation>", False),
        (b"<tiff:Orientation rdf:parseType='Literal'>6</tiff:Orientation>", False),
        (b"<tiff:Orientation>1</tiff:Orientation><tiff:Orientation>8</tiff:Orientation>", False),
        (b"<rdf:Description tiff:Orientation='16'/>", False),
        ("<a tiff:Orientation='6'/>".encode("utf-16"), False),
        (b":Orientation" + b" " * 60_000, False),
    ],
    ids=lambda value: value[:60].decode("latin-1") if isinstance(value, bytes) else "",
)
def test_a_packet_that_turns_the_picture_is_left_out(packet: bytes, is_kept: bool) -> None:
    kept = _keep(_put(_PHOTO, _segment(_XMP_MARK + packet)))
    assert _find(kept, _XMP_MARK) == ([packet] if is_kept else [])


@pytest.mark.parametrize(
    "photo",
    [
        pytest.param(_PHOTO, id="none"),
        pytest.param(b"", id="no file"),
        pytest.param(b"just a text", id="text"),
        pytest.param(make_tiff(draw_noise(), _FIRST), id="TIFF"),
        pytest.param(encode(draw_noise(), ".bmp"), id="BMP"),
        pytest.param(put_exif_into_jpeg(_PHOTO, b""), id="empty"),
        pytest.param(put_exif_into_jpeg(_PHOTO, b"II*\0\xff\xff\xff\xff"), id="far directory"),
        pytest.param(put_exif_into_jpeg(_PHOTO, b"II*\0\x02\0\0\0\x01\0"), id="in the header"),
        pytest.param(put_exif_into_jpeg(_PHOTO, pack_tiff(_FIRST, big=True)), id="BigTIFF"),
        pytest.param(put_exif_into_jpeg(_PHOTO, b"II*\0\x08\0\0\0\xff\xff"), id="cut directory"),
        pytest.param(put_exif_into_jpeg(_PHOTO, _EXIF)[:60], id="truncated"),
        pytest.param(
            put_exif_into_png(encode(draw_noise(), ".png"), _EXIF + bytes(65_536)), id="too long"
        ),
        pytest.param(
            put_exif_into_webp(encode(draw_noise(), ".webp"), _EXIF, (80, 48))[:-5], id="cut chunk"
        ),
    ],
)
def test_where_nothing_can_be_kept_the_overlay_stays_as_it_is(photo: bytes) -> None:
    assert copy_metadata(_OVERLAY, photo, size_wh=_SIZE_WH) == _OVERLAY


def test_data_that_just_fit_into_a_segment_are_kept() -> None:
    most = _EXIF.ljust(65_527, b"\0")
    png = encode(draw_noise(), ".png")
    assert _find(_keep(put_exif_into_png(png, most)), b"Exif\0\0")[0][-9:] == bytes(9)
    assert _keep(put_exif_into_png(png, most + b"\0")) == _OVERLAY
    chunk = b"XML:com.adobe.xmp\0\0\0\0\0" + _XMP.ljust(65_504)
    kept = _keep(png[:33] + png_chunk(b"iTXt", chunk) + png[33:])
    assert len(_find(kept, _XMP_MARK)[0]) == 65_504
    assert _keep(png[:33] + png_chunk(b"iTXt", chunk + b" ") + png[33:]) == _OVERLAY


def test_directories_that_lie_on_each_other_do_not_turn_the_overlay() -> None:
    # The directory of the details begins within the first, so that one's side is the other's
    # orientation.
    for shift in range(12):
        exif = bytearray(pack_tiff({274: (SHORT, [6]), 0xA002: (LONG, [6]), 0x8769: (LONG, [0])}))
        at = exif.index(struct.pack("<HH", 0x8769, 4))
        struct.pack_into("<I", exif, at + 8, 16 + shift)
        for part in _find(_keep(put_exif_into_jpeg(_PHOTO, bytes(exif))), b"Exif\0\0"):
            assert read_orientation(find_exif(read_from(part))) == 1


_SEEDS = [
    put_exif_into_jpeg(_PHOTO, _with_thumbnail(_EXIF)),
    put_exif_into_jpeg(_PHOTO, pack_tiff(_FIRST, exif=_DETAILS, gps=_GPS, order=">")),
    put_exif_into_png(encode(draw_noise(8, 8), ".png"), _EXIF),
    put_exif_into_webp(encode(draw_noise(8, 8), ".webp"), _EXIF, (8, 8)),
    _put(_PHOTO, _segment(_XMP_MARK + _XMP)),
]


@given(damaged(_SEEDS, reach=1200))
def test_damaged_data_leave_a_jpeg_that_opens_upright(data: bytes) -> None:
    kept = _keep(data)
    assert read_orientation(find_exif(read_from(kept))) == 1


def test_a_file_that_is_no_jpeg_is_misuse() -> None:
    with pytest.raises(ValueError, match="expected a JPEG"):
        copy_metadata(b"no", _PHOTO, size_wh=_SIZE_WH)


@pytest.mark.skipif(shutil.which("exiftool") is None, reason="exiftool is not installed")
def test_exiftool_reads_the_same_of_overlay_and_photo(tmp_path: Path) -> None:
    photo = _put(_PHOTO, _segment(b"Exif\0\0" + _with_thumbnail(_EXIF)), _segment(_XMP_MARK + _XMP))
    (tmp_path / "photo.jpg").write_bytes(photo)
    (tmp_path / "overlay.jpg").write_bytes(_keep(photo))
    found = []
    for name in ("photo.jpg", "overlay.jpg"):
        command = ["exiftool", "-json", "-n", "-G1", "-a", "-u", str(tmp_path / name)]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        tags = json.loads(done.stdout)[0]
        kept = ("IFD", "ExifIFD", "GPS", "XMP", "DJI")
        found.append({tag: value for tag, value in tags.items() if tag.startswith(kept)})
        assert not any("Error" in tag for tag in tags)
    of_photo, of_overlay = found
    assert of_photo["GPS:GPSLatitude"] == pytest.approx(46.84286, abs=1e-5)
    assert of_photo["IFD1:ThumbnailLength"] == 9
    gone = {tag for tag in of_photo if tag.startswith("IFD1")}
    changed = {"IFD0:Orientation": 1, "ExifIFD:ExifImageWidth": 40, "ExifIFD:ExifImageHeight": 24}
    assert of_overlay == {
        tag: changed.get(tag, value) for tag, value in of_photo.items() if tag not in gone
    }
