"""A scan's px come whole where they fit and by windows where they do not, or not at all."""

from __future__ import annotations

import hashlib
import os
import sys
from datetime import datetime, timezone
from pathlib import Path

import numpy as np
import pytest

from edge.files.errors import PhotoError
from edge.photo.codec import read_photo
from edge.photo.source import LoadedPhoto, default_decoded_mb, open_source
from tests.unit.picture_bytes import (
    LONG,
    RATIONAL,
    SHORT,
    TEXT,
    draw_noise,
    encode,
    make_tiff,
    pack_tiff,
    png_of_size,
    put_exif_into_jpeg,
)

_PICTURE = draw_noise(48, 80)


def _put(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".tif", ".bmp", ".webp"])
def test_an_ordinary_photo_comes_whole(tmp_path: Path, suffix: str) -> None:
    path = _put(tmp_path / f"a{suffix}", encode(_PICTURE, suffix))
    with open_source(path, max_decoded_mb=10) as opened:
        assert isinstance(opened.source, LoadedPhoto)
        assert opened.rows_at_once is None
        assert opened.source.size_wh == (80, 48)
        assert np.array_equal(opened.source.read(0, 0, 80, 48), read_photo(path))


def test_boxes_of_a_loaded_photo_are_views() -> None:
    photo = LoadedPhoto(_PICTURE)
    box = photo.read(10, 20, 30, 25)
    assert np.array_equal(box, _PICTURE[20:25, 10:30])
    assert np.shares_memory(box, photo.photo)


def test_a_turned_photo_has_the_size_of_the_upright_one(tmp_path: Path) -> None:
    jpeg = put_exif_into_jpeg(encode(_PICTURE, ".jpg"), pack_tiff({274: (SHORT, [6])}))
    with open_source(_put(tmp_path / "a.jpg", jpeg), max_decoded_mb=None) as opened:
        assert opened.source.size_wh == (48, 80)


def test_the_bytes_of_the_file_are_told(tmp_path: Path) -> None:
    path = _put(tmp_path / "a.png", encode(_PICTURE, ".png"))
    written = int(datetime(2016, 6, 23, tzinfo=timezone.utc).timestamp()) * 10**9 + 5
    os.utime(path, ns=(written, written))
    with open_source(path, max_decoded_mb=None) as opened:
        assert opened.file.size_bytes == path.stat().st_size
        assert opened.file.mtime_ns == path.stat().st_mtime_ns
        assert opened.file.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


def test_time_and_place_are_told(tmp_path: Path) -> None:
    exif = pack_tiff(
        {},
        exif={0x9003: (TEXT, b"2016:06:23 16:32:43\0")},
        gps={1: (TEXT, b"S\0"), 2: (RATIONAL, [(46, 1), (30, 1), (0, 1)])},
    )
    path = _put(tmp_path / "a.jpg", put_exif_into_jpeg(encode(_PICTURE, ".jpg"), exif))
    with open_source(path, max_decoded_mb=None) as opened:
        assert (opened.camera.taken, opened.camera.latitude) == ("2016-06-23T16:32:43", -46.5)


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".bmp", ".webp"])
def test_a_photo_beyond_the_bound_is_refused_before_it_is_decoded(
    tmp_path: Path, suffix: str
) -> None:
    path = _put(tmp_path / f"a{suffix}", encode(draw_noise(400, 600), suffix))
    with (
        pytest.raises(
            PhotoError, match=r"600 x 400 px; to decode a .* MB of memory, and 1 MB are.*TILED=YES"
        ),
        open_source(path, max_decoded_mb=1),
    ):
        pass


def test_a_small_file_that_says_it_is_huge_is_refused_by_its_header(tmp_path: Path) -> None:
    path = _put(tmp_path / "bomb.png", png_of_size(30_000, 30_000))
    with (
        pytest.raises(
            PhotoError, match=r"bomb\.png: is 30000 x 30000 px.*5400 MB of memory, and 2000 MB are"
        ),
        open_source(path, max_decoded_mb=2000),
    ):
        pass


@pytest.mark.parametrize("bound", [None, 1.0])
def test_what_cannot_be_read_is_named(tmp_path: Path, bound: float | None) -> None:
    (tmp_path / "folder.jpg").mkdir()
    _put(tmp_path / "empty.jpg", b"")
    _put(tmp_path / "text.jpg", b"just a text")
    _put(tmp_path / "half.jpg", encode(_PICTURE, ".jpg")[:600])
    for name in ("gone.jpg", "folder.jpg", "empty.jpg", "text.jpg", "half.jpg"):
        with (
            pytest.raises(PhotoError, match=name),
            open_source(tmp_path / name, max_decoded_mb=bound),
        ):
            pass


@pytest.mark.skipif(sys.platform == "win32", reason="has no named pipes in folders")
def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.jpg")
    with (
        pytest.raises(PhotoError, match=r"pipe\.jpg: is not a regular file"),
        open_source(tmp_path / "pipe.jpg", max_decoded_mb=None),
    ):
        pass


@pytest.mark.parametrize(
    "data",
    [
        make_tiff(_PICTURE, big=True),
        make_tiff(np.dstack([_PICTURE, _PICTURE[:, :, :2]]), {338: (SHORT, [0, 0])}),
    ],
    ids=["BigTIFF", "five bands"],
)
def test_a_tiff_that_opencv_does_not_suit_comes_by_windows(tmp_path: Path, data: bytes) -> None:
    pytest.importorskip("rasterio")
    path = _put(tmp_path / "a.tif", data)
    with open_source(path, max_decoded_mb=100) as opened:
        assert not isinstance(opened.source, LoadedPhoto)
        assert opened.source.size_wh == (80, 48)
        assert np.array_equal(opened.source.read(10, 20, 30, 25), _PICTURE[20:25, 10:30])
        assert opened.file.sha256 == hashlib.sha256(data).hexdigest()
        assert opened.file.size_bytes == len(data)


def test_a_tiff_beyond_the_bound_comes_by_windows(tmp_path: Path) -> None:
    pytest.importorskip("rasterio")
    picture = draw_noise(400, 600)
    path = _put(tmp_path / "a.tif", make_tiff(picture))
    with open_source(path, max_decoded_mb=1) as opened:
        assert not isinstance(opened.source, LoadedPhoto)
        assert np.array_equal(opened.source.read(0, 0, 600, 400), picture)


def test_without_rasterio_the_command_that_installs_it_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "rasterio", None)  # as if it were not installed
    path = _put(tmp_path / "a.tif", make_tiff(_PICTURE, big=True))
    with (
        pytest.raises(PhotoError, match=r"a\.tif: .*pip install 'crack-edge\[geo\]'"),
        open_source(path, max_decoded_mb=None),
    ):
        pass


def test_decoding_may_take_half_of_the_memory_that_is_left(tmp_path: Path) -> None:
    (tmp_path / "proc").mkdir()
    (tmp_path / "proc/meminfo").write_text("MemTotal: 9000000 kB\nMemAvailable: 3000000 kB\n")
    assert default_decoded_mb(tmp_path) == pytest.approx(1500, rel=0.05)


def test_where_memory_is_unknown_decoding_may_take_two_gigabytes(tmp_path: Path) -> None:
    assert default_decoded_mb(tmp_path) == 2000


def test_the_preview_of_a_raw_picture_is_refused(tmp_path: Path) -> None:
    preview = make_tiff(_PICTURE, {254: (LONG, [1])})
    with (
        pytest.raises(PhotoError, match="a camera's raw picture"),
        open_source(_put(tmp_path / "raw.tif", preview), max_decoded_mb=None),
    ):
        pass
