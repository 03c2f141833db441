"""Kind and size of a picture are known from its first bytes, or it is refused by name."""

from __future__ import annotations

import os
import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.files.errors import PhotoError
from edge.photo.header import PictureHeader, read_header
from tests.unit.picture_bytes import (
    LONG,
    SHORT,
    damaged,
    draw_noise,
    encode,
    make_cmyk_jpeg,
    make_tiff,
    pack_tiff,
    png_of_size,
    put_exif_into_jpeg,
    put_exif_into_png,
    put_exif_into_webp,
)

_WHERE = Path("wall.jpg")
_PICTURE = draw_noise(48, 80)
_16_BITS = _PICTURE.astype(np.uint16) * 257


def _read(data: bytes) -> PictureHeader:
    return read_header(data, where=_WHERE)


@pytest.mark.parametrize(
    ("suffix", "kind"),
    [(".jpg", "JPEG"), (".png", "PNG"), (".tif", "TIFF"), (".bmp", "BMP"), (".webp", "WebP")],
)
@pytest.mark.parametrize("size_wh", [(1, 1), (80, 48), (7, 300)])
def test_kind_and_size_are_those_of_the_bytes(
    suffix: str, kind: str, size_wh: tuple[int, int], tmp_path: Path
) -> None:
    data = encode(draw_noise(size_wh[1], size_wh[0]), suffix)
    (tmp_path / "named.wrong").write_bytes(data)
    for header in (_read(data), read_header(tmp_path / "named.wrong", where=_WHERE)):
        assert (header.kind, header.size_wh, header.bits) == (kind, size_wh, 8)
        assert header.pixels == size_wh[0] * size_wh[1]


@pytest.mark.parametrize(
    ("data", "channels", "bits", "colour"),
    [
        (encode(_PICTURE, ".jpg"), 3, 8, "YCbCr"),
        (encode(_PICTURE[:, :, 0], ".jpg"), 1, 8, "grey"),
        (make_cmyk_jpeg((1, 2, 3, 4)), 4, 8, "CMYK"),
        (make_cmyk_jpeg((1, 2, 3, 4), adobe=False), 4, 8, "unknown"),
        (encode(_PICTURE[:, :, 0], ".png"), 1, 8, "grey"),
        (encode(_16_BITS, ".png"), 3, 16, "RGB"),
        (encode(_16_BITS[:, :, 0], ".tif"), 1, 16, "grey"),
        (make_tiff(_16_BITS), 3, 16, "RGB"),
        (make_tiff(_PICTURE, {262: (SHORT, [8])}), 3, 8, "unknown"),
        (make_tiff(_PICTURE, {258: (SHORT, [8, 8, 6])}), 3, 0, "RGB"),
        (encode(_PICTURE, ".webp"), 3, 8, "RGB"),
    ],
)
def test_channels_bits_and_colour_are_told(
    data: bytes, channels: int, bits: int, colour: str
) -> None:
    header = _read(data)
    assert (header.channels, header.bits, header.colour) == (channels, bits, colour)


@pytest.mark.parametrize("suffix", [".png", ".webp"])
def test_alpha_is_told(suffix: str) -> None:
    rgba = np.dstack([_PICTURE, _PICTURE[:, :, 0]])
    assert _read(encode(rgba[:, :, [2, 1, 0, 3]], suffix)).has_alpha
    assert not _read(encode(_PICTURE, suffix)).has_alpha
    assert _read(make_tiff(rgba)).has_alpha


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("big", [False, True])
def test_a_tiff_of_either_order_and_size_is_read(order: str, big: bool) -> None:
    header = _read(make_tiff(_PICTURE, order=order, big=big))
    assert header.kind == ("BigTIFF" if big else "TIFF")
    assert (header.size_wh, header.channels, header.bits) == ((80, 48), 3, 8)


def test_a_tiff_tells_how_its_values_are_coded() -> None:
    header = _read(make_tiff(_PICTURE, {259: (SHORT, [50000]), 322: (LONG, [16])}))
    assert (header.compression, header.is_tiled, header.samples) == (50000, True, "unsigned")
    assert _read(make_tiff(_PICTURE, {339: (SHORT, [3] * 3)})).samples == "float"
    assert _read(make_tiff(_PICTURE, {254: (LONG, [1])})).is_reduced


