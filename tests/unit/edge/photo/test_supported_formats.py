"""Odd kinds of pictures: read as what they are, or refused with the reason and the remedy."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.files.errors import PhotoError
from edge.photo.codec import decode_photo, read_photo
from edge.photo.header import read_header
from tests.unit.picture_bytes import (
    LONG,
    SHORT,
    draw_noise,
    encode,
    make_cmyk_jpeg,
    make_tiff,
    pack_tiff,
    png_of_size,
    put_exif_into_jpeg,
)

_WHERE = Path("wall.jpg")


def test_inks_of_adobe_read_as_colours() -> None:
    orange = decode_photo(make_cmyk_jpeg((255, 128, 0, 255)), _WHERE)
    assert orange.shape == (8, 16, 3)
    assert np.abs(orange.astype(int) - (255, 128, 0)).max() <= 2


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (make_cmyk_jpeg((255, 128, 0, 255), adobe=False), "without an Adobe marker"),
        (b"GIF89a" + bytes(20), "in the format GIF: convert it"),
        (make_tiff(np.ones((8, 9, 3), np.float32), {339: (SHORT, [3] * 3)}), "holds float numbers"),
        (make_tiff(np.ones((8, 9, 1), np.int16), {339: (SHORT, [2])}), "holds signed numbers"),
        (make_tiff(np.ones((8, 9, 1), np.uint32)), "has 32 bits per channel, expected 8 or 16"),
        (
            make_tiff(np.ones((8, 9, 3), np.uint8), {262: (SHORT, [8])}),
            "has colours other than grey",
        ),
        (make_tiff(np.ones((8, 9, 3), np.uint8), {262: (SHORT, [1])}), "has 3 bands labelled"),
        (make_tiff(np.ones((8, 9, 2), np.uint8), {338: (SHORT, [0])}), "has 2 bands labelled"),
        (make_tiff(np.ones((8, 9, 5), np.uint8)), "is a TIFF with 5 bands, which OpenCV cannot"),
        (
            make_tiff(np.ones((8, 9, 4), np.uint16), {262: (SHORT, [5])}),
            "16 bits per channel and CMYK",
        ),
        (make_tiff(np.ones((8, 9, 3), np.uint8), {254: (LONG, [1])}), "a camera's raw picture"),
        (png_of_size(40_000, 30_000), "is 40000 x 30000 px; OpenCV decodes at most 1073741824 px"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_picture_without_certain_meaning_is_refused(data: bytes, words: str) -> None:
    with pytest.raises(PhotoError, match=rf"wall\.jpg: .*{words}"):
        decode_photo(data, _WHERE)


@pytest.mark.parametrize("compression", [34712, 50000, 50002, 6, 12345])
def test_a_tiff_that_opencv_would_read_as_black_is_refused(compression: int) -> None:
    tiff = make_tiff(draw_noise(), {259: (SHORT, [compression])})
    with pytest.raises(PhotoError, match=rf"\({compression}\), which OpenCV cannot read.*gdal_"):
        decode_photo(tiff, _WHERE)


@pytest.mark.parametrize("suffix", [".png", ".tif"])
@pytest.mark.parametrize("bits", [10, 12, 14])
def test_fewer_bits_in_a_file_of_16_are_refused_as_they_would_be_black(
    suffix: str, bits: int
) -> None:
    white = np.full((8, 9), (1 << bits) - 1, np.uint16)
    with pytest.raises(PhotoError, match=r"uses only the lowest quarter.*scale it to 8 bits"):
        decode_photo(encode(white, suffix), _WHERE)
    assert decode_photo(encode(white << (16 - bits), suffix), _WHERE).min() > 250


def test_a_dark_picture_of_8_bits_is_read() -> None:
    assert decode_photo(encode(np.zeros((8, 9, 3), np.uint8), ".png"), _WHERE).max() == 0


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("order", ["<", ">"])
def test_the_colours_of_a_tiff_are_not_darkened_by_its_alpha(dtype: type, order: str) -> None:
    rgba = np.full((8, 9, 4), (200, 100, 50, 0), np.uint8)
    values = rgba.astype(dtype) * (257 if dtype is np.uint16 else 1)
    photo = decode_photo(make_tiff(values, order=order), _WHERE)
    assert photo.reshape(-1, 3).tolist() == [[200, 100, 50]] * 72


def test_a_picture_is_known_by_its_bytes_and_not_by_its_name(tmp_path: Path) -> None:
    picture = draw_noise()
    (tmp_path / "a.jpg").write_bytes(encode(picture, ".png"))
    assert np.array_equal(read_photo(tmp_path / "a.jpg"), picture)


@pytest.mark.parametrize("size_wh", [(1, 1), (30_000, 10), (1, 3000)])
@pytest.mark.parametrize("suffix", [".png", ".jpg", ".tif", ".bmp"])
def test_extreme_sizes_are_read(size_wh: tuple[int, int], suffix: str) -> None:
    grey = np.full((size_wh[1], size_wh[0], 3), 128, np.uint8)
    photo = decode_photo(encode(grey, suffix), _WHERE)
    assert photo.shape == grey.shape
    assert np.abs(photo.astype(int) - 128).max() <= 1


def test_damaged_pictures_leave_the_console_clean(capfd: pytest.CaptureFixture[str]) -> None:
    whole = [encode(draw_noise(), suffix) for suffix in (".jpg", ".png", ".tif", ".webp")]
    whole.append(make_tiff(draw_noise(), {278: (LONG, [1])}))
    for data in whole:
        for share in (0.2, 0.5, 0.9):
            with pytest.raises(PhotoError):
                decode_photo(data[: int(len(data) * share)], _WHERE)
    assert capfd.readouterr() == ("", "")


_FUZZED = [
    *(encode(draw_noise(24, 32), suffix) for suffix in (".jpg", ".png", ".tif", ".bmp")),
    encode(draw_noise(24, 32), ".webp"),
    put_exif_into_jpeg(encode(draw_noise(24, 32), ".jpg"), pack_tiff({274: (SHORT, [6])})),
    make_tiff(draw_noise(24, 32).astype(np.uint16) * 257, order=">"),
    make_tiff(np.dstack([draw_noise(24, 32)] * 2)[:, :, :4], big=True),
]


@settings(max_examples=300)
@given(
    seed=st.sampled_from(_FUZZED),
    changes=st.lists(
        st.tuples(st.integers(0, 4095) | st.integers(0, 63), st.binary(min_size=1, max_size=4)),
        min_size=1,
        max_size=4,
    ),
)
def test_damaged_bytes_give_a_picture_or_an_error(
    seed: bytes, changes: list[tuple[int, bytes]]
) -> None:
    data = bytearray(seed)
    for place, new in changes:
        at = place % len(seed)
        data[at : at + len(new)] = new
    try:
        header = read_header(bytes(data), where=_WHERE)
        if header.pixels > 10_000_000:  # a bound of its own; here it would only take time
            return
        photo = decode_photo(bytes(data), _WHERE)
    except PhotoError:
        return
    assert photo.dtype == np.uint8
    assert sorted(photo.shape[:2]) == sorted(header.size_wh)
