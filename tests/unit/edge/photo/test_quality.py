"""Blur, darkness and glare are seen on drawn concrete; what nobody can tell counts for nothing."""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from edge.evaluation.synthetic import draw_concrete
from edge.photo.facts import Quality
from edge.photo.quality import judge_quality
from edge.photo.source import LoadedPhoto
from tests.unit.fakes import RememberingSource

SEEDS = (0, 1, 2)


@lru_cache
def draw(seed: int = 0) -> NDArray[np.uint8]:
    return draw_concrete((900, 640), seed=seed).photo


def judge(photo: NDArray[np.uint8]) -> Quality:
    return judge_quality(LoadedPhoto(photo))


def add_noise(photo: NDArray[np.uint8] | NDArray[np.float64], levels: float) -> NDArray[np.uint8]:
    noise = np.random.default_rng(0).normal(0, levels, photo.shape)
    return np.clip(np.rint(photo + noise), 0, 255).astype(np.uint8)


def compress(photo: NDArray[np.uint8], quality: int) -> NDArray[np.uint8]:
    _, data = cv2.imencode(".jpg", photo, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)


def blur(photo: NDArray[np.uint8], sigma_px: float) -> NDArray[np.uint8]:
    return np.asarray(cv2.GaussianBlur(photo, (0, 0), sigma_px), np.uint8)


def move(photo: NDArray[np.uint8], length_px: int, degrees: float) -> NDArray[np.uint8]:
    """Blur a photo along a line, as a camera that moves does."""
    kernel = np.zeros((length_px, length_px), np.float32)
    kernel[length_px // 2] = 1
    middle = ((length_px - 1) / 2,) * 2
    turned = cv2.warpAffine(
        kernel, cv2.getRotationMatrix2D(middle, degrees, 1.0), (length_px, length_px)
    )
    return np.asarray(cv2.filter2D(photo, -1, turned / turned.sum()), np.uint8)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_sharp_photo_has_nothing_to_complain_about(seed: int) -> None:
    found = judge(draw(seed))
    assert found.blurred < 0.1
    assert (found.dark, found.bright) == (0, 0)


@pytest.mark.parametrize("quality", [50, 75, 95])
def test_compression_is_no_blur(quality: int) -> None:
    assert judge(compress(draw(), quality)).blurred < 0.1


def test_noise_is_no_blur() -> None:
    assert judge(add_noise(draw(), 4)).blurred < 0.1


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("sigma_px", [3, 5, 8])
def test_a_photo_out_of_focus_is_blurred(seed: int, sigma_px: float) -> None:
    assert judge(blur(draw(seed), sigma_px)).blurred > 0.8


def test_a_blurred_photo_with_noise_of_the_sensor_is_blurred() -> None:
    assert judge(compress(add_noise(blur(draw(1), 3), 1.5), 90)).blurred > 0.8


@pytest.mark.parametrize("degrees", [0, 30, 45, 90, 120])
def test_a_photo_that_moved_is_blurred_whatever_the_direction(degrees: float) -> None:
    assert judge(move(draw(), 25, degrees)).blurred > 0.8


def test_the_share_is_that_of_the_blurred_part() -> None:
    photo = draw(1).copy()
    photo[:, 450:] = blur(draw(1), 5)[:, 450:]
    assert judge(photo).blurred == pytest.approx(0.5, abs=0.15)


def test_a_smooth_surface_that_is_sharp_is_not_blurred() -> None:
    smooth = 180 + (draw().astype(np.float64) - 180) * 0.3
    assert judge(add_noise(smooth, 0.7)).blurred < 0.1


def test_where_nothing_is_to_be_seen_nobody_can_tell() -> None:
    plain = np.full((640, 900, 3), 170.0)
    shaded = plain + np.linspace(-50, 50, 900)[None, :, None]
    for photo in (plain, shaded):
        assert judge(compress(add_noise(photo, 1.5), 90)).blurred == 0


def test_joints_and_an_edge_on_plain_paint_are_no_movement() -> None:
    photo = np.full((640, 900, 3), 170.0)
    photo[50::170] -= 60
    photo[51::170] -= 60
    photo[:, 450:] -= 30
    assert judge(compress(add_noise(photo, 1.5), 92)).blurred < 0.1


def test_a_photo_without_light_is_dark_and_not_blurred() -> None:
    found = judge(add_noise(draw() * 0.1, 2))
    assert found == Quality(blurred=0.0, dark=1.0, bright=0.0)


def test_the_shade_of_a_bridge_is_not_dark() -> None:
    assert judge(add_noise(draw() * 0.4, 1)).dark == 0


def test_a_washed_out_photo_is_bright() -> None:
    found = judge(np.asarray(np.clip(draw() * 2.2, 0, 255), np.uint8))
    assert found.bright > 0.9
    assert found.blurred == 0


def test_shares_add_up_to_one_at_most() -> None:
    photo = blur(draw(), 5)
    photo[:320] = 0
    found = judge(photo)
    assert found.dark == pytest.approx(0.5, abs=0.1)
    assert 0.2 < found.blurred <= 1 - found.dark


def test_margins_of_a_map_are_no_part_of_it() -> None:
    photo = draw().copy()
    photo[:, :300] = 0
    photo[:, 600:] = 255
    assert judge(photo).dark > 0.2
    found = judge_quality(LoadedPhoto(photo), has_margins=True)
    assert (found.dark, found.bright) == (0, 0)
    empty = np.zeros((300, 300, 3), np.uint8)
    assert judge_quality(LoadedPhoto(empty), has_margins=True) == Quality()


@settings(max_examples=30, deadline=None)
@given(width=st.integers(1, 700), height=st.integers(1, 500))
def test_a_photo_of_any_size_can_be_judged(width: int, height: int) -> None:
    found = judge(draw()[:height, :width])
    assert all(0 <= share <= 1 for share in (found.blurred, found.dark, found.bright))


def test_few_small_boxes_are_read_however_large_the_photo_is() -> None:
    class Endless:
        size_wh = (400_000, 300_000)

        def read(self, left: int, top: int, right: int, bottom: int) -> NDArray[np.uint8]:
            return np.full((bottom - top, right - left, 3), 100, np.uint8)

    source = RememberingSource(Endless())
    judge_quality(source)
    assert 30 <= len(source.boxes) <= 64
    assert all(
        right - left <= 128 and bottom - top <= 128 for left, top, right, bottom in source.boxes
    )
    assert min(box[0] for box in source.boxes) < 40_000
    assert max(box[2] for box in source.boxes) > 360_000
