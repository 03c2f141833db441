"""Read GeoTIFF and BigTIFF files of any size window by window (rasterio, the extra ``geo``).

GDAL is told to open this one file as a TIFF and nothing else: no files beside it, no network, no
other format; and it writes nothing beside the photos.
"""

from __future__ import annotations

import itertools
import os
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.files.errors import PhotoError, first_line
from edge.photo.chunks import ReadAt, open_reader
from edge.photo.header import PictureHeader, read_header
from edge.photo.integrity import find_tiff_damage
from edge.photo.supported_formats import (
    DARKEST_WHITE,
    find_darkness,
    is_tiff,
    why_unsupported,
)
from edge.photo.tiff import open_tiff

INSTALL_GEO = "pip install 'crack-edge[geo]'"

# Decoded blocks that GDAL keeps. In a file of tiles a window shares few of them with the next; in
# one of strips it shares all, so a row of windows should fit.
_TILE_CACHE_MB, _STRIP_CACHE_MB = 32, 64
# A tile of 4096 x 4096 px has 50 MB. Blocks are decoded whole, so larger ones would break the bound
# on memory that windows are for.
_MAX_BLOCK_MB = 64
# A window of 1200 px covers so many tiles of 512 px, and a column of them is shared with the next.
_SHARED_TILES = 12
_OPTIONS = {
    "GDAL_DISABLE_READDIR_ON_OPEN": "EMPTY_DIR",
    "GDAL_PAM_ENABLED": "NO",
    "GTIFF_IGNORE_READ_ERRORS": "NO",
}
_UNCOMPRESSED = 1
_RGB = ("red", "green", "blue")
_RETILE = "gdal_translate -co TILED=YES -co COMPRESS=DEFLATE -co BIGTIFF=IF_SAFER in.tif out.tif"
# To see how bright a raster of 16 bits is: so many samples along each side first, then all of it.
_SAMPLES, _SAMPLE_PX = 8, 64


class Raster:
    """A TIFF that stays in its file; threads may share it, one reads at a time.

    Attributes:
        size_wh: in px.
        block_wh: of the tiles or strips in which it is stored; each is decoded whole.
        block_mb: size of such a block when decoded.
        cache_mb: how much of what was decoded is kept.
        rows_at_once: how high windows should be at most, None if that does not matter. Of a file
            in strips so many rows of the full width are kept; where windows are higher, each
            decodes them anew, which takes twenty times as long.
    """

    def __init__(self, path: Path, dataset: Any, header: PictureHeader) -> None:
        self._path = path
        self._dataset = dataset
        self._lock = threading.Lock()
        self._bands = _choose_bands(dataset, header, path)
        self._levels = _choose_levels(dataset, header, path)
        self.size_wh: tuple[int, int] = (dataset.width, dataset.height)
        rows, columns = dataset.block_shapes[0]
        self.block_wh: tuple[int, int] = (columns, rows)
        is_by_band = dataset.interleaving and dataset.interleaving.name == "band"
        bands = len(self._bands) if is_by_band else dataset.count
        px_mb = bands * np.dtype(dataset.dtypes[0]).itemsize / 1e6
        self.block_mb = columns * rows * px_mb
        is_striped = columns >= dataset.width
        least_mb = _STRIP_CACHE_MB if is_striped else _TILE_CACHE_MB
        self.cache_mb = min(max(least_mb, _SHARED_TILES * self.block_mb), _STRIP_CACHE_MB)
        # A window begins and ends within strips; a full cache drops what is needed next.
        rows_kept = int(0.9 * self.cache_mb / (dataset.width * px_mb)) - 2 * rows
        self.rows_at_once = max(rows, rows_kept) if is_striped else None

    def read(self, left: int, top: int, right: int, bottom: int) -> NDArray[np.uint8]:
        """Read a box that lies inside the photo, as uint8 (bottom - top, right - left, 3) RGB.

        Raises:
            PhotoError: the file is damaged there.
        """
        width, height = self.size_wh
        if not (0 <= left < right <= width and 0 <= top < bottom <= height):
            box = (left, top, right, bottom)
            raise ValueError(f"{box} does not lie inside a photo of {self.size_wh} px")
        bands = self._read_bands(left, top, right, bottom)
        if self._levels is None:
            pixels = bands
        elif self._levels.ndim == 2:  # a palette
            pixels = list(np.moveaxis(self._levels[bands[0]], -1, 0))
        else:
            pixels = [self._levels[band] for band in bands]
        three = pixels if len(pixels) == 3 else [pixels[0]] * 3
        return np.asarray(cv2.merge(three), np.uint8)

    def find_brightest(self, *, enough: int) -> int:
        """Return the highest level in 8 bits, or the first that is found above ``enough``."""
        brightest = 0
        for box in itertools.chain(self._list_samples(), self._list_blocks()):
            brightest = max(brightest, int(self.read(*box).max()))
            if brightest > enough:
                break
        return brightest

    def _list_samples(self) -> Iterator[tuple[int, int, int, int]]:
        width, height = self.size_wh
        for row, column in itertools.product(range(1, 2 * _SAMPLES, 2), repeat=2):
            left, top = column * width // (2 * _SAMPLES), row * height // (2 * _SAMPLES)
            yield left, top, min(left + _SAMPLE_PX, width), min(top + _SAMPLE_PX, height)

    def _list_blocks(self) -> Iterator[tuple[int, int, int, int]]:
        (width, height), (columns, rows) = self.size_wh, self.block_wh
        for top in range(0, height, rows):
            for left in range(0, width, columns):
                yield left, top, min(left + columns, width), min(top + rows, height)

    def _read_bands(
        self, left: int, top: int, right: int, bottom: int
    ) -> list[NDArray[np.uint8 | np.uint16]]:
        from rasterio.errors import RasterioError

        window = ((top, bottom), (left, right))
        try:
            with self._lock:
                bands = self._dataset.read(self._bands, window=window)
        except RasterioError as error:
            reason = error.__cause__ if isinstance(error.__cause__, Exception) else error
            raise PhotoError(
                f"{self._path}: is damaged between ({left}, {top}) and ({right}, {bottom}) px: "
                f"{first_line(reason)}; copy it again"
            ) from error
        return list(bands)


