"""Write the heat map of a georeferenced picture as a GeoTIFF (rasterio, the extra ``geo``)."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from edge.files.atomic_write import replace_atomically
from edge.files.errors import OutputError, first_line
from edge.photo.georeference import Georeference
from edge.photo.raster import gdal_errors, isolate_gdal

_BAND = "crack probability"
# Deflate packs floats better when it sees their bytes in order (TIFF Technical Note 3).
_FLOAT_PREDICTOR = 3
_TILE_PX = 256


def write_heat_raster(
    path: Path,
    heat: NDArray[np.float32],
    cell_px: float,
    size_wh: tuple[int, int],
    georeference: Georeference,
) -> None:
    """Write crack probabilities as one band of float32 in the picture's own coordinates.

    Args:
        path: of the file, replaced whole.
        heat: float32 (rows, columns), crack probability of each cell.
        cell_px: side of a cell in px of the picture. The first cell lies in its upper left corner;
            the last ones may reach over its other sides by a part of a cell.
        size_wh: of the picture, px; cells that lie wholly outside are left out.
        georeference: of the picture.

    Raises:
        OutputError: it cannot be written.
    """
    # A picture resized before it was scored ends on a cell's edge but for rounding.
    columns, rows = (math.ceil(side / cell_px - 1e-6) for side in size_wh)
    try:
        data = _encode(heat[:rows, :columns], cell_px, georeference)
    except gdal_errors() as error:
        raise OutputError(f"{path}: cannot be made by GDAL ({first_line(error)})") from error
    replace_atomically(path, data)


def _encode(cells: NDArray[np.float32], cell_px: float, georeference: Georeference) -> bytes:
    from rasterio.crs import CRS
    from rasterio.io import MemoryFile
    from rasterio.transform import Affine

    a, b, c, d, e, f = georeference.transform
    with isolate_gdal(), MemoryFile() as file:
        with file.open(
            driver="GTiff",
            width=cells.shape[1],
            height=cells.shape[0],
            count=1,
            dtype="float32",
            crs=CRS.from_wkt(georeference.crs_wkt),
            transform=Affine(a * cell_px, b * cell_px, c, d * cell_px, e * cell_px, f),
            compress="deflate",
            predictor=_FLOAT_PREDICTOR,
            tiled=True,
            blockxsize=_TILE_PX,
            blockysize=_TILE_PX,
        ) as dataset:
            dataset.write(cells.astype(np.float32), 1)
            dataset.set_band_description(1, _BAND)
        return bytes(file.getbuffer())
