"""The doctor's words about cameras, with devices that are not at hand."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from edge.doctor.cameras import check_cameras
from edge.doctor.check import Check
from edge.doctor.user import User
from edge.live.sources.devices import Abilities, VideoDevice, list_devices

_PI = User("pi", frozenset({"pi"}), frozenset({"pi"}))
_PART = "is part of the Raspberry Pi's own camera or coder: --source picamera"


def make_device(folder: Path, number: int, *, is_there: bool = True, **changes: Any) -> VideoDevice:
    path = folder / f"video{number}"
    if is_there:
        path.touch()
    facts: dict[str, Any] = {
        "name": f"Camera {number}",
        "driver": "uvcvideo",
        "captures": True,
        "obstacle": None,
    }
    return VideoDevice(path=path, **facts | changes)


def make_closed(folder: Path, number: int) -> VideoDevice:
    """Return a device that cannot be asked, as ``list_devices`` gives it."""
    obstacle = "may not be opened by this user"
    return make_device(folder, number, driver=None, captures=None, obstacle=obstacle)


def look(devices: Sequence[VideoDevice], user: User = _PI, **changes: Any) -> Check:
    facts: dict[str, Any] = {
        "own": None,
        "system": "Linux",
        "is_pi": False,
        "may_open": lambda device: False,
    }
    return check_cameras(devices, user, **facts | changes)


def test_cameras_are_named_by_what_source_takes(tmp_path: Path) -> None:
    devices = [make_device(tmp_path, 0), make_device(tmp_path, 2)]
    check = look(devices, own=["imx708", "imx219"])
    assert check.state == "ok"
    assert check.found == (
        f"picamera (imx708), picamera:1 (imx219), {tmp_path}/video0 (Camera 0), "
        f"{tmp_path}/video2 (Camera 2)"
    )
    assert check.facts["cameras"][0] == {"source": "picamera", "name": "imx708"}


def test_a_device_that_is_no_source_is_no_camera(tmp_path: Path) -> None:
    devices = [make_device(tmp_path, 0, driver="bcm2835-codec", captures=False, obstacle=_PART)]
    check = look(devices, is_pi=True)
    assert (check.state, check.found) == ("optional", "none found")
    (other,) = check.facts["others"]
    assert (other["source"], other["obstacle"]) == (f"{tmp_path}/video0", _PART)


def test_a_camera_that_gives_no_answer_but_may_be_opened_is_one(tmp_path: Path) -> None:
    busy = make_device(tmp_path, 0, driver=None, captures=None)
    assert look([busy], may_open=lambda device: True).state == "ok"


@pytest.mark.parametrize(
    ("user", "remedy"),
    [
        (_PI, "sudo usermod --append --groups video pi, then log out and in again"),
        (
            User("pi", frozenset({"pi"}), frozenset({"pi", "video"})),
            "log out and in again: pi joined the group video after logging in",
        ),
        (User("pi", frozenset({"video"}), frozenset({"video"})), "--group-add video"),
    ],
    ids=["not in the group", "since this login", "in the group"],
)
def test_a_device_that_this_user_may_not_open_is_a_warning(
    tmp_path: Path, user: User, remedy: str
) -> None:
    check = look([make_closed(tmp_path, 0)], user)
    assert check.state == "warning"
    assert check.found == f"pi may not open {tmp_path}/video0 (Camera 0)"
    assert check.remedy.endswith(remedy)
    assert check.facts["closed"] == [f"{tmp_path}/video0"]


def test_many_closed_devices_are_counted_and_open_ones_still_named(tmp_path: Path) -> None:
    closed = [make_closed(tmp_path, number) for number in (10, 11, 12)]
    check = look([make_device(tmp_path, 0), *closed])
    assert check.state == "warning"
    assert check.found == (
        f"{tmp_path}/video0 (Camera 0); pi may not open {tmp_path}/video10 (Camera 10) and 2 more"
    )


@pytest.mark.parametrize(
    ("changes", "words", "others"),
    [
        ({}, ["plug in a USB camera", "rtsp://"], ["rpicam-hello"]),
        ({"is_pi": True}, ["plug in a USB camera", "rpicam-hello", "picamera2"], []),
        ({"is_pi": True, "own": []}, ["plug in a USB camera", "rpicam-hello"], ["picamera2"]),
        ({"system": "Darwin"}, ["on Linux only", "rtsp://"], ["plug in"]),
    ],
)
def test_without_a_camera_the_remedy_fits_the_machine(
    changes: dict[str, Any], words: list[str], others: list[str]
) -> None:
    check = look([], **changes)
    assert (check.state, check.found) == ("optional", "none found")
    assert all(word in check.remedy for word in words)
    assert not any(word in check.remedy for word in others)


def test_a_device_that_a_container_does_not_show_is_named(tmp_path: Path) -> None:
    obstacle = "is not visible here; in a container: docker run --device"
    hidden = make_device(tmp_path, 0, is_there=False, driver=None, captures=None, obstacle=obstacle)
    check = look([hidden])
    assert check.state == "optional"
    assert check.found == f"none found; not visible here: {tmp_path}/video0 (Camera 0)"
    assert f"docker run --device {tmp_path}/video0" in check.remedy


def test_what_the_list_of_devices_says_is_understood(tmp_path: Path) -> None:
    for number, name in ((0, "HD Webcam"), (1, "HD Webcam"), (10, "bcm2835-codec-decode")):
        node = tmp_path / f"sys/class/video4linux/video{number}"
        node.mkdir(parents=True)
        (node / "name").write_text(name + "\n", encoding="utf-8")
        (tmp_path / "dev").mkdir(exist_ok=True)
        (tmp_path / f"dev/video{number}").touch()
    answers = {
        "video0": Abilities("uvcvideo", True),
        "video1": Abilities("uvcvideo", False),
        "video10": Abilities("bcm2835-codec", False),
    }
    devices = list_devices(root=tmp_path, query=lambda path: answers[path.name])
    check = look(devices, is_pi=True)
    assert (check.state, check.found) == ("ok", f"{tmp_path}/dev/video0 (HD Webcam)")
