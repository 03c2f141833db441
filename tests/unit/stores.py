"""Outcomes to store, and what tests of stores share."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from edge.detect.grid import Grid
from edge.detect.regions import Region
from edge.detect.settings import ScanSettings
from edge.files.paths import STORE_NAME
from edge.photo.facts import CameraFacts, FileFacts, MapFrame, Quality
from edge.store.identity import ModelIdentity, ScanIdentity
from edge.store.photo_result import PhotoResult, PhotoTask
from tests.unit.fakes import make_card

IDENTITY = ScanIdentity(
    settings=ScanSettings(threshold=0.1545, crack_threshold=0.9),
    models=(ModelIdentity("default", "ab" * 32),),
    card=make_card(name="default"),
)


# A ring with a hole, and a corner cell.
OUTLINE = (
    (((0, 0), (96, 0), (96, 96), (0, 96)), ((32, 32), (32, 64), (64, 64), (64, 32))),
    (((96, 96), (128, 96), (128, 128), (96, 128)),),
)


def make_grid(rows: int = 3, columns: int = 4, *, seed: int = 0) -> Grid:
    values = np.random.default_rng(seed).normal(size=(rows, columns)).astype(np.float32)
    return Grid("cell_logits", 32.0, values)


def make_outcome(name: str = "a.jpg", **changes: Any) -> PhotoResult:
    outcome = PhotoResult(
        PhotoTask(Path("photos") / name, name),
        file=FileFacts(1000, 123456789, "cd" * 32),
        size_wh=(4000, 3000),
        camera=CameraFacts(
            taken="2024-05-06T07:08:09",
            latitude=47.5,
            longitude=-8.25,
            altitude_m=412.0,
            height_m=40.5,
            yaw_deg=123.4,
            pitch_deg=-89.9,
            roll_deg=0.5,
            focal_px=2300.5,
            focal_from="the calibrated focal length",
            distance_m=12.5,
            model="DJI FC300S",
            orientation=6,
        ),
        map_frame=MapFrame("EPSG:32632", np.arange(18, dtype=float).reshape(3, 3, 2) / 7),
        quality=Quality(blurred=0.25, dark=0.1, bright=0.0),
        regions=[
            Region(0.9, (0, 32, 64, 96), 4096, 64.5, 90.0, OUTLINE),
            Region(0.4, (100, 100, 132, 132), 1024),
        ],
        grids=[make_grid(), make_grid(2, 2, seed=1)],
        measures={"looked": 7},
        seconds=0.25,
    )
    return replace(outcome, **changes)


def make_failure(name: str = "bad.jpg") -> PhotoResult:
    return PhotoResult(
        PhotoTask(Path("photos") / name, name), error=f"photos/{name}: the file is empty"
    )


def change(folder: Path, *statements: str) -> None:
    """Do to a store what another program could."""
    connection = sqlite3.connect(folder / STORE_NAME)
    with connection:
        for statement in statements:
            connection.execute(statement)
    connection.close()


def require_equal(found: PhotoResult, expected: PhotoResult, grids: list[Grid]) -> None:
    without = {"grids": (), "map_frame": None}
    assert replace(found, regions=tuple(found.regions), **without) == replace(
        expected, regions=tuple(expected.regions), **without
    )
    frames = [
        one.map_frame and (one.map_frame.crs, one.map_frame.lonlat.tolist())
        for one in (found, expected)
    ]
    assert frames[0] == frames[1]
    assert [(grid.kind, grid.cell_px) for grid in grids] == [
        (grid.kind, grid.cell_px) for grid in expected.grids
    ]
    for grid, known in zip(grids, expected.grids, strict=True):
        assert grid.values.dtype == np.float32
        assert grid.values.shape == known.values.shape
        assert grid.values.tobytes() == np.ascontiguousarray(known.values).tobytes()


def make_numbered(number: int) -> PhotoResult:
    """Return a photo of which every part depends on its number."""
    return make_outcome(
        f"{number:06d}.jpg",
        regions=[Region(n / 10, (number, n, number + 1, n + 1), 1) for n in range(number % 5)],
        grids=[make_grid(30, 40, seed=number)],
        seconds=float(number),
    )