@contextmanager
def open_raster(path: Path) -> Iterator[Raster]:
    """Open a TIFF to read it window by window.

    Raises:
        PhotoError: rasterio is missing, or the file is not a TIFF, is truncated or damaged, is
            turned by its orientation, or has values of no certain meaning as RGB.
    """
    header = _require_readable(path)
    with open_dataset(path) as dataset:
        raster = Raster(path, dataset, header)
        _bound_cache(raster, path)
        if header.bits == 16:
            brightest = raster.find_brightest(enough=DARKEST_WHITE)
            if darkness := find_darkness(header, brightest):
                raise PhotoError(f"{path}: {darkness}")
        yield raster


def _bound_cache(raster: Raster, path: Path) -> None:
    """Let GDAL keep as many decoded blocks as windows need, and refuse blocks that are too large.

    Not by rasterio's Env: the cache is one for all threads, and grows again when an Env ends.
    """
    from rasterio.env import set_gdal_config

    if raster.block_mb > _MAX_BLOCK_MB:
        columns, rows = raster.block_wh
        raise PhotoError(
            f"{path}: is stored in blocks of {columns} x {rows} px, {raster.block_mb:.0f} MB each, "
            f"expected {_MAX_BLOCK_MB} MB at most; cut it into tiles: {_RETILE}"
        )
    set_gdal_config("GDAL_CACHEMAX", round(raster.cache_mb * 1e6))


def _require_readable(path: Path) -> PictureHeader:
    with open_reader(path) as read_at:
        header = read_header(read_at, where=path)
        if not is_tiff(header):
            raise PhotoError(f"{path}: is a {header.kind}; only a TIFF can be read piece by piece")
        if damage := find_tiff_damage(read_at):
            raise PhotoError(f"{path}: {damage}; copy it again")
        _require_short_parts(read_at, header, path)
    if obstacle := why_unsupported(header):
        raise PhotoError(f"{path}: {obstacle}")
    if header.colour == "CMYK" or header.bits == 1:
        raise PhotoError(
            f"{path}: is in {header.colour} with {header.bits} bits per channel, which cannot be "
            "read piece by piece; convert it to RGB of 8 bits"
        )
    if header.orientation != 1:
        raise PhotoError(
            f"{path}: its orientation tag is {header.orientation}, expected 1, because a TIFF "
            "that is read piece by piece is not turned; turn its px and remove the tag"
        )
    return header


