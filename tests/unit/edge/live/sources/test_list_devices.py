"""Video devices are listed by number, and one that is not a camera says why."""

from __future__ import annotations

import os
import struct
from pathlib import Path

import pytest

from edge.live.sources.devices import Abilities, list_devices, query_device, read_abilities


def add_device(
    root: Path, number: int, name: str, *, index: int = 0, has_node: bool = True
) -> None:
    folder = root / f"sys/class/video4linux/video{number}"
    folder.mkdir(parents=True)
    (folder / "name").write_text(name + "\n")
    (folder / "index").write_text(f"{index}\n")
    (root / "dev").mkdir(exist_ok=True)
    if has_node:
        (root / f"dev/video{number}").touch()


def capability(driver: bytes, of_device: int, of_node: int) -> bytes:
    names = driver.ljust(16, b"\0") + b"Some camera".ljust(32, b"\0") + b"usb-1".ljust(32, b"\0")
    return names + struct.pack("=6I", 0x60000, of_device, of_node, 0, 0, 0)


@pytest.mark.parametrize(
    ("of_device", "of_node", "captures"),
    [
        (0x84A00001, 0x04200001, True),
        (0x84A00001, 0x04A00000, False),
        (0x84201000, 0x04201000, True),
        (0x84208000, 0x04208000, False),
        (0x84204000, 0x04204000, False),
        (0x04000001, 0, True),
    ],
    ids=["USB", "its metadata", "multiplanar", "coder", "coder, multiplanar", "old driver"],
)
def test_a_camera_is_what_can_capture_by_this_very_node(
    of_device: int, of_node: int, captures: bool
) -> None:
    found = read_abilities(capability(b"uvcvideo", of_device, of_node))
    assert found == Abilities("uvcvideo", captures)


def test_what_is_no_video_device_cannot_be_asked(tmp_path: Path) -> None:
    assert query_device(Path("/dev/null")) is None
    assert query_device(tmp_path / "video0") is None


def test_devices_come_by_number_with_the_reason_why_one_is_no_source(tmp_path: Path) -> None:
    for number, name in {10: "bcm2835-codec", 0: "HD Webcam", 1: "HD Webcam", 2: "unicam"}.items():
        add_device(tmp_path, number, name)
    answers = {
        "video0": Abilities("uvcvideo", True),
        "video1": Abilities("uvcvideo", False),
        "video2": Abilities("unicam", True),
        "video10": Abilities("bcm2835-codec", False),
    }
    devices = list_devices(root=tmp_path, query=lambda path: answers[path.name])
    assert [device.path.name for device in devices] == list(answers)
    assert devices[0].obstacle is None
    assert "gives no pictures" in str(devices[1].obstacle)
    assert "--source picamera" in str(devices[2].obstacle)
    assert "--source picamera" in str(devices[3].obstacle)


def test_a_device_that_cannot_be_asked_goes_by_what_the_system_says(tmp_path: Path) -> None:
    add_device(tmp_path, 0, "HD Webcam")
    add_device(tmp_path, 1, "HD Webcam", index=1)
    add_device(tmp_path, 2, "Other", has_node=False)
    devices = list_devices(root=tmp_path, query=lambda _: None)
    assert [device.captures for device in devices] == [None, None, None]
    assert devices[0].obstacle is None
    assert "not the first node" in str(devices[1].obstacle)
    assert "docker run --device" in str(devices[2].obstacle)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may open everything")
def test_a_device_of_another_user_is_named_with_the_remedy(tmp_path: Path) -> None:
    add_device(tmp_path, 0, "HD Webcam")
    (tmp_path / "dev/video0").chmod(0)
    (device,) = list_devices(root=tmp_path)
    assert "usermod -aG video" in str(device.obstacle)


def test_a_machine_without_video_has_no_devices(tmp_path: Path) -> None:
    assert list_devices(root=tmp_path) == []
