"""A camera of V4L2, by a stand-in for its driver."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from edge.live.capture.source import BadFrameError, SourceLostError
from edge.live.sources.opencv import to_rgb
from edge.live.sources.v4l2 import V4l2Source
from tests.unit.edge.live.cameras_made import FakeReader

BLUE_BGR = np.full((4, 6, 3), (250, 20, 10), np.uint8)


@pytest.fixture
def device(tmp_path: Path) -> Path:
    (tmp_path / "video0").touch()
    return tmp_path / "video0"


def source_of(device: Path, reader: FakeReader, **options: Any) -> V4l2Source:
    def open_reader(address: str, backend: int, properties: Mapping[int, int]) -> FakeReader:
        assert (address, backend) == (str(device), cv2.CAP_V4L2)
        return reader

    return V4l2Source(device, open_reader=open_reader, **options)


def test_a_camera_is_asked_for_mjpg_first_and_for_one_buffer(device: Path) -> None:
    reader = FakeReader()
    source_of(device, reader, size_wh=(640, 480), fps=15).open()
    assert reader.was_set == [
        (cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*"MJPG")),
        (cv2.CAP_PROP_FRAME_WIDTH, 640),
        (cv2.CAP_PROP_FRAME_HEIGHT, 480),
        (cv2.CAP_PROP_FPS, 15),
        (cv2.CAP_PROP_BUFFERSIZE, 1),
    ]


def test_a_frame_comes_as_rgb_in_memory_of_its_own(device: Path) -> None:
    source = source_of(device, FakeReader((True, BLUE_BGR)))
    source.open()
    picture = source.read().picture
    assert (picture == (10, 20, 250)).all()
    assert not np.shares_memory(picture, BLUE_BGR)


@pytest.mark.parametrize(
    ("picture", "expected"),
    [
        (np.full((4, 6), 9, np.uint8), (9, 9, 9)),
        (np.full((4, 6, 1), 9, np.uint8), (9, 9, 9)),
        (np.full((4, 6, 4), (3, 2, 1, 0), np.uint8), (1, 2, 3)),
    ],
)
def test_grey_and_alpha_become_rgb(picture: np.ndarray, expected: tuple[int, int, int]) -> None:
    assert to_rgb(picture).shape == (4, 6, 3)
    assert (to_rgb(picture) == expected).all()


@pytest.mark.parametrize(
    "garbage",
    [
        None,
        np.zeros((4, 6, 3), np.float32),
        np.zeros((4, 6, 3), np.uint16),
        np.zeros((4, 6, 2), np.uint8),
        np.zeros((0, 6, 3), np.uint8),
        np.zeros((2, 4, 6, 3), np.uint8),
        np.zeros(5, np.uint8),
        b"bytes",
    ],
)
def test_garbage_of_a_driver_is_a_bad_answer(device: Path, garbage: object) -> None:
    source = source_of(device, FakeReader((True, garbage)))
    source.open()
    with pytest.raises(BadFrameError, match="the source returned"):
        source.read()


def test_an_error_of_opencv_is_a_bad_answer(device: Path) -> None:
    source = source_of(device, FakeReader(cv2.error("corrupt JPEG")))
    source.open()
    with pytest.raises(BadFrameError, match="could not decode"):
        source.read()


def test_no_frame_is_a_loss_and_closing_gives_the_device_back_once(device: Path) -> None:
    reader = FakeReader((False, None))
    source = source_of(device, reader)
    source.open()
    with pytest.raises(SourceLostError, match="unplugged"):
        source.read()
    source.close()
    source.close()
    assert reader.released == 1


def test_a_device_that_is_not_there_is_lost_and_not_opened(tmp_path: Path) -> None:
    with pytest.raises(SourceLostError, match="no such device; `crack-edge doctor`"):
        source_of(tmp_path / "video9", FakeReader()).open()


def test_a_device_that_does_not_open_is_lost_and_given_back(device: Path) -> None:
    reader = FakeReader(is_open=False)
    with pytest.raises(SourceLostError, match="another program"):
        source_of(device, reader).open()
    assert reader.released == 1


def test_a_device_without_a_camera_behind_it_is_lost() -> None:
    source = V4l2Source(Path("/dev/null"))
    with pytest.raises(SourceLostError, match="not a camera"):
        source.open()
