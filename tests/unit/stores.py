"""Outcomes to store, and what tests of stores share."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from edge.outcome import CameraFacts, FileFacts, Grid, Outcome, Task
from edge.regions import Region
from edge.scan_identity import ScanIdentity
from edge.store import STORE_NAME

IDENTITY = ScanIdentity(
    settings={"threshold": 0.1545, "mode": "dense", "scales": [1.0], "unsure_from": None},
    models=[{"name": "default", "sha256": "ab" * 32}],
    card={"name": "default"},
)


def make_grid(rows: int = 3, columns: int = 4, *, seed: int = 0) -> Grid:
    values = np.random.default_rng(seed).normal(size=(rows, columns)).astype(np.float32)
    return Grid("cell_logits", 32.0, values)


def make_outcome(name: str = "a.jpg", **changes: Any) -> Outcome:
    outcome = Outcome(
        Task(Path("photos") / name, name),
        file=FileFacts(1000, 123456789, "cd" * 32),
        size_wh=(4000, 3000),
        camera=CameraFacts("2024-05-06T07:08:09", 47.5, -8.25, 412.0),
        regions=[Region(0.9, (0, 32, 64, 96), 4096), Region(0.4, (100, 100, 132, 132), 1024)],
        grids=[make_grid(), make_grid(2, 2, seed=1)],
        measures={"looked": 7},
        seconds=0.25,
    )
    return replace(outcome, **changes)


def make_failure(name: str = "bad.jpg") -> Outcome:
    return Outcome(Task(Path("photos") / name, name), error=f"photos/{name}: the file is empty")


def change(folder: Path, *statements: str) -> None:
    """Do to a store what another program could."""
    connection = sqlite3.connect(folder / STORE_NAME)
    with connection:
        for statement in statements:
            connection.execute(statement)
    connection.close()


def require_equal(found: Outcome, expected: Outcome, grids: list[Grid]) -> None:
    assert replace(found, regions=tuple(found.regions), grids=()) == replace(
        expected, regions=tuple(expected.regions), grids=()
    )
    assert [(grid.kind, grid.cell_px) for grid in grids] == [
        (grid.kind, grid.cell_px) for grid in expected.grids
    ]
    for grid, known in zip(grids, expected.grids, strict=True):
        assert grid.values.dtype == np.float32
        assert grid.values.shape == known.values.shape
        assert grid.values.tobytes() == np.ascontiguousarray(known.values).tobytes()


def make_numbered(number: int) -> Outcome:
    """Return a photo of which every part depends on its number."""
    return make_outcome(
        f"{number:06d}.jpg",
        regions=[Region(n / 10, (number, n, number + 1, n + 1), 1) for n in range(number % 5)],
        grids=[make_grid(30, 40, seed=number)],
        seconds=float(number),
    )
