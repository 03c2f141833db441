"""``crack-edge cameras``: what the machine has, and whether it gives pictures."""

from __future__ import annotations

import json
import os
import struct
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result

from crack_edge.__main__ import main
from crack_edge.cameras import Camera, format_cameras, list_cameras, name_file
from edge.files.errors import EnvironmentLacksError
from edge.live.source import Shot, SourceLostError
from edge.live.sources.devices import (
    Abilities,
    VideoDevice,
    list_devices,
    query_device,
    read_abilities,
)
from edge.live.sources.trial import find_warning, try_source
from edge.photo.codec import read_photo, write_photo
from tests.unit.live.cameras_made import FakeSource, shots
from tests.unit.live.sights_made import plain_picture
from tests.unit.live.waiting import until


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


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, ["cameras", *map(str, arguments)])


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


def lack_picamera2() -> list[str]:
    raise EnvironmentLacksError("picamera2 is not installed")


def test_the_list_begins_each_line_with_what_source_takes() -> None:
    webcam = VideoDevice(Path("/dev/video8"), "HD Webcam", "uvcvideo", True, None)
    coder = VideoDevice(Path("/dev/video10"), "codec", "bcm2835-codec", False, "is a coder")
    cameras = list_cameras(devices=[webcam, coder], list_pi_cameras=lambda: ["imx708", "imx219"])
    assert format_cameras(cameras) == [
        "picamera      imx708",
        "picamera:1    imx219",
        "/dev/video8   HD Webcam",
        "/dev/video10  codec      is a coder",
    ]


def test_where_nothing_can_be_used_it_says_what_to_try() -> None:
    assert list_cameras(devices=[], list_pi_cameras=lack_picamera2) == []
    coder = Camera("/dev/video10", "codec", "is a coder")
    for cameras in ([], [coder]):
        first, *rest = format_cameras(cameras)
        assert first.startswith("no cameras found")
        assert "--source drawn" in first
        assert len(rest) == len(cameras)


def test_listing_is_no_failure_whatever_there_is() -> None:
    assert run().exit_code == 0
    answer = json.loads(run("--json").stdout)
    assert answer["test_shots"] == []
    assert isinstance(answer["cameras"], list)


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    striped = plain_picture(200, (320, 240))
    striped[::2] = 20
    write_photo(tmp_path / "photos" / "wall.png", striped)
    return tmp_path / "photos"


def test_a_test_shot_is_written_with_its_size_and_time(photos: Path, tmp_path: Path) -> None:
    result = run("--test-shot", tmp_path / "shots", "--source", photos)
    assert result.exit_code == 0, result.output
    (file,) = (tmp_path / "shots").iterdir()
    assert file.suffix == ".jpg"
    assert read_photo(file).shape == (240, 320, 3)
    assert f"{file}, 320 x 240 px, first frame after" in result.stdout
    assert "warning" not in result.stdout


def test_a_test_shot_does_not_replace_another_one_unless_told(photos: Path, tmp_path: Path) -> None:
    words = ("--test-shot", tmp_path / "shots", "--source", photos)
    assert run(*words).exit_code == 0
    refused = run(*words)
    assert refused.exit_code == 2
    assert "add --force" in refused.stderr
    assert run(*words, "--force").exit_code == 0


def test_a_black_picture_is_a_warning(tmp_path: Path) -> None:
    write_photo(tmp_path / "black.png", plain_picture(0, (32, 24)))
    words = ("--test-shot", tmp_path / "shots", "--source", tmp_path / "black.png", "--json")
    result = run(*words)
    assert result.exit_code == 0
    (shot,) = json.loads(result.stdout)["test_shots"]
    assert "lens covered" in shot["warning"]
    assert shot["size_wh"] == [32, 24]
    assert shot["error"] is None


def test_a_test_shot_that_fails_ends_with_1_and_the_reason(tmp_path: Path) -> None:
    result = run("--test-shot", tmp_path / "shots", "--source", "/dev/video99")
    assert result.exit_code == 1
    assert "/dev/video99: failed: no such device now" in result.stdout
    assert result.stderr.splitlines()[-1] == "Error: no test shot: /dev/video99"
    assert not (tmp_path / "shots").exists()


def test_a_source_that_is_none_is_bad_input(tmp_path: Path) -> None:
    result = run("--test-shot", tmp_path, "--source", "nonesuch")
    assert result.exit_code == 2
    assert "nonesuch: no such source" in result.stderr
    assert run("--source", "0").exit_code == 2


def test_a_camera_is_left_time_to_find_its_exposure() -> None:
    source = FakeSource()
    source.will_read(*shots(range(40, 80, 10)))
    trial = try_source(source, settle_s=0.2, stop_s=0)
    source.end()
    assert trial.picture[0, 0, 0] == 70
    assert trial.frames == 4
    until(lambda: source.closed == 1)


def test_photos_that_cannot_be_read_are_no_test_shot() -> None:
    source = FakeSource(is_live=False)
    source.will_open(SourceLostError("no photos there now"))
    with pytest.raises(SourceLostError, match="no photos there now"):
        try_source(source)


def test_a_camera_that_gives_nothing_is_no_test_shot() -> None:
    source = FakeSource()
    source.will_read(Shot(np.zeros((0, 0, 3), np.uint8)))
    with pytest.raises(SourceLostError, match="no frame in time"):
        try_source(source, first_frame_s=0.05, stop_s=0)
    source.end()


@pytest.mark.parametrize(
    ("level", "noise", "word"),
    [(0, 0, "black"), (8, 4, "black"), (128, 0, "one colour"), (128, 30, None), (10, 60, None)],
)
def test_a_warning_is_about_black_and_plain_pictures(
    level: int, noise: int, word: str | None
) -> None:
    rng = np.random.default_rng(1)
    noisy = np.clip(rng.normal(level, noise, (60, 80, 3)), 0, 255).astype(np.uint8)
    warning = find_warning(noisy)
    assert (warning is None) == (word is None)
    assert word is None or word in str(warning)


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("/dev/video0", "video0"),
        ("rtsp://10.0.0.2:554/ch/1", "rtsp-10-0-0-2-554-ch-1"),
        ("../..", "source"),
        ("picamera:1", "picamera-1"),
    ],
)
def test_a_file_is_named_after_its_source(source: str, name: str) -> None:
    assert name_file(source) == name
