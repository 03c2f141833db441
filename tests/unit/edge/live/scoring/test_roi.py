"""A part of a frame is read from words and never leaves the frame."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.files.errors import InputError
from edge.live.scoring.roi import CENTER, parse_roi


@pytest.mark.parametrize(
    ("text", "box"),
    [
        ("0,0,100%,100%", (0, 0, 640, 480)),
        ("10%,0,90%,100%", (64, 0, 576, 480)),
        ("100, 20, 300, 400", (100, 20, 300, 400)),
        ("12.5%,0,320,9999", (80, 0, 320, 480)),
    ],
)
def test_px_and_shares_become_px_of_the_frame(text: str, box: tuple[int, int, int, int]) -> None:
    assert parse_roi(text).box((640, 480)) == box


@pytest.mark.parametrize(
    "text",
    [
        *("", "1,2,3", "1,2,3,4,5", "a,b,c,d", "-1,0,5,5", "5,0,5,9", "50%,0,40%,9", "0,0,101%,9"),
        *("0,9,9,9", "1e3,0,9,9", "0,0,nan,9", "0,0,0%,9", "٠,0,9,9"),
    ],
)
def test_what_is_no_part_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="expected center, or LEFT,UPPER,RIGHT,LOWER"):
        parse_roi(text)


def test_center_is_a_part_of_its_own() -> None:
    assert parse_roi("center") == CENTER


def test_a_part_outside_of_the_frame_is_refused_and_named() -> None:
    with pytest.raises(InputError, match=r"700,0,800,9.*640 x 480"):
        parse_roi("700,0,800,9").box((640, 480))


_SIDE = st.builds("{}{}".format, st.integers(0, 100), st.sampled_from(["", "%"]))


@given(st.tuples(_SIDE, _SIDE, _SIDE, _SIDE), st.integers(1, 3000), st.integers(1, 3000))
def test_a_box_is_inside_the_frame_and_not_empty(
    sides: tuple[str, str, str, str], width: int, height: int
) -> None:
    try:
        left, upper, right, lower = parse_roi(",".join(sides)).box((width, height))
    except (ValueError, InputError):
        return
    assert 0 <= left < right <= width
    assert 0 <= upper < lower <= height


@given(st.tuples(_SIDE, _SIDE, _SIDE, _SIDE))
def test_a_part_in_words_is_the_same_part_again(sides: tuple[str, str, str, str]) -> None:
    try:
        roi = parse_roi(",".join(sides))
    except ValueError:
        return
    assert parse_roi(str(roi)) == roi
