"""A georeferenced picture is scanned: its cracks come out at their coordinates, in every file."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edge.detect.settings import ScanSettings
from edge.evaluation.synthetic import Drawing
from edge.model.classifier import open_classifier
from edge.store.result_paths import heat_raster_path
from tests.unit.geo_rasters import write_georeferenced
from tests.unit.photo_findings import read_csv
from tests.unit.scans import scan_drawn

rasterio = pytest.importorskip("rasterio")

SIZE_WH = (1280, 896)
# A metre in the east of Germany, turned by some degrees: 2 mm a px.
TRANSFORM = (0.00194, 0.0005, 412_345.6, 0.0005, -0.00194, 5_654_321.0)
CRACKS = (((150, 120), (420, 700)), ((800, 800), (1150, 150)))


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> tuple[Drawing, Path]:
    """Scan a drawn georeferenced wall with the shipped model; returns the truth and the results."""
    folder = tmp_path_factory.mktemp("orthophoto")
    drawing = write_georeferenced(
        folder / "ortho.tif", size_wh=SIZE_WH, crs="EPSG:32633", transform=TRANSFORM, cracks=CRACKS
    )
    model = open_classifier("small", threads=2)
    settings = ScanSettings(threshold=model.card.threshold)
    out = folder / "out"
    scan_drawn(folder / "ortho.tif", out, scorer=model, settings=settings)
    return drawing, out


def to_lonlat(xy: np.ndarray) -> np.ndarray:
    """Turn px (N, 2) into longitude and latitude by rasterio alone."""
    from rasterio.warp import transform

    a, b, c, d, e, f = TRANSFORM
    east, north = a * xy[:, 0] + b * xy[:, 1] + c, d * xy[:, 0] + e * xy[:, 1] + f
    return np.transpose(transform("EPSG:32633", "EPSG:4326", east, north))


def is_inside(points: np.ndarray, geometry: dict[str, Any]) -> np.ndarray:
    """Tell for points (N, 2) whether they lie in a polygon of GeoJSON."""
    inside = np.zeros(len(points), bool)
    parts = geometry["coordinates"]
    for polygon in parts if geometry["type"] == "MultiPolygon" else [parts]:
        for ring in polygon:
            for (x, y), (x_next, y_next) in itertools.pairwise(ring):
                if y != y_next:
                    is_level = (points[:, 1] >= min(y, y_next)) & (points[:, 1] < max(y, y_next))
                    crossing = x + (points[:, 1] - y) * (x_next - x) / (y_next - y)
                    inside ^= is_level & (points[:, 0] < crossing)
    return inside


def read_regions(out: Path) -> list[dict[str, Any]]:
    features = json.loads((out / "regions.geojson").read_text("utf-8"))["features"]
    return [one for one in features if one["properties"]["kind"] == "region"]


def test_the_cracks_lie_in_sure_regions_on_the_map(drawn: tuple[Drawing, Path]) -> None:
    drawing, out = drawn
    rows, columns = np.nonzero(drawing.crack_mask)
    points = to_lonlat(np.stack([columns + 0.5, rows + 0.5], axis=1))
    sure = [one for one in read_regions(out) if one["properties"]["triage"] == "crack"]
    found = np.any([is_inside(points, one["geometry"]) for one in sure], axis=0)
    assert found.mean() > 0.95


def test_sure_regions_lie_at_the_cracks(drawn: tuple[Drawing, Path]) -> None:
    drawing, out = drawn
    rows, columns = np.nonzero(drawing.crack_mask)
    cracks = to_lonlat(np.stack([columns, rows], axis=1)[::20])
    for region in read_regions(out):
        if region["properties"]["triage"] == "crack":
            longitude, latitude = np.array(region["geometry"]["coordinates"][0]).reshape(-1, 2).T
            east = (longitude[:, None] - cracks[:, 0]) * 111_320 * np.cos(np.radians(51.03))
            north = (latitude[:, None] - cracks[:, 1]) * 111_250
            # No corner is further from a crack than a window of 256 px of 2 mm.
            assert np.hypot(east, north).min(axis=1).max() < 0.512


def test_the_tables_say_where_and_how_long_in_millimetres(drawn: tuple[Drawing, Path]) -> None:
    _, out = drawn
    rows = read_csv((out / "regions.csv").read_bytes())
    sure = [row for row in rows if row["triage"] == "crack"]
    assert sure
    for row in sure:
        assert row["place"] == "map"
        assert float(row["gsd_mm"]) == pytest.approx(2.003, abs=0.01)
        assert float(row["length_mm"]) == pytest.approx(2.003 * float(row["length_px"]), rel=0.01)
    lengths = sum(float(row["length_mm"]) for row in sure)
    drawn_mm = sum(2.003 * np.hypot(*np.subtract(*crack)) for crack in CRACKS)
    assert 0.7 * drawn_mm < lengths < 1.5 * drawn_mm


def test_the_heat_map_lies_on_the_map_too(drawn: tuple[Drawing, Path]) -> None:
    drawing, out = drawn
    with rasterio.open(heat_raster_path(out, "ortho.tif")) as heat:
        assert heat.crs.to_epsg() == 32633
        scores = heat.read(1)
        row, column = np.unravel_index(scores.argmax(), scores.shape)
        east, north = heat.xy(row, column)
    a, b, c, d, e, f = TRANSFORM
    x, y = np.linalg.solve([[a, b], [d, e]], [east - c, north - f]).astype(int)
    near = drawing.crack_mask[max(0, y - 128) : y + 128, max(0, x - 128) : x + 128]
    assert near.any()
