"""What was truncated or damaged is seen before a decoder fills it in."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.photo.integrity import find_damage
from tests.unit.picture_bytes import (
    SHORT,
    draw_noise,
    encode,
    make_cmyk_jpeg,
    make_tiff,
)

_PICTURE = draw_noise(160, 240)
_WHOLE = {
    "JPEG": encode(_PICTURE, ".jpg"),
    "PNG": encode(_PICTURE, ".png"),
    "WebP": encode(_PICTURE, ".webp"),
    "TIFF": make_tiff(_PICTURE),
    "BigTIFF": make_tiff(_PICTURE, big=True),
}
_PROGRESSIVE = encode(_PICTURE, ".jpg", cv2.IMWRITE_JPEG_PROGRESSIVE, 1)


@pytest.mark.parametrize("kind", _WHOLE)
def test_nothing_is_wrong_with_a_whole_picture(kind: str) -> None:
    assert find_damage(_WHOLE[kind], kind) is None


@given(kind=st.sampled_from(sorted(_WHOLE)), share=st.floats(0, 0.99))
def test_a_picture_cut_anywhere_is_cut_short(kind: str, share: float) -> None:
    data = _WHOLE[kind]
    assert "truncated" in str(find_damage(data[: int(len(data) * share)], kind))


@pytest.mark.parametrize("options", [(), (cv2.IMWRITE_JPEG_RST_INTERVAL, 4)])
def test_a_jpeg_into_which_other_data_were_written_is_damaged(options: tuple[int, ...]) -> None:
    jpeg = encode(draw_noise(600, 800), ".jpg", *options)
    assert find_damage(jpeg, "JPEG") is None
    other = np.random.default_rng(1).bytes(2048)
    middle = len(jpeg) // 2
    damaged = jpeg[:middle] + other + jpeg[middle + len(other) :]
    assert find_damage(damaged, "JPEG") == "the JPEG's picture data is damaged"


def test_a_jpeg_that_lost_sectors_to_zeros_is_damaged() -> None:
    jpeg = encode(draw_noise(600, 800), ".jpg")
    middle = len(jpeg) // 2
    damaged = jpeg[:middle] + bytes(1024) + jpeg[middle + 1024 :]
    assert "only zeros are left" in str(find_damage(damaged, "JPEG"))


@pytest.mark.parametrize("level", [0, 128, 255])
@pytest.mark.parametrize("option", [cv2.IMWRITE_JPEG_OPTIMIZE, cv2.IMWRITE_JPEG_PROGRESSIVE])
def test_an_even_picture_that_is_coded_as_zeros_is_whole(level: int, option: int) -> None:
    jpeg = encode(np.full((2000, 2000, 3), level, np.uint8), ".jpg", option, 1)
    assert find_damage(jpeg, "JPEG") is None


def test_scans_of_a_progressive_jpeg_are_stepped_through() -> None:
    assert find_damage(_PROGRESSIVE, "JPEG") is None
    assert "truncated" in str(find_damage(_PROGRESSIVE[: len(_PROGRESSIVE) * 2 // 3], "JPEG"))
    assert find_damage(make_cmyk_jpeg((1, 2, 3, 255)), "JPEG") is None


def test_a_png_whose_chunk_says_it_is_huge_is_cut_short() -> None:
    png = _WHOLE["PNG"]
    huge = png[:-12] + b"\x7f\xff\xff\xff" + png[-8:]
    assert find_damage(huge, "PNG") == "the PNG is truncated"


def test_a_tiff_of_which_a_part_lies_behind_the_end_is_cut_short() -> None:
    beyond = make_tiff(_PICTURE, {273: (SHORT, [60000]), 279: (SHORT, [60000])})
    assert find_damage(beyond, "TIFF") == "the TIFF is truncated"
