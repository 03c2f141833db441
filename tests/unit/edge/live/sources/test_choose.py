"""From a text to a source: what it may be, and what is said of what it may not be."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.files.errors import InputError
from edge.live.sources.choose import choose_source
from edge.live.sources.drawn import DrawnSource
from edge.live.sources.folder import FolderSource
from edge.live.sources.picamera import PicameraSource
from edge.live.sources.stream import StreamSource
from edge.live.sources.v4l2 import V4l2Source
from edge.live.sources.video import VideoSource
from edge.photo.codec import write_photo
from tests.unit.edge.live.cameras_made import write_video
from tests.unit.edge.live.observations_made import plain_picture


@pytest.mark.parametrize(
    ("text", "kind", "name"),
    [
        ("0", V4l2Source, "/dev/video0"),
        ("12", V4l2Source, "/dev/video12"),
        ("/dev/video3", V4l2Source, "/dev/video3"),
        ("/dev/v4l/by-id/usb-cam", V4l2Source, "/dev/v4l/by-id/usb-cam"),
        ("picamera", PicameraSource, "picamera"),
        ("picamera:1", PicameraSource, "picamera:1"),
        ("rtsp://cam/path", StreamSource, "rtsp://cam/path"),
        ("rtsps://u:p@cam:322/path", StreamSource, "rtsps://cam:322/path"),
        ("http://cam/video?key=1", StreamSource, "http://cam/video"),
        ("https://[fe80::1]:8080/v", StreamSource, "https://[fe80::1]:8080/v"),
        ("drawn", DrawnSource, "drawn"),
    ],
)
def test_a_text_names_a_source(text: str, kind: type, name: str) -> None:
    source = choose_source(text)
    assert isinstance(source, kind)
    assert (source.name, source.is_live) == (name, True)


def test_files_are_no_cameras_unless_a_rate_is_given(tmp_path: Path) -> None:
    write_photo(tmp_path / "a.png", plain_picture(1))
    video = write_video(tmp_path / "a.avi", range(3))
    kinds = {tmp_path: FolderSource, tmp_path / "a.png": FolderSource, video: VideoSource}
    for path, kind in kinds.items():
        source = choose_source(str(path))
        assert isinstance(source, kind)
        assert source.name == str(path)
        assert not source.is_live
        assert choose_source(str(path), fps=5).is_live


def test_a_video_without_a_known_suffix_is_tried(tmp_path: Path) -> None:
    video = write_video(tmp_path / "a.avi", range(3)).rename(tmp_path / "a:b.dat")
    assert isinstance(choose_source(str(video)), VideoSource)


@pytest.mark.parametrize(
    "text", ["", "nonesuch", "nonesuch.mp4", "udp://cam", "picamera:x", "1234", "x" * 5000, "a\0b"]
)
def test_what_is_no_source_is_refused_with_what_is_possible(text: str) -> None:
    with pytest.raises(InputError, match=r"expected 0 or /dev/video0.*picamera.*rtsp.*drawn"):
        choose_source(text)


def test_a_folder_without_photos_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no photos in this folder"):
        choose_source(str(tmp_path))


@pytest.mark.parametrize("data", [b"", b"no video", b"RIFF\0\0\0\0AVI "])
def test_a_file_that_is_no_video_is_refused(data: bytes, tmp_path: Path) -> None:
    (tmp_path / "a.mp4").write_bytes(data)
    with pytest.raises(InputError, match=r"a\.mp4: cannot be read as a video"):
        choose_source(str(tmp_path / "a.mp4"))


@pytest.mark.parametrize(
    "address",
    [
        "rtsp://",
        "rtsp://user:sec/ret@cam/path",
        "rtsp://user:sec#ret@cam/path",
        "rtsp://user:secret?@cam/path",
        "rtsp://user:secret@cam:port/path",
        "http://user:secret@[cam/path",
    ],
)
def test_an_address_whose_password_could_be_shown_is_refused_without_showing_it(
    address: str,
) -> None:
    with pytest.raises(InputError, match=r"USER:PASSWORD@HOST") as caught:
        choose_source(address)
    assert "sec" not in str(caught.value)


@given(st.text(st.characters(codec="utf-8"), max_size=12))
def test_a_password_is_never_in_a_name_or_an_error(secret: str) -> None:
    marked = f"x{secret}XYZZY"
    try:
        shown = choose_source(f"rtsp://user:{marked}@cam/path?key={marked}").name
    except InputError as error:
        shown = str(error)
    assert "XYZZY" not in shown


@pytest.mark.parametrize("fps", [0, -1, 0.1, 1001, float("nan"), float("inf")])
def test_a_rate_out_of_range_is_refused(fps: float) -> None:
    with pytest.raises(InputError, match=r"--fps .*: expected 0\.2 to 1000 frames per second"):
        choose_source("drawn", fps=fps)


@pytest.mark.parametrize("size_wh", [(0, 0), (63, 100), (100, 20_000), (1920, 1081)])
def test_a_size_that_cannot_be_drawn_is_refused(size_wh: tuple[int, int]) -> None:
    with pytest.raises(InputError, match="px"):
        choose_source("drawn", size_wh=size_wh)


def test_options_that_mean_nothing_to_a_source_are_refused(tmp_path: Path) -> None:
    write_photo(tmp_path / "a.png", plain_picture(1))
    with pytest.raises(InputError, match="--loop is for videos and folders"):
        choose_source("0", loop=True)
    with pytest.raises(InputError, match="--size is for cameras"):
        choose_source(str(tmp_path), size_wh=(640, 480))
    with pytest.raises(InputError, match="--size is for cameras"):
        choose_source("rtsp://cam/path", size_wh=(640, 480))
    with pytest.raises(InputError, match="leave --fps out"):
        choose_source("rtsp://cam/path", fps=5)
