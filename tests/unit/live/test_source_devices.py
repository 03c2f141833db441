"""V4L2 and the Pi's camera, by stand-ins for their drivers."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import cv2
import numpy as np
import pytest

from edge.live.source import SourceLostError
from edge.live.sources.bad_shot import BadShotError
from edge.live.sources.held import Held
from edge.live.sources.opencv import to_rgb
from edge.live.sources.picamera import PicameraSource, list_pi_cameras
from edge.live.sources.v4l2 import V4l2Source
from tests.unit.live.cameras_made import FakeReader

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
    with pytest.raises(BadShotError, match="the source gave"):
        source.read()


def test_an_error_of_opencv_is_a_bad_answer(device: Path) -> None:
    source = source_of(device, FakeReader(cv2.error("corrupt JPEG")))
    source.open()
    with pytest.raises(BadShotError, match="could not decode"):
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
    with pytest.raises(SourceLostError, match="no such device now"):
        source_of(tmp_path / "video9", FakeReader()).open()


def test_a_device_that_does_not_open_is_lost_and_given_back(device: Path) -> None:
    reader = FakeReader(is_open=False)
    with pytest.raises(SourceLostError, match="another program"):
        source_of(device, reader).open()
    assert reader.released == 1


def test_a_device_without_a_camera_behind_it_is_lost() -> None:
    source = V4l2Source(Path("/dev/null"))
    with pytest.raises(SourceLostError, match="no camera"):
        source.open()


def test_who_comes_back_late_from_opening_does_not_take_what_another_one_holds() -> None:
    closed: list[str] = []
    held = Held(closed.append)

    def open_slowly() -> str:
        held.open(lambda: "second")
        return "first"

    with pytest.raises(SourceLostError, match="opened anew"):
        held.open(open_slowly)
    assert held.get() == "second"
    assert closed == ["first"]


def test_what_a_thread_hangs_in_is_not_closed_under_it() -> None:
    closed: list[str] = []
    held = Held(closed.append)
    held.open(lambda: "hung")
    held.open(lambda: "fresh")
    held.close()
    assert closed == ["fresh"]


class FakePicamera:
    """Stands in for picamera2.Picamera2."""

    def __init__(self, number: int) -> None:
        if number > 1:
            raise RuntimeError("Camera __init__ sequence did not complete.")
        self.did: list[object] = []
        self.fault: Exception | None = None
        made.append(self)

    @staticmethod
    def global_camera_info() -> list[dict[str, Any]]:
        return [
            {"Model": "imx708", "Id": "/base/soc/i2c0mux/i2c@1/imx708@1a"},
            {"Model": "imx219", "Id": "/base/soc/i2c0mux/i2c@0/imx219@10"},
            {"Model": "HD Webcam", "Id": "/base/scb/pcie@7d500000/usb@0,0-1:1.0-046d"},
        ]

    def create_video_configuration(self, **options: Any) -> dict[str, Any]:
        return options

    def configure(self, options: dict[str, Any]) -> None:
        self.did.append(options)

    def start(self) -> None:
        if self.fault:
            raise self.fault

    def capture_array(self, stream: str, *, wait: bool) -> str:
        assert not wait
        return stream

    def wait(self, job: str, timeout: float) -> np.ndarray:
        assert 0 < timeout < 10
        if self.fault:
            raise self.fault
        return BLUE_BGR

    def close(self) -> None:
        self.did.append("closed")


made: list[FakePicamera] = []


def load() -> Any:
    made.clear()
    return SimpleNamespace(Picamera2=FakePicamera)


def fail_to_load() -> Any:
    raise ImportError("No module named 'picamera2'")


def test_the_pis_camera_gives_rgb_though_its_format_is_named_backwards() -> None:
    source = PicameraSource(load=load, size_wh=(640, 480), fps=10)
    source.open()
    assert (source.read().picture == (10, 20, 250)).all()
    (options,) = made[0].did
    assert options["main"] == {"size": (640, 480), "format": "RGB888"}
    assert options["controls"] == {"FrameRate": 10}
    source.close()
    assert made[0].did[-1] == "closed"


@pytest.mark.parametrize("fault", [TimeoutError(), RuntimeError("front end timed out")])
def test_a_frame_of_the_pis_camera_that_does_not_come_is_a_loss(fault: Exception) -> None:
    source = PicameraSource(load=load)
    source.open()
    made[0].fault = fault
    with pytest.raises(SourceLostError):
        source.read()


def test_a_pi_camera_that_is_not_there_is_lost() -> None:
    with pytest.raises(SourceLostError, match="rpicam-hello"):
        PicameraSource(5, load=load).open()


def test_without_picamera2_the_apt_command_is_said() -> None:
    source = PicameraSource(load=fail_to_load)
    with pytest.raises(
        SourceLostError, match=r"apt install -y python3-picamera2.*--system-site-packages"
    ):
        source.open()


def test_only_the_pis_own_cameras_are_numbered() -> None:
    assert list_pi_cameras(load) == ["imx708", "imx219"]
