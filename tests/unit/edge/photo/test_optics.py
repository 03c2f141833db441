"""The focal length in px comes from the surest of what a file says, and from nothing odd."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.photo.optics import Lens, find_focal_px


def test_a_calibrated_focal_length_counts_first() -> None:
    lens = Lens("DJI FC6310R", 8.8, 24, calibrated_px=3666.67, calibrated_wh=(5472, 3648))
    found = find_focal_px(lens, (5472, 3648))
    assert found == (3666.67, "calibrated focal length (XMP)")


def test_a_calibrated_focal_length_shrinks_with_the_photo() -> None:
    lens = Lens(calibrated_px=3666.67, calibrated_wh=(5472, 3648))
    assert find_focal_px(lens, (2736, 1824))[0] == pytest.approx(1833.335)


def test_a_calibration_for_another_part_of_the_sensor_does_not_count() -> None:
    lens = Lens(focal_35mm=24, calibrated_px=3666.67, calibrated_wh=(5472, 3648))
    assert find_focal_px(lens, (4000, 4000))[1] == "35 mm equivalent focal length (EXIF)"


def test_a_calibration_for_another_lens_does_not_count() -> None:
    # A zoom at 200 mm whose file tells the designed focal length of its short end.
    lens = Lens(focal_35mm=200, calibrated_px=3666.67)
    assert find_focal_px(lens, (4000, 3000))[1] == "35 mm equivalent focal length (EXIF)"


def test_the_resolution_of_the_sensor_gives_px() -> None:
    # 8.8 mm, 5,472 px on 13.2 mm: 414.55 px on each mm, 3,648 px.
    lens = Lens(focal_mm=8.8, focal_35mm=24, px_per_mm=5472 / 13.2, recorded_wh=(5472, 3648))
    found = find_focal_px(lens, (5472, 3648))
    assert found == (pytest.approx(3648), "focal length and sensor resolution (EXIF)")
    assert find_focal_px(lens, (1368, 912))[0] == pytest.approx(912)


@pytest.mark.parametrize("size_wh", [(4000, 3000), (4000, 2250), (3000, 4000)])
def test_the_width_of_a_known_sensor_is_that_of_the_photo_s_long_side(
    size_wh: tuple[int, int],
) -> None:
    # 3.61 mm of a sensor of 6.17 mm under 4,000 px: 3.61 / 6.17 * 4000 = 2340.36 px.
    found = find_focal_px(Lens("DJI FC300S", 3.61, 20), size_wh)
    assert found == (
        pytest.approx(2340.357, abs=1e-3),
        "focal length (EXIF) and a sensor width of 6.17 mm",
    )


def test_a_small_photo_of_a_known_camera_is_from_its_thermal_sensor() -> None:
    lens = Lens("DJI M30T", 9.1, 40)
    assert find_focal_px(lens, (640, 512))[1] == "35 mm equivalent focal length (EXIF)"


def test_a_known_camera_with_another_lens_goes_by_the_35_mm_equivalent() -> None:
    lens = Lens("DJI M3T", 4.4, 162)
    assert find_focal_px(lens, (4000, 3000))[0] == pytest.approx(162 / 43.2666 * 5000, rel=1e-4)


@pytest.mark.parametrize(
    ("size_wh", "expected"),
    [
        # By the diagonal of film, 43.27 mm; the photo's is 5,000 px: 24 / 43.2666 * 5000.
        ((4000, 3000), 2773.5),
        ((3000, 4000), 2773.5),
        # 3:2, a diagonal of 7,211.1 px.
        ((6000, 4000), 4000.0),
        # 16:9 is cut from 4:3 of the same width.
        ((4000, 2250), 2773.5),
    ],
)
def test_the_35_mm_equivalent_goes_by_the_diagonal(
    size_wh: tuple[int, int], expected: float
) -> None:
    found = find_focal_px(Lens(focal_35mm=24), size_wh)
    assert found == (pytest.approx(expected, rel=1e-4), "35 mm equivalent focal length (EXIF)")


def test_digital_zoom_multiplies_and_is_told() -> None:
    lens = Lens("DJI M3E", 12.29, 24, zoom=2.0)
    focal_px, words = find_focal_px(lens, (5280, 3956))
    assert focal_px == pytest.approx(2 * 12.29 / 17.3 * 5280)
    assert words == "focal length (EXIF) and a sensor width of 17.3 mm, digital zoom 2x"


def test_a_35_mm_equivalent_with_digital_zoom_may_mean_two_things_and_does_not_count() -> None:
    assert find_focal_px(Lens("Phone", 4.2, 52, zoom=2.0), (4000, 3000)) == (None, None)


def test_without_a_size_the_one_at_which_it_was_taken_counts() -> None:
    lens = Lens(focal_35mm=24, recorded_wh=(4000, 3000))
    assert find_focal_px(lens, None)[0] == pytest.approx(2773.5, rel=1e-4)
    assert find_focal_px(Lens(focal_35mm=24), None) == (None, None)


def test_of_a_photo_that_was_cut_the_focal_length_is_unknown() -> None:
    lens = Lens("DJI FC300S", 3.61, 20, recorded_wh=(4000, 3000))
    assert find_focal_px(lens, (3000, 3000)) == (None, None)
    assert find_focal_px(lens, (2000, 1500))[0] == pytest.approx(2340.357 / 2, abs=1e-3)
    assert find_focal_px(lens, (1500, 2000))[0] == pytest.approx(2340.357 / 2, abs=1e-3)


@pytest.mark.parametrize(
    "lens",
    [
        Lens(),
        Lens("DJI FC300S"),
        Lens("Unheard of", focal_mm=4.0),
        Lens(calibrated_px=10.0),
        Lens(calibrated_px=1e7),
    ],
    ids=str,
)
def test_what_is_missing_or_absurd_gives_no_focal_length(lens: Lens) -> None:
    assert find_focal_px(lens, (4000, 3000)) == (None, None)


def test_a_photo_that_could_not_be_read_has_no_focal_length() -> None:
    assert find_focal_px(Lens(focal_35mm=24), (0, 0)) == (None, None)


_POSITIVE = st.none() | st.floats(1e-3, 1e6)
_SIZES = st.tuples(st.integers(1, 100_000), st.integers(1, 100_000))


@given(
    lens=st.builds(
        Lens,
        model=st.sampled_from(["DJI FC300S", None]),
        focal_mm=_POSITIVE,
        focal_35mm=_POSITIVE,
        px_per_mm=_POSITIVE,
        recorded_wh=st.none() | _SIZES,
        zoom=st.floats(1, 100),
        calibrated_px=_POSITIVE,
        calibrated_wh=st.none() | _SIZES,
    ),
    size_wh=_SIZES,
)
def test_any_facts_give_a_finite_focal_length_and_words_or_neither(
    lens: Lens, size_wh: tuple[int, int]
) -> None:
    focal_px, words = find_focal_px(lens, size_wh)
    assert (focal_px is None) == (words is None)
    assert focal_px is None or (math.isfinite(focal_px) and focal_px > 0)
    assert (focal_px, words) == find_focal_px(lens, (size_wh[1], size_wh[0]))
