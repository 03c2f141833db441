"""Windows of a TIFF hold the same px as the TIFF read whole."""

from __future__ import annotations

import logging
import os
import threading
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.files.errors import PhotoError
from edge.photo.chunks import read_from
from edge.photo.codec import read_photo
from edge.photo.raster import open_raster
from edge.photo.tiff import open_tiff
from tests.unit.picture_bytes import DOUBLE, LONG, SHORT, TEXT, draw_noise, encode, make_tiff

rasterio = pytest.importorskip("rasterio")

_PICTURE = draw_noise(150, 210)
_16_BITS = _PICTURE.astype(np.uint16) * 251 + 7


def _put(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


def _write(path: Path, picture: np.ndarray, **options: Any) -> Path:
    """Write a TIFF with GDAL, in tiles of 64 px unless told otherwise."""
    options = {"tiled": True, "blockxsize": 64, "blockysize": 64, "photometric": "RGB"} | options
    height, width, count = picture.shape
    shape = {"width": width, "height": height, "count": count, "dtype": picture.dtype}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", rasterio.errors.NotGeoreferencedWarning)
        with rasterio.open(path, "w", driver="GTiff", **shape, **options) as file:
            file.write(np.moveaxis(picture, -1, 0))
    return path


def _read_all(path: Path) -> np.ndarray:
    with open_raster(path) as raster:
        return raster.read(0, 0, *raster.size_wh)


@given(data=st.data())
def test_a_window_is_the_part_of_the_whole(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    path = tmp_path_factory.getbasetemp() / "windows.tif"
    if not path.exists():
        _write(path, _PICTURE, compress="deflate")
    left = data.draw(st.integers(0, 209))
    top = data.draw(st.integers(0, 149))
    right = data.draw(st.integers(left + 1, 210))
    bottom = data.draw(st.integers(top + 1, 150))
    with open_raster(path) as raster:
        found = raster.read(left, top, right, bottom)
    assert found.dtype == np.uint8
    assert np.array_equal(found, _PICTURE[top:bottom, left:right])


@pytest.mark.parametrize(
    "box", [(-1, 0, 5, 5), (0, 0, 211, 5), (5, 5, 5, 9), (0, 9, 5, 5), (0, 0, 5, 151)]
)
def test_a_window_outside_the_photo_is_misuse(tmp_path: Path, box: tuple[int, ...]) -> None:
    path = _put(tmp_path / "a.tif", make_tiff(_PICTURE))
    with open_raster(path) as raster, pytest.raises(ValueError, match="does not lie inside"):
        raster.read(*box)


_GREY = _PICTURE[:, :, :1]
_RGBA = np.dstack([_PICTURE, _PICTURE[:, :, 0]])
_PALETTE = (np.random.default_rng(2).integers(0, 256, 768) * 257).tolist()


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(make_tiff(_PICTURE), id="RGB"),
        pytest.param(make_tiff(_PICTURE, order=">"), id="big-endian"),
        pytest.param(make_tiff(_PICTURE, big=True), id="BigTIFF"),
        pytest.param(make_tiff(_RGBA), id="alpha"),
        pytest.param(make_tiff(_RGBA, {338: (SHORT, [1])}), id="multiplied alpha"),
        pytest.param(make_tiff(_GREY), id="grey"),
        pytest.param(make_tiff(_GREY, {262: (SHORT, [0])}), id="inverted grey"),
        pytest.param(make_tiff(np.dstack([_GREY, _GREY // 2])), id="grey and alpha"),
        pytest.param(make_tiff(_GREY, {262: (SHORT, [3]), 320: (SHORT, _PALETTE)}), id="palette"),
        pytest.param(make_tiff(_16_BITS), id="16 bits"),
        pytest.param(make_tiff(_16_BITS, order=">"), id="16 bits big-endian"),
        pytest.param(make_tiff(_16_BITS[:, :, :1]), id="16 bits grey"),
        pytest.param(
            make_tiff(_16_BITS[:, :, :1], {262: (SHORT, [0])}), id="16 bits inverted grey"
        ),
        pytest.param(encode(_PICTURE, ".tif"), id="LZW"),
    ],
)
def test_every_kind_of_tiff_reads_as_it_reads_whole(tmp_path: Path, data: bytes) -> None:
    path = _put(tmp_path / "a.tif", data)
    assert np.array_equal(_read_all(path), read_photo(path))


@pytest.mark.parametrize(
    "options",
    [
        {"compress": "deflate", "predictor": 2},
        {"compress": "lzw", "interleave": "band"},
        {"compress": "zstd"},
        {"tiled": False, "blockysize": 7, "compress": "deflate"},
        {"BIGTIFF": "YES"},
    ],
    ids=str,
)
def test_every_layout_gives_the_same_px(tmp_path: Path, options: dict[str, Any]) -> None:
    assert np.array_equal(_read_all(_write(tmp_path / "a.tif", _PICTURE, **options)), _PICTURE)


def test_jpeg_in_a_tiff_reads_as_rgb(tmp_path: Path) -> None:
    options = {"compress": "jpeg", "photometric": "YCBCR", "jpeg_quality": 95}
    found = _read_all(_write(tmp_path / "a.tif", _PICTURE, **options))
    assert np.abs(found.astype(int) - _PICTURE).mean() < 5


def test_red_green_and_blue_are_found_among_other_bands(tmp_path: Path) -> None:
    five = np.dstack([_PICTURE, _GREY // 2, _GREY // 3])
    assert np.array_equal(_read_all(_write(tmp_path / "a.tif", five)), _PICTURE)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (encode(_PICTURE, ".png"), "is a PNG; only a TIFF"),
        (make_tiff(_PICTURE.astype(np.float32), {339: (SHORT, [3] * 3)}), "holds float numbers"),
        (make_tiff(_RGBA, {262: (SHORT, [5])}), "is in CMYK"),
        (make_tiff(_PICTURE, {274: (SHORT, [6])}), "orientation tag is 6, expected 1"),
        (make_tiff(np.dstack([_GREY, _GREY]), {338: (SHORT, [0])}), "2 bands.*PHOTOMETRIC=RGB"),
        (make_tiff(_GREY, {262: (SHORT, [3])}), "its palette is missing|cannot be opened"),
        (make_tiff(_16_BITS // 16), "uses only the lowest quarter.*gdal_translate -ot Byte -scale"),
        (make_tiff(_PICTURE)[:40_000], "truncated"),
        (make_tiff(_PICTURE, {273: (LONG, [90_000])}), "the TIFF is truncated"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_windows_cannot_give_is_refused_by_name(
    tmp_path: Path, data: bytes, words: str
) -> None:
    path = _put(tmp_path / "wall.tif", data)
    with pytest.raises(PhotoError, match=rf"wall\.tif: .*({words})"), open_raster(path):
        pass


def test_tiles_that_would_break_the_bound_on_memory_are_refused(tmp_path: Path) -> None:
    sides = {322: (LONG, [5120]), 323: (LONG, [5120])}
    place = {324: (LONG, [16]), 325: (LONG, [_PICTURE.size])}
    path = _put(tmp_path / "a.tif", make_tiff(_PICTURE, sides | place))
    with pytest.raises(PhotoError, match="blocks of 5120 x 5120 px, 79 MB each"), open_raster(path):
        pass


def test_strips_that_would_break_the_bound_on_memory_are_refused(tmp_path: Path) -> None:
    path = _put(
        tmp_path / "a.tif", make_tiff(_PICTURE, {259: (SHORT, [8]), 279: (LONG, [70_000_000])})
    )
    os.truncate(path, 80_000_000)  # sparse
    with pytest.raises(PhotoError, match=r"blocks of up to 70 MB.*TILED=YES"), open_raster(path):
        pass


def test_16_bits_that_are_bright_in_one_place_only_are_read(tmp_path: Path) -> None:
    picture = np.zeros((700, 700, 3), np.uint16)
    picture[3, 697] = 65535
    found = _read_all(_write(tmp_path / "a.tif", picture))
    assert found[3, 697].tolist() == [255, 255, 255]


def test_a_damaged_block_is_named_with_its_place(tmp_path: Path) -> None:
    path = _write(tmp_path / "wall.tif", _PICTURE, compress="lzw")
    data = bytearray(path.read_bytes())
    tiff = open_tiff(read_from(bytes(data)))
    fields = tiff.read_first() if tiff else None
    assert fields is not None
    begin = fields.integers(324)[5]
    data[begin : begin + 600] = b"\xff" * 600
    path.write_bytes(data)
    with open_raster(path) as raster, pytest.raises(PhotoError, match=r"wall\.tif: is damaged b"):
        raster.read(0, 0, 210, 150)


def test_threads_share_one_raster(tmp_path: Path) -> None:
    path = _write(tmp_path / "a.tif", _PICTURE, compress="deflate")
    wrong: list[int] = []

    def read(raster: Any, top: int) -> None:
        for left in range(0, 200, 10):
            box = raster.read(left, top, left + 10, top + 30)
            if not np.array_equal(box, _PICTURE[top : top + 30, left : left + 10]):
                wrong.append(left)

    with open_raster(path) as raster:
        threads = [threading.Thread(target=read, args=(raster, top)) for top in (0, 40, 80, 120)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert not wrong


def test_files_beside_a_raster_are_neither_read_nor_written(tmp_path: Path) -> None:
    path = _write(tmp_path / "a.tif", _PICTURE)
    other = _write(tmp_path / "other.tif", 255 - _PICTURE)
    (tmp_path / "a.tif.ovr").write_bytes(other.read_bytes())
    (tmp_path / "a.tif.msk").write_bytes(other.read_bytes())
    (tmp_path / "a.tif.aux.xml").write_text("<PAMDataset><nonsense")
    (tmp_path / "a.tfw").write_text("no numbers")
    before = sorted(tmp_path.iterdir())
    assert np.array_equal(_read_all(path), _PICTURE)
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.parametrize(
    "system",
    [
        {34735: (SHORT, [1, 1, 0, 2, 1024, 0, 1, 1, 3072, 0, 1, 60_000])},
        {34735: (SHORT, [1, 1, 0, 60_000, 1])},
        {
            34735: (SHORT, [1, 1, 0, 2, 1024, 0, 1, 32767, 1026, 34737, 6, 0]),
            34737: (TEXT, b"\xff\xfe\xfd\x80||\0"),
        },
    ],
    ids=["unknown", "truncated", "no text"],
)
def test_a_place_that_makes_no_sense_keeps_no_px_from_being_read(
    tmp_path: Path, system: dict[int, Any]
) -> None:
    place = {33550: (DOUBLE, [float("nan")] * 3), 33922: (DOUBLE, [0, 0, 0, 1e300, 5e6, 0])}
    path = _put(tmp_path / "a.tif", make_tiff(_PICTURE, place | system))
    assert np.array_equal(_read_all(path), _PICTURE)


def test_a_path_that_gdal_takes_for_an_archive_is_refused() -> None:
    with (
        pytest.raises(PhotoError, match="cannot be read"),
        open_raster(Path("/vsizip/a.zip/b.tif")),
    ):
        pass


def test_nothing_is_warned_of_or_printed(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    path = _put(tmp_path / "a.tif", make_tiff(_PICTURE, {50000: (SHORT, [1])}))
    with caplog.at_level(logging.WARNING), warnings.catch_warnings():
        warnings.simplefilter("error")
        _read_all(path)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("options", "expected"),
    [({"tiled": False, "blockysize": 4}, True), ({}, False)],
    ids=["strips", "tiles"],
)
def test_only_strips_bound_the_height_of_windows(
    tmp_path: Path, options: dict[str, Any], expected: bool
) -> None:
    with open_raster(_write(tmp_path / "a.tif", _PICTURE, **options)) as raster:
        assert (raster.rows_at_once is not None) == expected


@pytest.mark.parametrize("layout", ["tiles", "strips"])
def test_the_big_raster_of_the_benchmarks_is_read(tmp_path: Path, layout: Any) -> None:
    from benchmarks.project.big_raster import write_big_raster

    write_big_raster(tmp_path / "a.tif", size_wh=(1500, 1100), seed=1, layout=layout)
    found = _read_all(tmp_path / "a.tif")
    assert found.shape == (1100, 1500, 3)
    assert found.std() > 5
    write_big_raster(tmp_path / "b.tif", size_wh=(1500, 1100), seed=1, layout=layout)
    assert np.array_equal(_read_all(tmp_path / "b.tif"), found)