@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_orientation_is_told_and_the_size_is_the_stored_one(orientation: int) -> None:
    exif = pack_tiff({274: (SHORT, [orientation])})
    for data in (
        put_exif_into_jpeg(encode(_PICTURE, ".jpg"), exif),
        put_exif_into_png(encode(_PICTURE, ".png"), exif),
        put_exif_into_webp(encode(_PICTURE, ".webp"), exif, (80, 48)),
        make_tiff(_PICTURE, {274: (SHORT, [orientation])}),
    ):
        header = _read(data)
        assert (header.orientation, header.size_wh) == (orientation, (80, 48))


def test_a_lossless_webp_and_bmps_of_all_kinds_tell_their_size() -> None:
    packed = (79 | 47 << 14 | 1 << 28).to_bytes(4, "little")
    webp = b"RIFF\x20\0\0\0WEBPVP8L\x14\0\0\0\x2f" + packed + bytes(16)
    assert (_read(webp).size_wh, _read(webp).has_alpha) == ((80, 48), True)
    bmp = encode(_PICTURE, ".bmp")
    from_the_top = bmp[:22] + struct.pack("<i", -48) + bmp[26:]
    of_os2 = b"BM" + bytes(12) + struct.pack("<IHHHH", 12, 80, 48, 1, 24) + bytes(20)
    assert [_read(data).size_wh for data in (from_the_top, of_os2)] == [(80, 48)] * 2


@pytest.mark.parametrize(
    "data", [png_of_size(0, 5), png_of_size(5, 0), make_tiff(_PICTURE, {256: (LONG, [0])})]
)
def test_a_picture_without_an_area_is_refused(data: bytes) -> None:
    with pytest.raises(PhotoError, match=r"wall\.jpg: its header is truncated or damaged"):
        _read(data)


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b"GIF89a" + bytes(20), "GIF"),
        (b"\0\0\0\x18ftypheic" + bytes(20), "HEIC"),
        (b"\0\0\0\x18ftypavif" + bytes(20), "AVIF"),
        (b"\0\0\0\x0cjP  \r\n" + bytes(20), "JPEG 2000"),
        (b"%PDF-1.7" + bytes(20), "PDF"),
    ],
)
def test_another_kind_is_called_by_its_name(data: bytes, name: str) -> None:
    with pytest.raises(PhotoError, match=f"in the format {name}: convert it to JPEG or PNG"):
        _read(data)


def test_an_empty_or_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(PhotoError, match="the file is empty"):
        _read(b"")
    with pytest.raises(PhotoError, match="gone"):
        read_header(tmp_path / "gone.jpg", where=tmp_path / "gone.jpg")


def test_only_the_header_of_a_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "large.tif"
    path.write_bytes(make_tiff(_PICTURE, big=True))
    os.truncate(path, 1 << 40)  # sparse: a terabyte of nothing
    assert read_header(path, where=path).size_wh == (80, 48)


_SEEDS = [
    *(encode(_PICTURE, suffix) for suffix in (".jpg", ".png", ".tif", ".bmp", ".webp")),
    make_tiff(_PICTURE, big=True),
    make_tiff(_PICTURE, order=">"),
    put_exif_into_jpeg(encode(_PICTURE, ".jpg"), pack_tiff({274: (SHORT, [6])})),
    put_exif_into_webp(encode(_PICTURE, ".webp"), pack_tiff({274: (SHORT, [6])}), (80, 48)),
]


@given(damaged(_SEEDS, reach=255))
def test_a_damaged_header_gives_a_size_or_an_error(data: bytes) -> None:
    try:
        header = _read(data)
    except PhotoError:
        return
    assert min(header.size_wh) > 0
    assert 1 <= header.orientation <= 8


@given(start=st.sampled_from([seed[:16] for seed in _SEEDS]), rest=st.binary(max_size=300))
def test_any_bytes_behind_the_mark_of_a_kind_give_a_size_or_an_error(
    start: bytes, rest: bytes
) -> None:
    for cut in (2, 4, 8, 12, 16):
        try:
            assert min(_read(start[:cut] + rest).size_wh) > 0
        except PhotoError:
            continue


def test_padding_and_segments_without_end_are_not_followed_for_ever() -> None:
    for filling in (b"\xff" * 200_000, b"\xff\xe0\0\0" * 60_000, b"\xff\xe0\0\x02" * 60_000):
        with pytest.raises(PhotoError, match="its header"):
            _read(b"\xff\xd8" + filling)
