"""Pictures of what the loop saw."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.detect.regions import Region
from edge.live.scoring.observation import Observation
from edge.live.scoring.overlay import draw_no_picture, draw_observation
from tests.unit.edge.live.observations_made import make_observation

OUTLINE = ((((64, 32), (96, 32), (96, 64), (64, 64)),),)


def with_region(observation: Observation) -> Observation:
    return replace(observation, regions=[Region(0.99, (64, 32, 96, 64), 1024, outline=OUTLINE)])


@pytest.mark.parametrize(("longest_px", "size_wh"), [(320, (320, 240)), (9999, (640, 480))])
def test_it_is_as_large_as_was_asked_for_and_never_enlarged(
    longest_px: int, size_wh: tuple[int, int]
) -> None:
    picture = draw_observation(make_observation(0.2, size_wh=(640, 480)), longest_px=longest_px)
    assert picture.shape == (size_wh[1], size_wh[0], 3)
    assert picture.dtype == np.uint8


def test_the_frame_itself_is_left_as_it_was() -> None:
    observation = with_region(make_observation(size_wh=(640, 480)))
    before = observation.frame.picture.copy()
    draw_observation(observation, longest_px=640)
    assert np.array_equal(observation.frame.picture, before)


def test_a_crack_is_outlined_in_red_and_a_doubt_in_orange() -> None:
    observation = with_region(make_observation(size_wh=(640, 480)))
    assert tuple(draw_observation(observation, longest_px=640)[48, 64]) == (214, 20, 20)
    doubt = replace(observation, regions=[replace(observation.regions[0], score=0.6)])
    red, green, blue = draw_observation(doubt, longest_px=640)[48, 64]
    assert red > green > blue


def test_what_was_not_looked_at_is_dim() -> None:
    observation = replace(
        make_observation(0.01, size_wh=(640, 480)),
        box=(320, 0, 640, 480),
        heat=np.full((15, 10), 0.01, np.float32),
    )
    picture = draw_observation(observation, longest_px=640)
    assert picture[100, 100].max() < 100
    assert picture[100, 500].min() == 200


def test_regions_of_a_part_lie_where_they_are_in_the_frame() -> None:
    observation = with_region(make_observation(size_wh=(640, 480)))
    part = replace(observation, box=(32, 16, 640, 480), heat=np.zeros((15, 19), np.float32))
    picture = draw_observation(part, longest_px=640)
    assert tuple(picture[48, 64]) == tuple(picture[48, 96]) == (214, 20, 20)


def test_the_label_tells_an_event_by_its_colour() -> None:
    quiet, event = (
        draw_observation(make_observation(0.01, size_wh=(640, 480), event_id=name), longest_px=640)[
            -1, 2
        ]
        for name in (None, "e1")
    )
    assert tuple(quiet) == (70, 70, 70)
    assert tuple(event) == (214, 20, 20)


@given(
    st.tuples(st.integers(1, 300), st.integers(1, 300)),
    st.integers(16, 200),
    st.tuples(st.floats(0, 0.99), st.floats(0, 0.99)),
)
def test_any_size_and_any_part_can_be_drawn(
    size_wh: tuple[int, int], longest_px: int, corner: tuple[float, float]
) -> None:
    left, top = int(corner[0] * size_wh[0]), int(corner[1] * size_wh[1])
    observation = replace(
        make_observation(size_wh=size_wh),
        box=(left, top, *size_wh),
        heat=np.ones((10, 10), np.float32),
    )
    picture = draw_observation(observation, longest_px=longest_px)
    assert max(picture.shape[:2]) == min(longest_px, max(size_wh))


def test_a_card_says_why_there_is_no_picture() -> None:
    empty, card = (
        draw_no_picture((640, 360), ""),
        draw_no_picture((640, 360), "camera lost: no frame"),
    )
    assert card.shape == (360, 640, 3)
    assert np.ptp(empty) == 0
    assert card.max() == 255


@given(st.text(max_size=200), st.integers(1, 700), st.integers(1, 400))
def test_any_text_fits_any_card(text: str, width: int, height: int) -> None:
    assert draw_no_picture((width, height), text).shape == (height, width, 3)
