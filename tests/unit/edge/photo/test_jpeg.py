"""A JPEG decoded in place is what OpenCV decodes, or nothing."""

from __future__ import annotations

import os

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.photo.jpeg import decode_jpeg_in_place

pytestmark = pytest.mark.skipif(
    not hasattr(os, "memfd_create"), reason="files in memory are a thing of Linux"
)

SIZE_WH = (96, 64)


def _encode(*options: int, grey: bool = False) -> bytes:
    noise = np.random.default_rng(3).integers(0, 256, (64, 96, 1 if grey else 3), dtype=np.uint8)
    picture = cv2.GaussianBlur(noise, (0, 0), 2)
    return cv2.imencode(".jpg", picture, list(options))[1].tobytes()


def _decode(data: bytes, size_wh: tuple[int, int] = SIZE_WH) -> np.ndarray | None:
    return decode_jpeg_in_place(data, size_wh, worth_pixels=1)


@pytest.mark.parametrize(
    "data",
    [
        _encode(),
        _encode(cv2.IMWRITE_JPEG_PROGRESSIVE, 1),
        _encode(cv2.IMWRITE_JPEG_RST_INTERVAL, 2),
        _encode(grey=True),
    ],
    ids=["baseline", "progressive", "restart marks", "grey"],
)
def test_it_gives_what_opencv_gives(data: bytes) -> None:
    expected = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR_RGB)
    found = _decode(data)
    assert found is not None
    assert np.array_equal(found, expected)


@pytest.mark.parametrize("size_wh", [(64, 96), (95, 64), (97, 65), (1, 1)])
def test_a_size_that_is_not_the_pictures_gives_nothing(size_wh: tuple[int, int]) -> None:
    assert _decode(_encode(), size_wh) is None


def test_small_pictures_are_left_to_opencv() -> None:
    assert decode_jpeg_in_place(_encode(), SIZE_WH) is None


@pytest.mark.parametrize("data", [b"", b"no picture", b"\xff\xd8\xff\xd9", _encode()[:200]])
def test_what_cannot_be_decoded_gives_nothing(data: bytes) -> None:
    assert _decode(data) is None


@given(st.data())
def test_memory_that_was_not_decoded_into_never_comes_out(data: st.DataObject) -> None:
    jpeg = bytearray(_encode())
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(2, len(jpeg) - 1))
        jpeg[place] = data.draw(st.integers(0, 255))
    jpeg = jpeg[: data.draw(st.integers(2, len(jpeg)))]
    first, second = (_decode(bytes(jpeg)) for _ in range(2))
    assert (first is None) == (second is None)
    if first is not None and second is not None:
        assert np.array_equal(first, second)
