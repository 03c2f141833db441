"""Px of georeferenced TIFFs come out at their coordinates, and forged ones end no scan."""

from __future__ import annotations

import math
import os
import re
import sys
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from edge.geo.geolocation_grid import GeolocationGrid
from edge.photo.georeference import Georeference, find_georeference
from edge.photo.raster import open_raster
from tests.unit.geo_rasters import write_georeferenced
from tests.unit.picture_bytes import (
    DOUBLE,
    SHORT,
    TEXT,
    draw_noise,
    encode,
    make_tiff,
)

_PICTURE = draw_noise(48, 80)
_AS_IT_IS = (1, 0, 0, 0, 1, 0)
_UTM = (0.01, 0.0, 412_000.25, 0.0, -0.01, 5_411_000.5)


def _put(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


def _keys(*pairs: tuple[int, int]) -> dict[int, Any]:
    """Return the tag that names a coordinate reference system, by (key, value) pairs."""
    values = [value for key, code in pairs for value in (key, 0, 1, code)]
    return {34735: (SHORT, [1, 1, 0, len(pairs), *values])}


_SCALE = {33550: (DOUBLE, [0.01, 0.01, 0])}
_CORNER = {33922: (DOUBLE, [0, 0, 0, 412_000.25, 5_411_000.5, 0])}
_PLACED = _SCALE | _CORNER
_KEYS = _keys((1024, 1), (1025, 1), (3072, 32633))


def _points(*points: tuple[float, ...]) -> dict[int, Any]:
    """Return the tag of ground control points: column, row, x, y."""
    values = [value for px, py, x, y in points for value in (px, py, 0, x, y, 0)]
    return {33922: (DOUBLE, values)}


def _locate(path: Path) -> Georeference:
    found, problem = find_georeference(path)
    assert problem is None
    assert found is not None
    return found


def _explain(path: Path) -> str:
    found, problem = find_georeference(path)
    assert found is None
    assert problem is not None
    return problem


def _place_exactly(
    crs: str, transform: Sequence[float], px: np.ndarray, *, to_crs: str = "EPSG:4326"
) -> np.ndarray:
    """Return longitude and latitude of px (N, 2) by rasterio, each for itself."""
    warp = pytest.importorskip("rasterio.warp")
    a, b, c, d, e, f = transform
    x, y = a * px[:, 0] + b * px[:, 1] + c, d * px[:, 0] + e * px[:, 1] + f
    return np.stack(warp.transform(crs, to_crs, x, y), axis=-1)


def _turned(transform: Sequence[float], degrees: float, scale: float = 1.0) -> tuple[float, ...]:
    """Return a transform whose picture is turned about its upper left corner."""
    a, b, c, d, e, f = transform
    cosine, sine = (scale * turn(math.radians(degrees)) for turn in (math.cos, math.sin))
    rows = (
        a * cosine + b * sine,
        b * cosine - a * sine,
        d * cosine + e * sine,
        e * cosine - d * sine,
    )
    return rows[0], rows[1], c, rows[2], rows[3], f


@pytest.mark.parametrize(
    ("crs", "transform"),
    [
        pytest.param("EPSG:32633", _UTM, id="UTM"),
        pytest.param("EPSG:32633", _turned(_UTM, 33), id="turned"),
        pytest.param("EPSG:32633", (0.01, 0, 412_000, 0, 0.01, 5_411_000), id="south up"),
        pytest.param("EPSG:32633", (0.01, 0.004, 412_000, 0.001, -0.01, 5_411_000), id="sheared"),
        pytest.param("EPSG:32733", (0.01, 0, 412_000, 0, -0.01, 6_411_000), id="southern UTM"),
        pytest.param("EPSG:3857", (0.015, 0, 1_600_000, 0, -0.015, 6_200_000), id="web mercator"),
        pytest.param("EPSG:4326", (1e-7, 0, 13.8, 0, -7e-8, 48.8), id="geographic"),
        pytest.param("EPSG:4258", _turned((1e-7, 0, 10, 0, -7e-8, 50), -70), id="ETRS89"),
        pytest.param("EPSG:25832", (0.01, 0, 480_000, 0, -0.01, 5_550_000), id="national"),
        pytest.param("EPSG:31467", (0.01, 0, 3_480_000, 0, -0.01, 5_550_000), id="Gauss-Krüger"),
        pytest.param("EPSG:2056", (0.01, 0, 2_600_000, 0, -0.01, 1_200_000), id="oblique"),
        pytest.param("EPSG:7415", (0.01, 0, 120_000, 0, -0.01, 480_000), id="with heights"),
        pytest.param("EPSG:2263", (0.03, 0, 990_000, 0, -0.03, 200_000), id="in feet"),
    ],
)
def test_places_between_those_of_the_frame_are_right(
    tmp_path: Path, crs: str, transform: tuple[float, ...]
) -> None:
    # As many px as fit into a test, over as much ground as an orthophoto of 5 km.
    coarse = [value if i % 3 == 2 else 5_000 * value for i, value in enumerate(transform)]
    write_georeferenced(tmp_path / "a.tif", size_wh=(100, 90), crs=crs, transform=coarse)
    found = _locate(tmp_path / "a.tif")
    assert found.transform == pytest.approx(coarse, rel=1e-12)
    assert found.frame.crs == crs
    assert found.frame.lonlat.shape == (33, 33, 2)
    assert found.frame.lonlat.dtype == np.float64
    px = np.random.default_rng(1).uniform(0, 1, (300, 2)) * (100, 90)
    lattice = GeolocationGrid(found.frame.lonlat, (100, 90))
    between = np.array([lattice.project(x, y) for x, y in px])
    assert np.abs(between - _place_exactly(crs, coarse, px)).max() < 1e-7


def test_longitude_comes_first_and_corners_are_those_of_the_picture(tmp_path: Path) -> None:
    transform = (1e-6, 0, 13.8, 0, -2e-6, 48.8)
    size_wh = (100, 90)
    write_georeferenced(tmp_path / "a.tif", size_wh=size_wh, crs="EPSG:4326", transform=transform)
    lonlat = _locate(tmp_path / "a.tif").frame.lonlat
    assert lonlat[0, 0] == pytest.approx((13.8, 48.8), abs=1e-12)
    assert lonlat[0, -1] == pytest.approx((13.8001, 48.8), abs=1e-12)
    assert lonlat[-1, 0] == pytest.approx((13.8, 48.79982), abs=1e-12)
    assert lonlat[-1, -1] == pytest.approx((13.8001, 48.79982), abs=1e-12)


def test_the_middle_of_an_utm_zone_lies_on_its_meridian(tmp_path: Path) -> None:
    transform = (0.01, 0, 500_000, 0, -0.01, 0)
    write_georeferenced(tmp_path / "a.tif", size_wh=(64, 64), crs="EPSG:32633", transform=transform)
    assert _locate(tmp_path / "a.tif").frame.lonlat[0, 0] == pytest.approx((15, 0), abs=1e-9)


def test_drawn_cracks_come_out_at_their_coordinates(tmp_path: Path) -> None:
    transform = _turned(_UTM, 12, scale=0.2)
    drawing = write_georeferenced(
        tmp_path / "wall.tif",
        size_wh=(700, 500),
        crs="EPSG:32633",
        transform=transform,
        cracks=[[(40, 60), (300, 200), (650, 170)], [(500, 470), (560, 250)]],
    )
    frame = _locate(tmp_path / "wall.tif").frame
    rows, columns = np.nonzero(drawing.crack_mask)
    px = np.stack([columns, rows], axis=-1)[::40] + 0.5
    lattice = GeolocationGrid(frame.lonlat, (700, 500))
    between = np.array([lattice.project(x, y) for x, y in px])
    assert len(px) > 80
    assert np.abs(between - _place_exactly("EPSG:32633", transform, px)).max() < 1e-11  # a micron
    again = _place_exactly("EPSG:4326", _AS_IT_IS, between, to_crs="EPSG:32633")
    assert np.hypot(*(again[0] - again[-1])) == pytest.approx(
        0.002 * np.hypot(*(px[0] - px[-1])), rel=1e-4
    )


def test_a_big_tiff_lies_where_the_same_tiff_does(tmp_path: Path) -> None:
    pytest.importorskip("rasterio")
    small = _put(tmp_path / "a.tif", make_tiff(_PICTURE, _PLACED | _KEYS))
    big = _put(tmp_path / "b.tif", make_tiff(_PICTURE, _PLACED | _KEYS, big=True, order=">"))
    assert np.array_equal(_locate(small).frame.lonlat, _locate(big).frame.lonlat)


def test_coordinates_of_the_middle_of_a_px_are_moved_to_its_corner(tmp_path: Path) -> None:
    pytest.importorskip("rasterio")
    keys = _keys((1024, 1), (1025, 2), (3072, 32633))
    found = _locate(_put(tmp_path / "a.tif", make_tiff(_PICTURE, _PLACED | keys)))
    assert found.transform == pytest.approx((0.01, 0, 412_000.245, 0, -0.01, 5_411_000.505))


def test_ground_control_points_place_a_picture(tmp_path: Path) -> None:
    pytest.importorskip("rasterio")
    corners = _points((0, 0, 5e5, 5e6), (80, 0, 500_000.8, 5e6), (0, 48, 5e5, 4_999_999.52))
    found = _locate(_put(tmp_path / "a.tif", make_tiff(_PICTURE, corners | _KEYS)))
    assert found.transform == pytest.approx((0.01, 0, 5e5, 0, -0.01, 5e6), abs=1e-8)
    assert found.frame.crs == "EPSG:32633"
    assert found.frame.lonlat[0, 0, 0] == pytest.approx(15, abs=1e-9)


def test_control_points_that_no_even_picture_meets_are_refused(tmp_path: Path) -> None:
    pytest.importorskip("rasterio")
    bent = _points((0, 0, 0, 0), (800, 0, 8, 0), (0, 800, 0, -8), (800, 800, 9.5, -9.5))
    path = _put(tmp_path / "a.tif", make_tiff(_PICTURE, bent | _KEYS))
    assert re.search(r"control points lie up to \d\d px from where", _explain(path))


@pytest.mark.parametrize(
    ("tags", "words"),
    [
        pytest.param(_PLACED, "does not name the coordinate reference", id="no system"),
        pytest.param(
            _PLACED | {34735: (SHORT, [1, 1, 0, 60_000, 1])}, "does not name", id="cut system"
        ),
        pytest.param(
            _PLACED | _keys((1024, 1), (3072, 60_000)),
            "not tied to the earth, or unknown",
            id="unknown system",
        ),
        pytest.param(
            _PLACED | _keys((1024, 1), (3072, 32767)), r"\(unnamed\) is not tied", id="own system"
        ),
        pytest.param(
            _PLACED | _keys((1024, 3), (2048, 4978)), r"\(EPSG:4978\) is not tied", id="geocentric"
        ),
        pytest.param(_KEYS, "not say where its px lie.*gdal_translate", id="no transform"),
        pytest.param(_CORNER | _KEYS, "lie are invalid", id="one point"),
        pytest.param(
            _points((0, 0, 5e5, 5e6), (1, 0, 5e5, 5e6), (2, 0, 5e5, 5e6)) | _KEYS,
            "lie are invalid",
            id="points on a line",
        ),
        pytest.param(
            _points((0, 0, 5e5, math.nan), (1, 0, 5e5, 5e6), (2, 9, 5e5, 5e6)) | _KEYS,
            "are invalid",
            id="a point nowhere",
        ),
        pytest.param(
            {33922: (DOUBLE, bytes(48 * 10_001))} | _KEYS, "more than 10000", id="many points"
        ),
        pytest.param({50844: (DOUBLE, [1.0] * 92)}, "coefficients.*gdalwarp -rpc", id="RPC"),
        pytest.param(
            _CORNER | {33550: (DOUBLE, [math.nan] * 3)} | _KEYS, "are invalid", id="not a number"
        ),
        pytest.param(
            _CORNER | {33550: (DOUBLE, [1e300, 1e300, 0])} | _KEYS, "are invalid", id="huge px"
        ),
        pytest.param({34264: (DOUBLE, [0] * 16)} | _KEYS, "are invalid", id="is empty"),
        pytest.param(
            {34264: (DOUBLE, [1, 2, 0, 5e5, 2, 4, 0, 5e6] + [0] * 8)} | _KEYS,
            "are invalid",
            id="a line",
        ),
        pytest.param(
            _CORNER | {33550: (DOUBLE, [1e9, 1e9, 0])} | _KEYS,
            "outside the world|cannot tell where",
            id="too far",
        ),
        pytest.param(
            _SCALE | _points((0, 0, 15, 500)) | _keys((1024, 2), (2048, 4326)),
            "outside the world",
            id="latitude 500",
        ),
        pytest.param(
            {33550: (TEXT, b"abc\0"), 33922: (TEXT, b"abcd\0")} | _KEYS, "are invalid", id="text"
        ),
        pytest.param(_PLACED | _KEYS | {274: (SHORT, [6])}, "orientation tag is 6", id="turned"),
    ],
)
def test_a_place_that_cannot_be_used_has_its_reason_and_px_are_read(
    tmp_path: Path, tags: dict[int, Any], words: str
) -> None:
    pytest.importorskip("rasterio")
    path = _put(tmp_path / "a.tif", make_tiff(_PICTURE, tags))
    reason = _explain(path)
    assert re.search(words, reason)
    assert "\n" not in reason
    assert len(reason) < 250
    if 274 not in tags:
        with open_raster(path) as raster:
            assert np.array_equal(raster.read(0, 0, 80, 48), _PICTURE)


@pytest.mark.parametrize(
    "data",
    [
        make_tiff(_PICTURE),
        make_tiff(_PICTURE, big=True),
        make_tiff(_PICTURE, {274: (SHORT, [6])}),
        encode(_PICTURE, ".jpg"),
        encode(_PICTURE, ".png"),
        b"II*\0",
        b"",
    ],
)
def test_a_picture_that_is_not_georeferenced_is_left_without_rasterio(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, data: bytes
) -> None:
    monkeypatch.setitem(sys.modules, "rasterio", None)  # as if it were not installed
    assert find_georeference(_put(tmp_path / "a.tif", data)) == (None, None)


def test_without_rasterio_a_georeferenced_tiff_names_the_command_that_installs_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "rasterio", None)
    path = _put(tmp_path / "a.tif", make_tiff(_PICTURE, _PLACED | _KEYS))
    assert _explain(path) == "rasterio is not installed: pip install 'crack-edge[geo]'"


