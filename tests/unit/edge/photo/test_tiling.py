"""Windows cover every pixel, none is ragged."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.photo.source import LoadedPhoto
from edge.photo.tiling import read_mirrored, window_origins
from tests.unit.fakes import RememberingSource


@st.composite
def _sides(draw: st.DrawFn) -> tuple[int, int, int]:
    window = draw(st.integers(1, 80))
    return draw(st.integers(window, 500)), window, draw(st.integers(1, window))


@given(_sides())
def test_windows_of_full_size_cover_every_pixel(side: tuple[int, int, int]) -> None:
    length, window, stride = side
    seen = np.zeros(length, int)
    for origin in window_origins(length, window, stride):
        assert 0 <= origin <= length - window
        seen[origin : origin + window] += 1
    assert seen.all()


@given(_sides())
def test_windows_go_forward_by_the_stride_and_the_last_one_is_moved_back(
    side: tuple[int, int, int],
) -> None:
    length, window, stride = side
    origins = window_origins(length, window, stride)
    steps = np.diff(origins)
    assert np.all(steps[:-1] == stride)
    assert np.all((steps > 0) & (steps <= stride))
    assert origins[0] == 0


@pytest.mark.parametrize(
    ("length", "window", "stride"), [(10, 11, 1), (10, 5, 6), (10, 5, 0), (10, 5, -1)]
)
def test_sizes_that_leave_gaps_are_refused(length: int, window: int, stride: int) -> None:
    with pytest.raises(ValueError, match="stride"):
        window_origins(length, window, stride)


_LENGTH = st.integers(1, 70)


@given(_LENGTH, _LENGTH, st.data())
def test_what_is_read_beyond_a_photo_mirrors_it_and_the_rest_is_its_own(
    height: int, width: int, data: st.DataObject
) -> None:
    photo = np.random.default_rng(height).integers(0, 256, (height, width, 3), dtype=np.uint8)
    whole = cv2.copyMakeBorder(photo, 0, 100, 0, 100, cv2.BORDER_REFLECT_101)
    left, top = data.draw(st.integers(0, width + 20)), data.draw(st.integers(0, height + 20))
    right = data.draw(st.integers(left + 1, width + 100))
    bottom = data.draw(st.integers(top + 1, height + 100))
    source = RememberingSource(LoadedPhoto(photo))
    part = read_mirrored(source, (left, top, right, bottom))
    assert np.array_equal(part, whole[top:bottom, left:right])


def test_a_box_inside_a_photo_is_not_copied() -> None:
    photo = np.zeros((64, 96, 3), np.uint8)
    part = read_mirrored(LoadedPhoto(photo), (32, 0, 96, 64))
    assert part.base is photo


def test_the_margin_mirrors_the_photo() -> None:
    photo = np.arange(12, dtype=np.uint8).reshape(1, 4, 3).repeat(4, axis=0)
    part = read_mirrored(LoadedPhoto(photo), (0, 0, 6, 6))
    assert np.array_equal(part[0, :, 0], [0, 3, 6, 9, 6, 3])
    assert np.array_equal(part[5], part[1])
