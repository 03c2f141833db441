"""Heat maps of georeferenced pictures lie where the pictures do."""

from __future__ import annotations

import json
import math
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edge.files.errors import OutputError
from edge.photo.facts import MapFrame
from edge.photo.georeference import Georeference
from edge.report.pictures.heat_raster import write_heat_raster

rasterio = pytest.importorskip("rasterio")
warp = pytest.importorskip("rasterio.warp")

_NOWHERE = MapFrame("EPSG:32633", np.zeros((2, 2, 2)))
_TRANSFORM = (0.002, 0.0, 412_000.25, 0.0, -0.002, 5_411_000.5)
_HEAT = np.random.default_rng(1).random((13, 20), np.float32)
_SIZE_WH = (630, 401)  # cells of 32 px reach 10 and 15 px over it


def _tie(crs: str = "EPSG:32633", transform: Any = _TRANSFORM) -> Georeference:
    return Georeference(transform, rasterio.crs.CRS.from_string(crs).to_wkt(), _NOWHERE)


def _place(transform: Any, x: float, y: float) -> tuple[float, float]:
    a, b, c, d, e, f = tuple(transform)[:6]
    return a * x + b * y + c, d * x + e * y + f


def test_a_heat_raster_holds_the_scores_as_they_are(tmp_path: Path) -> None:
    write_heat_raster(tmp_path / "a.tif", _HEAT, 32, _SIZE_WH, _tie())
    with rasterio.open(tmp_path / "a.tif") as found:
        assert (found.count, found.dtypes, found.nodata) == (1, ("float32",), None)
        assert found.descriptions == ("crack probability",)
        assert found.profile["compress"] == "deflate"
        assert found.profile["tiled"]
        assert found.crs.to_epsg() == 32633
        assert np.array_equal(found.read(1), _HEAT)


@pytest.mark.parametrize(
    "transform",
    [
        _TRANSFORM,
        (0.002, 0.0, 412_000.25, 0.0, 0.002, 5_411_000.5),
        (0.0015, 0.001, 412_000.25, 0.0012, -0.0018, 5_411_000.5),
    ],
    ids=["north up", "south up", "turned"],
)
@pytest.mark.parametrize("cell_px", [32.0, 64 / 3])
def test_a_cell_lies_where_its_px_do(tmp_path: Path, transform: Any, cell_px: float) -> None:
    size_wh = (math.floor(20 * cell_px) - 5, math.floor(13 * cell_px) - 5)
    write_heat_raster(tmp_path / "a.tif", _HEAT, cell_px, size_wh, _tie(transform=transform))
    with rasterio.open(tmp_path / "a.tif") as found:
        for column, row in ((0, 0), (7, 3), (20, 13)):
            expected = _place(transform, column * cell_px, row * cell_px)
            assert _place(found.transform, column, row) == pytest.approx(expected, abs=1e-8)


def test_cells_outside_the_picture_are_left_out(tmp_path: Path) -> None:
    write_heat_raster(tmp_path / "a.tif", _HEAT, 32, (32, 33), _tie())
    with rasterio.open(tmp_path / "a.tif") as found:
        assert np.array_equal(found.read(1), _HEAT[:2, :1])


@pytest.mark.parametrize("crs", ["EPSG:4326", "EPSG:31467", "EPSG:7415", "+proj=eqc +lat_ts=50"])
def test_the_system_stays_that_of_the_picture(tmp_path: Path, crs: str) -> None:
    tie = _tie(crs)
    write_heat_raster(tmp_path / "a.tif", _HEAT, 32, _SIZE_WH, tie)
    with rasterio.open(tmp_path / "a.tif") as found:
        to = warp.transform(tie.crs_wkt, found.crs, [8.0], [50.0])
        assert np.ravel(to) == pytest.approx([8, 50], abs=1e-6)


def test_nothing_lies_beside_a_heat_raster(tmp_path: Path) -> None:
    write_heat_raster(tmp_path / "new" / "a.tif", _HEAT, 32, _SIZE_WH, _tie("+proj=eqc +lat_ts=50"))
    assert [path.name for path in tmp_path.rglob("*")] == ["new", "a.tif"]


def test_the_same_heat_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in "ab":
        write_heat_raster(tmp_path / name, _HEAT, 32, _SIZE_WH, _tie())
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_a_system_that_gdal_does_not_know_is_an_error_of_the_file(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"a\.tif: cannot be made by GDAL"):
        write_heat_raster(
            tmp_path / "a.tif", _HEAT, 32, _SIZE_WH, Georeference(_TRANSFORM, "PROJCS[", _NOWHERE)
        )


@pytest.mark.skipif(shutil.which("gdalinfo") is None, reason="gdalinfo is not installed")
def test_gdalinfo_opens_a_heat_raster(tmp_path: Path) -> None:
    write_heat_raster(tmp_path / "a.tif", _HEAT, 32, _SIZE_WH, _tie())
    command = ["gdalinfo", "-json", "-stats", str(tmp_path / "a.tif")]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    found = json.loads(done.stdout)
    assert found["size"] == [20, 13]
    assert found["geoTransform"] == pytest.approx([412_000.25, 0.064, 0, 5_411_000.5, 0, -0.064])
    assert found["bands"][0]["description"] == "crack probability"
    assert found["bands"][0]["mean"] == pytest.approx(_HEAT.mean(), abs=1e-3)
    assert done.stderr == ""
