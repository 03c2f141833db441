"""Find where the px of a georeferenced TIFF lie on the map (rasterio, the extra ``geo``).

Only what stands in the file itself counts; nothing in it is trusted, and none of it ends a scan.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edge.files.errors import PhotoError, first_line
from edge.photo.chunks import open_reader
from edge.photo.exif import read_orientation
from edge.photo.facts import MapFrame
from edge.photo.raster import INSTALL_GEO, gdal_errors, isolate_gdal, open_dataset
from edge.photo.tiff import Directory, open_tiff

# Six numbers a, b, c, d, e, f: x = a * column + b * row + c, y = d * column + e * row + f.
Transform = tuple[float, float, float, float, float, float]

# Tags of GeoTIFF 1.1 (OGC 19-008r4), and of rational polynomial coefficients.
_SCALE, _TIE_POINTS, _MATRIX, _KEYS, _RATIONALS = 33550, 33922, 34264, 34735, 50844
_TAGS = (_SCALE, _TIE_POINTS, _MATRIX, _KEYS, _RATIONALS)
# Six numbers of 8 bytes each; GDAL would turn every one of millions into an object.
_MAX_POINTS = 10_000
_POINT_BYTES = 48
# Half a cell of the shipped models: findings are not placed better than that.
_POINTS_OFF_PX = 16.0

# Of the angle between rows and columns.
_LEAST_SINE = 1e-9
_NO_SENSE = "the numbers that say where its px lie are invalid"

# Places along each side, and how far off the ones between them may be: a metre.
_PLACES = 33
_MAX_BEND_DEG = 1e-5
_WGS_84 = "EPSG:4326"
# Some count longitudes from 0 to 360.
_MOST_LONLAT = (360.0, 90.0)

_NAME = re.compile(r'\w+\["([^"]*)"')
_NAME_LENGTH, _LINE_LENGTH = 80, 240


@dataclass(frozen=True)
class Georeference:
    """How the px of a picture are tied to the map.

    Attributes:
        transform: from px to coordinates of the picture's own system, of the corners of px: (0, 0)
            is the upper left corner of the picture.
        crs_wkt: that system as well-known text.
        frame: where the px lie in WGS 84. Interpolated between its 33 x 33 places the longitude
            and latitude of any px are right to 1e-7 degrees (1 cm) in pictures of 10 km up to a
            latitude of 60 degrees, of 5 km up to 75 and of 2 km up to 80, in any usual projection;
            there is no frame where that is off by more than 1e-5.
    """

    transform: Transform
    crs_wkt: str
    frame: MapFrame


def find_georeference(path: Path) -> tuple[Georeference | None, str | None]:
    """Find where the px of a TIFF lie on the map.

    The datum of old national systems is shifted as well as PROJ can without grids from the network,
    to some metres.

    Args:
        path: of the file. One that is not georeferenced is left at the sight of its first
            directory, without rasterio.

    Returns:
        The georeference, or None; and why a file that is georeferenced has none that can be used,
        else None.

    Raises:
        PhotoError: the file cannot be opened.
    """
    with open_reader(path) as read_at:
        tiff = open_tiff(read_at)
        fields = tiff.read_first() if tiff else None
        if fields is None or not any(tag in fields for tag in _TAGS):
            return None, None
        if problem := _find_problem(fields):
            return None, problem
    try:
        import rasterio  # noqa: F401
    except ImportError:
        return None, f"rasterio is not installed: {INSTALL_GEO}"
    try:
        found = _locate(path)
    except PhotoError as error:
        return None, _to_line(str(error).removeprefix(f"{path}: "))
    except gdal_errors() as error:
        return None, _to_line(f"GDAL cannot tell where it lies ({first_line(error)})")
    return (None, found) if isinstance(found, str) else (found, None)


def _find_problem(fields: Directory) -> str | None:
    if read_orientation(fields) != 1:
        return (
            f"its orientation tag is {read_orientation(fields)}, so its px are turned before they "
            "are scanned but their coordinates are not; turn its px and remove the tag"
        )
    most_bytes = _MAX_POINTS * _POINT_BYTES
    if _TIE_POINTS in fields and not fields.numbers(_TIE_POINTS, most_bytes=most_bytes):
        return f"its tie points are invalid, or there are more than {_MAX_POINTS}"
    return None


def _locate(path: Path) -> Georeference | str:
    """Return the georeference that GDAL reads, or the reason why it is none."""
    with isolate_gdal(), open_dataset(path, with_place=True) as dataset:
        transform = _find_transform(dataset)
        if isinstance(transform, str):
            return transform
        crs = dataset.crs or dataset.gcps[1]
        if not crs:
            return (
                "it does not name the coordinate reference system of its coordinates; add it: "
                "gdal_edit.py -a_srs EPSG:... in.tif"
            )
        words = _name_crs(crs)
        if not (crs.is_geographic or crs.is_projected):
            return f"its coordinate reference system ({words}) is not tied to the earth, or unknown"
        lonlat = _lay_places(transform, crs, (dataset.width, dataset.height))
        if isinstance(lonlat, str):
            return lonlat
        return Georeference(transform, crs.to_wkt(), MapFrame(words, lonlat))


def _find_transform(dataset: Any) -> Transform | str:
    if not dataset.transform.is_identity:
        transform = _to_numbers(dataset.transform)
        return transform if _is_regular(transform) else _NO_SENSE
    points = dataset.gcps[0]
    if not points:
        return _explain_no_transform(dataset)
    transform = _fit_points(points)
    if not _is_regular(transform):
        return _NO_SENSE
    off_px = _measure_points(points, transform)
    if off_px > _POINTS_OFF_PX:
        return (
            f"its ground control points lie up to {off_px:.0f} px from where an undistorted "
            "picture would have them; warp it to the map: gdalwarp in.tif out.tif"
        )
    return transform


def _explain_no_transform(dataset: Any) -> str:
    if dataset.tags(ns="RPC"):
        return (
            "it is placed by rational polynomial coefficients, which need the height of the "
            "ground; warp it to the map: gdalwarp -rpc in.tif out.tif"
        )
    return (
        "it names a coordinate reference system but does not say where its px lie in it, and "
        "files beside it are not read; write all into one file: gdal_translate in.tif out.tif"
    )


def _to_numbers(affine: Any) -> Transform:
    a, b, c, d, e, f = (float(value) for value in tuple(affine)[:6])
    return a, b, c, d, e, f


def _is_regular(transform: Transform) -> bool:
    """Tell whether px have an area on the map: rows and columns do not run the same way."""
    a, b, _, d, e, _ = transform
    area, sides = abs(a * e - b * d), math.hypot(a, d) * math.hypot(b, e)
    return all(map(math.isfinite, transform)) and area > _LEAST_SINE * sides


def _fit_points(points: Any) -> Transform:
    """Fit a transform to ground control points by least squares; zeros where there is none.

    Not by rasterio's from_gcps: for points on a line that returns whatever stood in memory.
    """
    px = np.array([(point.col, point.row) for point in points], np.float64)
    places = np.array([(point.x, point.y) for point in points], np.float64)
    if not (np.isfinite(px).all() and np.isfinite(places).all()):
        return (0.0,) * 6
    middle_px, middle = px.mean(axis=0), places.mean(axis=0)
    # About the middle, or coordinates of millions of metres would cost digits.
    slopes, _, rank, _ = np.linalg.lstsq(px - middle_px, places - middle, rcond=None)
    if rank < 2:
        return (0.0,) * 6
    (a, d), (b, e) = slopes.tolist()
    c, f = (middle - middle_px @ slopes).tolist()
    return a, b, c, d, e, f


def _measure_points(points: Any, transform: Transform) -> float:
    """Return how far, at most, ground control points lie from where the transform has them, px."""
    a, b, c, d, e, f = transform
    places = np.array([(point.x - c, point.y - f) for point in points], np.float64)
    found = np.linalg.solve(np.array([[a, b], [d, e]]), places.T).T
    px = np.array([(point.col, point.row) for point in points], np.float64)
    return float(np.linalg.norm(found - px, axis=1).max())


def _name_crs(crs: Any) -> str:
    authority = crs.to_authority()
    if authority:
        return ":".join(authority)
    name = _NAME.match(crs.to_wkt())
    return _to_line(name.group(1) if name else "")[:_NAME_LENGTH] or "without a name"


def _to_line(text: str) -> str:
    """Make a short line of what a file or another library says."""
    shown = "".join(sign if sign.isprintable() else " " for sign in text)
    return " ".join(shown.split())[:_LINE_LENGTH]


def _lay_places(
    transform: Transform, crs: Any, size_wh: tuple[int, int]
) -> NDArray[np.float64] | str:
    """Return longitude and latitude of evenly spread places, (33, 33, 2), or why there are none."""
    from rasterio.warp import transform as to_crs

    count = 2 * _PLACES - 1  # with one in the middle of every two, to see how far off those are
    columns, rows = np.meshgrid(*(np.linspace(0, side, count) for side in size_wh))
    a, b, c, d, e, f = transform
    # Forged tags may lie beyond all floats; what comes of that lies outside of the world.
    with np.errstate(over="ignore", invalid="ignore"):
        x, y = a * columns + b * rows + c, d * columns + e * rows + f
    # Longitude comes first whatever the CRS says: GDAL's "traditional GIS order".
    longitudes, latitudes = to_crs(crs, _WGS_84, x.ravel(), y.ravel())
    fine = np.stack([longitudes, latitudes], axis=-1).reshape(count, count, 2)
    if not (np.abs(fine) <= _MOST_LONLAT).all():  # infinities and NaN too
        return (
            "its coordinates lie outside the world, or outside the area of their reference system"
        )
    if _measure_bend(fine) > _MAX_BEND_DEG:
        return "it lies around a pole, or is too large for its px to be placed accurately"
    return _wrap(fine[::2, ::2], 0.0)


def _measure_bend(fine: NDArray[np.float64]) -> float:
    """Return how far every second place lies from the middle of its neighbours, degrees."""
    fine = _wrap(fine, fine[0, 0, 0])
    middles = fine.copy()
    middles[1::2] = (middles[:-1:2] + middles[2::2]) / 2
    middles[:, 1::2] = (middles[:, :-1:2] + middles[:, 2::2]) / 2
    return float(np.abs(fine - middles).max())


def _wrap(lonlat: NDArray[np.float64], middle: float) -> NDArray[np.float64]:
    """Bring longitudes to within 180 degrees of the middle; those that are there stay the same."""
    turns = np.round((lonlat[..., 0] - middle) / 360)
    return np.stack([lonlat[..., 0] - 360 * turns, lonlat[..., 1]], axis=-1)
