"""Pictures of scores: as large as the photo, bright where the score is high, only there."""

from __future__ import annotations

import numpy as np
import pytest

from edge.detect.regions import Region
from edge.detect.triage import Thresholds
from edge.photo.source import LoadedPhoto
from edge.report.pictures.draw import draw_heat_map, draw_overlay
from edge.report.pictures.overview import OverviewRecorder, make_overview, overview_size


def _spot(rows: int = 6, columns: int = 10, at: tuple[int, int] = (2, 7)) -> np.ndarray:
    heat = np.zeros((rows, columns), np.float32)
    heat[at] = 1
    return heat


THRESHOLDS = Thresholds(0.5, 0.9)


def _make_region(score: float, xyxy: tuple[int, int, int, int]) -> Region:
    left, top, right, bottom = xyxy
    ring = ((left, top), (right, top), (right, bottom), (left, bottom))
    return Region(score, xyxy, (right - left) * (bottom - top), outline=((ring,),))


@pytest.mark.parametrize(
    ("size_wh", "heat_map_hw", "overlay_hw"),
    [
        ((320, 192), (192, 320), (192, 320)),
        ((300, 170), (170, 300), (170, 300)),
        ((4096, 2048), (384, 768), (1024, 2048)),
        ((2401, 10), (3, 768), (5, 1200)),
        ((30000, 10), (1, 768), (1, 2308)),
        ((1, 1), (1, 1), (1, 1)),
    ],
)
def test_pictures_have_the_size_of_the_photo_up_to_a_screen(
    size_wh: tuple[int, int], heat_map_hw: tuple[int, int], overlay_hw: tuple[int, int]
) -> None:
    cell_px = max(size_wh) / 10
    photo = np.zeros((size_wh[1], size_wh[0], 3), np.uint8)
    assert draw_heat_map(_spot(), size_wh, cell_px).shape == (*heat_map_hw, 3)
    overview = make_overview(photo)
    assert overview_size(size_wh) == overview.shape[1::-1]
    overlay = draw_overlay(overview, size_wh, _spot(), cell_px, [], thresholds=THRESHOLDS)
    assert overlay.shape == (*overlay_hw, 3)
    assert overlay.dtype == np.uint8


@pytest.mark.parametrize(("size_wh", "cell_px"), [((320, 192), 32), ((3200, 1920), 320)])
def test_the_heat_map_is_brightest_where_the_score_is(
    size_wh: tuple[int, int], cell_px: float
) -> None:
    drawn = draw_heat_map(_spot(), size_wh, cell_px).sum(axis=2)
    y, x = (np.argwhere(drawn == drawn.max()).mean(axis=0) + 0.5) / drawn.shape
    assert (y * 6, x * 10) == pytest.approx((2.5, 7.5), abs=0.1)


def test_a_high_score_is_pale_yellow_and_a_low_one_black() -> None:
    heat = np.zeros((2, 2), np.float32)
    assert draw_heat_map(heat, (64, 64), 32).max() < 10
    red, green, blue = draw_heat_map(heat + 1, (64, 64), 32)[30, 30].astype(int)
    assert red > 240
    assert green > 240
    assert blue < red


def test_a_photo_below_the_threshold_is_untouched() -> None:
    photo = np.random.default_rng(0).integers(0, 256, (192, 320, 3), dtype=np.uint8)
    heat = np.full((6, 10), 0.49, np.float32)
    assert np.array_equal(
        draw_overlay(photo, (320, 192), heat, 32, [], thresholds=THRESHOLDS), photo
    )


def test_only_what_is_above_the_threshold_is_tinted() -> None:
    photo = np.full((192, 320, 3), 100, np.uint8)
    changed = (
        draw_overlay(photo, (320, 192), _spot(), 32, [], thresholds=THRESHOLDS) != photo
    ).any(axis=2)
    rows, columns = np.nonzero(changed)
    assert changed[80, 240]
    assert rows.min() >= 64
    assert rows.max() < 96
    assert columns.min() >= 224
    assert columns.max() < 256


def test_a_region_is_framed_in_red_where_it_lies() -> None:
    photo = np.full((192, 320, 3), 100, np.uint8)
    heat = np.zeros((6, 10), np.float32)
    regions = [_make_region(0.95, (64, 96, 160, 160))]
    overlay = draw_overlay(photo, (320, 192), heat, 32, regions, thresholds=THRESHOLDS)
    red, green, blue = overlay[150, 64].astype(int)
    assert red > 200
    assert max(green, blue) < 60
    assert np.array_equal(overlay[130, 110], photo[130, 110])
    assert np.array_equal(overlay[100, 200], photo[100, 200])


def test_a_region_to_review_is_framed_in_orange() -> None:
    photo = np.full((192, 320, 3), 100, np.uint8)
    regions = [_make_region(0.7, (64, 96, 160, 160))]
    heat = np.zeros((6, 10), np.float32)
    overlay = draw_overlay(photo, (320, 192), heat, 32, regions, thresholds=THRESHOLDS)
    red, green, blue = overlay[150, 64].astype(int)
    assert red > 180
    assert 90 < green < 120
    assert blue < 20


def test_the_photo_handed_in_is_not_drawn_on() -> None:
    photo = np.full((64, 64, 3), 100, np.uint8)
    regions = [_make_region(1.0, (0, 0, 32, 32))]
    draw_overlay(photo, (64, 64), _spot(2, 2, (0, 0)), 32, regions, thresholds=THRESHOLDS)
    assert np.all(photo == 100)


@pytest.mark.parametrize("size_wh", [(700, 500), (5000, 3000), (7300, 40)])
def test_an_overview_gathered_from_windows_is_that_of_the_whole(size_wh: tuple[int, int]) -> None:
    ramp = (
        np.linspace(0, 255, size_wh[0])[None, :, None]
        + np.linspace(0, 9, size_wh[1])[:, None, None]
    )
    photo = np.clip(ramp, 0, 255).astype(np.uint8).repeat(3, axis=2)
    source = OverviewRecorder(LoadedPhoto(photo))
    for top in range(0, size_wh[1], 480):
        for left in range(0, size_wh[0], 672):
            source.read(left, top, min(left + 704, size_wh[0]), min(top + 512, size_wh[1]))
    difference = source.overview.astype(int) - make_overview(photo)
    assert np.abs(difference).max() <= 1
