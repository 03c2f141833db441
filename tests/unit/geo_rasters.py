"""Draw concrete with cracks where they are wanted, and write it as a georeferenced TIFF."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from edge.evaluation.synthetic import Drawing, draw_concrete

# Corners that a crack runs through, px from the picture's upper left corner.
Crack = Sequence[tuple[float, float]]

_JAG_PX = 3.0  # jags shorter than this are not drawn
_SWAY = 0.08  # of the middle of a stretch, as a share of its length
_WIDTHS_PX = (2, 7)
_FIXED_BITS = 4


def draw_cracks(size_wh: tuple[int, int], cracks: Sequence[Crack], *, seed: int = 1) -> Drawing:
    """Draw sound concrete with cracks that sway around the lines asked for, by some px."""
    photo = draw_concrete(size_wh, seed=seed, cracks=0, joints=0).photo
    rng = np.random.default_rng([5, seed])
    mask = np.zeros(photo.shape[:2], np.uint8)
    for corners in cracks:
        path = _walk(np.asarray(corners, np.float64), rng) - 0.5  # to OpenCV px are points
        points = np.rint(path * 2**_FIXED_BITS).astype(np.int32)
        widths = np.repeat(rng.integers(*_WIDTHS_PX, len(points), endpoint=True), 4)
        for start, end, width in zip(points[:-1], points[1:], widths.tolist(), strict=False):
            cv2.line(mask, start, end, (255,), width, cv2.LINE_AA, _FIXED_BITS)
    depth = cv2.GaussianBlur(mask, (0, 0), 0.8).astype(np.float32)[..., None] * (0.75 / 255)
    return Drawing(np.rint(photo * (1 - depth)).astype(np.uint8), mask > 127)


def write_georeferenced(
    path: Path,
    *,
    size_wh: tuple[int, int],
    crs: Any,
    transform: Sequence[float],
    cracks: Sequence[Crack] = (),
    seed: int = 1,
    **options: Any,
) -> Drawing:
    """Write a drawn wall as a GeoTIFF in tiles of 256 px; skips the test without rasterio.

    Args:
        path: of the file.
        size_wh: in px.
        crs: of its coordinates, such as ``EPSG:32633``.
        transform: a, b, c, d, e, f: x = a * column + b * row + c, y = d * column + e * row + f.
        cracks: lines that they run along.
        seed: of the drawing.
        options: of GDAL and rasterio.
    """
    rasterio = pytest.importorskip("rasterio")
    drawing = draw_cracks(size_wh, cracks, seed=seed)
    placed = {"crs": crs, "transform": rasterio.Affine(*transform)}
    tiles = {"tiled": True, "blockxsize": 256, "blockysize": 256, "compress": "deflate"}
    height, width = drawing.crack_mask.shape
    shape = {"width": width, "height": height, "count": 3, "dtype": "uint8"}
    with rasterio.open(path, "w", driver="GTiff", **shape, **placed, **tiles | options) as file:
        file.write(np.moveaxis(drawing.photo, -1, 0))
    return drawing


def _walk(corners: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return points along a line of corners, (N, 2), each stretch bent at its middle and again."""
    path = corners
    while np.hypot(*np.diff(path, axis=0).T).max() > _JAG_PX:
        gaps = np.diff(path, axis=0)
        away = np.stack([-gaps[:, 1], gaps[:, 0]], axis=1) * rng.normal(0, _SWAY, (len(gaps), 1))
        middles = path[:-1] + gaps / 2 + away
        path = np.insert(path, np.arange(1, len(path)), middles, axis=0)
    return path
