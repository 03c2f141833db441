"""Small pictures for pages."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from edge.photo.codec import read_photo, write_photo
from edge.store.thumbnails import make_thumb_jpeg, make_thumbs


@pytest.mark.parametrize(
    ("size_wh", "expected"), [((320, 240), (160, 120)), ((64, 64), (64, 64)), ((900, 2), (160, 1))]
)
def test_a_thumb_keeps_its_shape_and_is_never_enlarged(
    tmp_path: Path, size_wh: tuple[int, int], expected: tuple[int, int]
) -> None:
    picture, thumb = tmp_path / "picture.png", tmp_path / "thumb.jpg"
    write_photo(picture, np.full((size_wh[1], size_wh[0], 3), (200, 100, 50), np.uint8))
    jpeg = make_thumb_jpeg(picture)
    assert jpeg is not None
    thumb.write_bytes(jpeg)
    found = read_photo(thumb)
    assert found.shape[1::-1] == expected
    assert found.mean(axis=(0, 1)) == pytest.approx((200, 100, 50), abs=4)


def test_a_picture_that_is_gone_has_no_thumb(tmp_path: Path) -> None:
    assert make_thumb_jpeg(tmp_path / "gone.jpg") is None


def test_of_a_photo_the_wanted_parts_are_shown(tmp_path: Path) -> None:
    photo, thumb = np.zeros((100, 200, 3), np.uint8), tmp_path / "thumb.jpg"
    photo[50:, 100:] = (200, 100, 50)
    write_photo(tmp_path / "photo.png", photo)
    bright, dark = (100, 50, 200, 100), (0, 0, 100, 50)
    parts = [(tmp_path / "photo.png", bright), (tmp_path / "photo.png", dark)]
    found = make_thumbs(parts)
    assert list(found) == parts
    for (_, box), expected in zip(parts, [(200, 100, 50), (0, 0, 0)], strict=True):
        jpeg = found[tmp_path / "photo.png", box]
        assert jpeg is not None
        thumb.write_bytes(jpeg)
        shown = read_photo(thumb)
        assert shown.shape == (50, 100, 3)
        assert shown.mean(axis=(0, 1)) == pytest.approx(expected, abs=4)


def test_a_part_outside_its_photo_has_no_thumb(tmp_path: Path) -> None:
    write_photo(tmp_path / "photo.png", np.zeros((10, 10, 3), np.uint8))
    part = (tmp_path / "photo.png", (20, 20, 30, 30))
    assert make_thumbs([part]) == {part: None}