def _require_short_parts(read_at: ReadAt, header: PictureHeader, path: Path) -> None:
    """Refuse compressed strips that are too large: each is read whole before it is decoded."""
    tiff = open_tiff(read_at)
    fields = tiff.read_first() if tiff else None
    longest_mb = fields.measure_parts()[1] / 1e6 if fields else 0
    if header.compression != _UNCOMPRESSED and longest_mb > _MAX_BLOCK_MB:
        raise PhotoError(
            f"{path}: is stored in blocks of up to {longest_mb:.0f} MB, expected {_MAX_BLOCK_MB} "
            f"MB at most; cut it into tiles: {_RETILE}"
        )


def open_dataset(path: Path, *, with_place: bool = False) -> Any:
    """Open a file with GDAL's TIFF driver and nothing else, as a dataset of rasterio.

    Args:
        path: of the file.
        with_place: whether to read where it lies on the map; px do not depend on that.

    Raises:
        PhotoError: rasterio is missing, or GDAL cannot open the file.
    """
    try:
        import rasterio
        from rasterio.errors import NotGeoreferencedWarning
    except ImportError as error:
        raise PhotoError(
            f"{path}: a TIFF of this kind needs rasterio, which is not installed: {INSTALL_GEO}"
        ) from error
    name = path.absolute().as_posix()
    if name.startswith("/vsi"):  # to GDAL the name of a file in an archive or on the network
        raise PhotoError(
            f"{path}: GDAL cannot open files in a folder with this name; move the file"
        )
    # Photos without a place on the map are what is expected here. Not undone: filters are shared
    # by all threads, so to restore them would be a race.
    warnings.simplefilter("ignore", NotGeoreferencedWarning)
    options = {"NUM_THREADS": "ALL_CPUS", "GEOREF_SOURCES": "INTERNAL" if with_place else "NONE"}
    try:
        with isolate_gdal():
            return rasterio.open(path.absolute(), driver="GTiff", **options)
    except gdal_errors() as error:
        raise PhotoError(f"{path}: cannot be opened by GDAL ({first_line(error)})") from error


@contextmanager
def isolate_gdal() -> Iterator[None]:
    """Keep GDAL from files beside the one it opens, and PROJ from the network (needs rasterio)."""
    # PROJ would fetch grids for old national coordinates, and fail where it cannot. It looks once.
    if os.environ.get("PROJ_NETWORK") != "OFF":
        os.environ["PROJ_NETWORK"] = "OFF"
    from rasterio import Env
    from rasterio.session import DummySession

    with Env(session=DummySession(), **_OPTIONS):
        yield


def gdal_errors() -> tuple[type[Exception], ...]:
    """Return what errors of GDAL and PROJ come as (needs rasterio); texts need not be UTF-8."""
    from rasterio._err import CPLE_BaseError  # not all are given another name
    from rasterio.errors import CRSError, RasterioError

    return RasterioError, CRSError, CPLE_BaseError, UnicodeDecodeError


def _choose_bands(dataset: Any, header: PictureHeader, path: Path) -> list[int]:
    """Return the bands to read, counted from 1: red, green and blue, or the grey one."""
    if header.colour not in ("RGB", "YCbCr"):
        return [1]
    names = [band.name for band in dataset.colorinterp]
    missing = [name for name in _RGB if name not in names]
    if missing:
        raise PhotoError(
            f"{path}: its bands are {', '.join(names)}; expected red, green and blue among them"
        )
    return [names.index(name) + 1 for name in _RGB]


def _choose_levels(dataset: Any, header: PictureHeader, path: Path) -> NDArray[np.uint8] | None:
    """Return the levels of 8 bits for what is stored: (values,), or (values, 3) of a palette."""
    if header.colour == "palette":
        try:
            colours = dataset.colormap(1)
        except ValueError as error:
            raise PhotoError(f"{path}: its palette is missing; copy it again") from error
        return np.array([colours.get(value, (0, 0, 0))[:3] for value in range(256)], np.uint8)
    levels = _scale_16_bits(is_grey="grey" in header.colour) if header.bits == 16 else None
    if header.colour == "inverted grey":
        return 255 - (np.arange(256, dtype=np.uint8) if levels is None else levels)
    return levels


@lru_cache(maxsize=2)
def _scale_16_bits(*, is_grey: bool) -> NDArray[np.uint8]:
    """Return the level of each value of 16 bits, as OpenCV's TIFF decoder (libtiff) rounds it."""
    values = np.arange(65536, dtype=np.uint32)
    return (values >> 8 if is_grey else (values + 128) // 257).astype(np.uint8)
