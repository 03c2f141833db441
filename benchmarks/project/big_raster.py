"""Write large rasters of drawn concrete, to scan what does not fit into memory."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.evaluation.synthetic import draw_concrete

Layout = Literal["tiles", "strips"]

_PIECE_PX = 1024
# Pieces that are drawn; all others are these, turned and with other light.
_DRAWN = 8
_ROWS_A_STRIP = 16


def write_big_raster(
    path: Path,
    *,
    size_wh: tuple[int, int],
    seed: int,
    layout: Layout = "tiles",
    compression: Literal["jpeg", "deflate"] = "jpeg",
) -> None:
    """Write a BigTIFF of drawn concrete, RGB of 8 bits, piece by piece (needs rasterio).

    Args:
        path: of the file; one that exists is replaced.
        size_wh: in px; 32768 x 32768 are a gigapixel and take half a minute.
        seed: the same one gives the same picture.
        layout: tiles of 512 px, or strips of 16 rows.
        compression: of the blocks.
    """
    import rasterio
    from rasterio.errors import NotGeoreferencedWarning

    rng = np.random.default_rng(seed)
    drawn = [
        draw_concrete((_PIECE_PX, _PIECE_PX), seed=seed + number, cracks=number % 3).photo
        for number in range(_DRAWN)
    ]
    width, height = size_wh
    blocks = (
        {"tiled": True, "blockxsize": 512, "blockysize": 512}
        if layout == "tiles"
        else {"tiled": False, "blockysize": _ROWS_A_STRIP}
    )
    colours = {"photometric": "YCBCR", "jpeg_quality": 85} if compression == "jpeg" else {}
    warnings.simplefilter("ignore", NotGeoreferencedWarning)
    with rasterio.open(
        path,
        "w",
        driver="GTiff",
        width=width,
        height=height,
        count=3,
        dtype="uint8",
        compress=compression,
        BIGTIFF="YES",
        NUM_THREADS="ALL_CPUS",
        **blocks,
        **colours,
    ) as file:
        for top in range(0, height, _PIECE_PX):
            bottom = min(top + _PIECE_PX, height)
            # A whole row at once: a strip must not be written in parts.
            row = _draw_row(drawn, width, rng)[: bottom - top]
            file.write(np.stack(cv2.split(row)), window=((top, bottom), (0, width)))


def _draw_row(
    drawn: Sequence[NDArray[np.uint8]], width: int, rng: np.random.Generator
) -> NDArray[np.uint8]:
    """Lay a row of pieces, each turned and lit by chance: uint8 (1024, width, 3)."""
    row = np.empty((_PIECE_PX, width, 3), np.uint8)
    for left in range(0, width, _PIECE_PX):
        piece = drawn[int(rng.integers(len(drawn)))]
        piece = np.rot90(piece, int(rng.integers(4)))
        light = float(rng.uniform(0.7, 1.15))
        lit = cv2.convertScaleAbs(np.ascontiguousarray(piece), alpha=light)
        right = min(left + _PIECE_PX, width)
        row[:, left:right] = lit[:, : right - left]
    return row
