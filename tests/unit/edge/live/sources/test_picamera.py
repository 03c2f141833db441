"""The Raspberry Pi's own camera, by a picamera2 made here."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from edge.live.capture.source import SourceLostError
from edge.live.sources.picamera import PicameraSource, list_pi_cameras

BLUE_BGR = np.full((4, 6, 3), (250, 20, 10), np.uint8)


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
