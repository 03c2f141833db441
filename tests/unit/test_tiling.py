"""Windows cover every pixel, none is ragged."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.tiling import pad_photo, window_origins


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


@given(st.integers(1, 70), st.integers(1, 70), st.integers(1, 90), st.integers(1, 40))
def test_a_padded_photo_is_just_large_enough_and_unchanged_at_its_place(
    height: int, width: int, min_px: int, multiple: int
) -> None:
    photo = np.random.default_rng(height).integers(0, 256, (height, width, 3), dtype=np.uint8)
    padded = pad_photo(photo, min_px=min_px, multiple=multiple)
    for before, after in zip((height, width), padded.shape[:2], strict=True):
        assert after % multiple == 0
        assert max(before, min_px) <= after < max(before, min_px) + multiple
    assert np.array_equal(padded[:height, :width], photo)


def test_a_photo_large_enough_is_not_copied() -> None:
    photo = np.zeros((64, 96, 3), np.uint8)
    assert pad_photo(photo, min_px=64, multiple=32) is photo


def test_the_margin_mirrors_the_photo() -> None:
    photo = np.arange(12, dtype=np.uint8).reshape(1, 4, 3).repeat(4, axis=0)
    padded = pad_photo(photo, min_px=6)
    assert np.array_equal(padded[0, :, 0], [0, 3, 6, 9, 6, 3])
    assert np.array_equal(padded[5], padded[1])