def test_files_beside_a_tiff_do_not_place_it(tmp_path: Path) -> None:
    pytest.importorskip("rasterio")
    (tmp_path / "a.tfw").write_text("1\n0\n0\n-1\n500000\n5000000\n")
    (tmp_path / "a.tif.aux.xml").write_text(
        "<PAMDataset><SRS>EPSG:32633</SRS>"
        "<GeoTransform>500000, 1, 0, 5000000, 0, -1</GeoTransform></PAMDataset>"
    )
    assert find_georeference(_put(tmp_path / "a.tif", make_tiff(_PICTURE))) == (None, None)
    assert "not say where" in _explain(_put(tmp_path / "a.tif", make_tiff(_PICTURE, _KEYS)))
    found = _locate(_put(tmp_path / "a.tif", make_tiff(_PICTURE, _PLACED | _KEYS)))
    assert found.transform[2] == 412_000.25


def test_the_network_is_not_asked_for_grids(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("rasterio")
    monkeypatch.setenv("PROJ_NETWORK", "ON")
    keys = _keys((1024, 1), (3072, 31467))
    corner = {33922: (DOUBLE, [0, 0, 0, 3_480_000, 5_550_000, 0])}
    found = _locate(_put(tmp_path / "a.tif", make_tiff(_PICTURE, _SCALE | corner | keys)))
    assert os.environ["PROJ_NETWORK"] == "OFF"
    assert found.frame.lonlat[0, 0] == pytest.approx((8.7195, 50.0859), abs=1e-4)


def test_a_picture_across_the_date_line_has_a_frame(tmp_path: Path) -> None:
    size_wh = (1600, 64)
    on_line = np.array([[180.0, -18.0]])
    x, y = _place_exactly("EPSG:4326", _AS_IT_IS, on_line, to_crs="EPSG:32701")[0]
    write_georeferenced(
        tmp_path / "a.tif",
        size_wh=size_wh,
        crs="EPSG:32701",
        transform=(0.1, 0, x - 80, 0, -0.1, y),
    )
    found = _locate(tmp_path / "a.tif")
    assert set(np.sign(found.frame.lonlat[..., 0]).ravel()) == {-1, 1}
    assert np.abs(found.frame.lonlat[..., 0]).max() <= 180
    px = np.random.default_rng(1).uniform(0, 1, (99, 2)) * size_wh
    lattice = GeolocationGrid(found.frame.lonlat, size_wh)
    off = np.array([lattice.project(*one) for one in px])
    off -= _place_exactly("EPSG:32701", found.transform, px)
    assert np.abs((off + 180) % 360 - 180).max() < 1e-7


def test_longitudes_up_to_360_are_brought_to_180(tmp_path: Path) -> None:
    transform = (1e-6, 0, 190, 0, -1e-6, -20)
    write_georeferenced(tmp_path / "a.tif", size_wh=(64, 64), crs="EPSG:4326", transform=transform)
    lonlat = _locate(tmp_path / "a.tif").frame.lonlat
    assert lonlat[0, 0] == pytest.approx((-170, -20), abs=1e-12)


def test_a_picture_around_a_pole_has_none(tmp_path: Path) -> None:
    transform = (10, 0, -320, 0, -10, 320)
    write_georeferenced(tmp_path / "a.tif", size_wh=(64, 64), crs="EPSG:3413", transform=transform)
    assert "around a pole" in _explain(tmp_path / "a.tif")


def test_a_system_without_a_number_goes_by_its_name(tmp_path: Path) -> None:
    crs = pytest.importorskip("rasterio.crs").CRS.from_epsg(32633).to_wkt()
    own = crs.replace("UTM zone 33N", "<b>grid</b> " + "x" * 99).replace('"9996"', '"1"')
    own = re.sub(r',AUTHORITY\["EPSG","32633"\]', "", own).replace("500000", "400000")
    write_georeferenced(tmp_path / "a.tif", size_wh=(64, 64), crs=own, transform=_UTM)
    words = _locate(tmp_path / "a.tif").frame.crs
    assert words.startswith("WGS 84 / <b>grid</b> xxx")  # escaped where it is shown
    assert len(words) == 80


def test_nothing_is_warned_of_or_printed(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("rasterio")
    tags = [_PLACED, _KEYS, _PLACED | _KEYS, _PLACED | _keys((1024, 1), (3072, 60_000))]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for number, one in enumerate(tags):
            find_georeference(_put(tmp_path / f"{number}.tif", make_tiff(_PICTURE, one)))
    assert capfd.readouterr() == ("", "")


_SEEDS = [
    make_tiff(_PICTURE[:4, :4], _PLACED | _KEYS),
    make_tiff(_PICTURE[:4, :4], {34264: (DOUBLE, [*_UTM[:2], 0, _UTM[2]] * 4)} | _KEYS, order=">"),
    make_tiff(_PICTURE[:4, :4], _points((0, 0, 5e5, 5e6), (4, 0, 6e5, 5e6), (0, 4, 5e5, 6e6))),
]


# rasterio stumbles over GDAL's complaints where they quote a text that is not UTF-8.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@given(
    seed=st.sampled_from(_SEEDS),
    changes=st.lists(
        st.tuples(st.integers(64, 999), st.binary(min_size=1, max_size=8)), max_size=6
    ),
)
# A px so large that its places are beyond all floats.
@example(seed=_SEEDS[0], changes=[(455, b"\x7f"), (567, b"\x01")])
def test_damaged_tags_give_a_place_on_earth_or_a_reason(
    tmp_path_factory: pytest.TempPathFactory, seed: bytes, changes: list[tuple[int, bytes]]
) -> None:
    pytest.importorskip("rasterio")
    data = bytearray(seed)
    for place, new in changes:
        at = 64 + place % (len(seed) - 64)
        data[at : at + len(new)] = new
    path = _put(tmp_path_factory.getbasetemp() / "damaged.tif", bytes(data[: len(seed)]))
    found, problem = find_georeference(path)
    assert found is None or problem is None
    if found:
        assert (np.abs(found.frame.lonlat) <= (180, 90)).all()
        assert np.isfinite(found.transform).all()
