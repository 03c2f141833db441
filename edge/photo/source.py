"""Where a scan reads its px from: a photo decoded whole, or a large TIFF window by window."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from edge.files.errors import PhotoError
from edge.files.hashing import sha256_of, sha256_of_file
from edge.machine.resources import find_memory_mb
from edge.photo.chunks import open_reader
from edge.photo.codec import RETILE, decode_photo, read_bytes
from edge.photo.exif import read_camera_facts
from edge.photo.facts import CameraFacts, FileFacts
from edge.photo.georeference import Georeference, find_georeference
from edge.photo.header import PictureHeader, read_header
from edge.photo.raster import open_raster
from edge.photo.supported_formats import find_opencv_gap, is_tiff

# A TIFF of more px is read by windows: more than any camera's, as large as a small orthophoto.
WHOLE_TIFF_PIXELS = 50_000_000
# Where the system does not say how much memory is left.
_FALLBACK_MB = 2000.0
# Bytes a px that decoding takes at its peak, without the file itself, as measured with OpenCV 5:
# the picture twice, and what a decoder keeps besides (a progressive JPEG its coefficients).
_PEAK_BYTES = {"JPEG": 9, "PNG": 6, "BMP": 6, "WebP": 8, "TIFF": 10, "BigTIFF": 10}
_ROOT = Path("/")


class PhotoSource(Protocol):
    """What a scan needs of a photo. Several threads may read at once."""

    @property
    def size_wh(self) -> tuple[int, int]:
        """Return the size of the upright photo in px."""

    def read(self, left: int, top: int, right: int, bottom: int) -> NDArray[np.uint8]:
        """Return a box that lies inside the photo, as uint8 (bottom - top, right - left, 3) RGB."""


class LoadedPhoto:
    """A decoded photo, uint8 (H, W, 3) RGB; boxes are views of it."""

    def __init__(self, photo: NDArray[np.uint8]) -> None:
        self.photo = photo

    @property
    def size_wh(self) -> tuple[int, int]:
        """Return the size of the photo in px."""
        return self.photo.shape[1], self.photo.shape[0]

    def read(self, left: int, top: int, right: int, bottom: int) -> NDArray[np.uint8]:
        """Return a box that lies inside the photo."""
        return self.photo[top:bottom, left:right]


@dataclass(frozen=True)
class OpenedPhoto:
    """A photo to scan.

    Attributes:
        source: of its px.
        file: its bytes.
        camera: time, place and optics.
        georeference: of a TIFF that has one.
        map_problem: why a georeferenced TIFF has none that can be used.
        rows_at_once: how high windows should be at most, None if that does not matter (Raster).
    """

    source: PhotoSource
    file: FileFacts
    camera: CameraFacts
    georeference: Georeference | None = None
    map_problem: str | None = None
    rows_at_once: int | None = None


def default_decoded_mb(root: Path = _ROOT) -> float:
    """Return how much memory decoding a photo whole may take: half of what is left.

    Args:
        root: below which ``/proc`` and ``/sys`` are looked for.
    """
    free_mb = find_memory_mb(root)
    return _FALLBACK_MB if free_mb is None else free_mb / 2


@contextmanager
def open_source(path: Path, *, max_decoded_mb: float | None) -> Iterator[OpenedPhoto]:
    """Open a photo for reading.

    Args:
        path: of the file; its kind comes from its bytes.
        max_decoded_mb: the most memory that decoding may take; None for no bound. A TIFF beyond it
            or of more than 50 Mpx is read by windows, and so are a BigTIFF and kinds of TIFF that
            OpenCV lacks.

    Raises:
        PhotoError: it cannot be read or turned into RGB, or would take too much memory.
    """
    status = _stat(path)
    with open_reader(path) as read_at:
        header = read_header(read_at, where=path)
        needed_mb = header.pixels * _PEAK_BYTES[header.kind] / 1e6 + status.st_size / 1e6
        is_too_large = max_decoded_mb is not None and needed_mb > max_decoded_mb
        by_windows = is_tiff(header) and (is_too_large or _suits_windows(header))
        camera = read_camera_facts(read_at, header.size_wh)
    georeference, problem = find_georeference(path) if is_tiff(header) else (None, None)
    if by_windows:
        file = FileFacts(status.st_size, status.st_mtime_ns, _hash_file(path))
        with open_raster(path) as raster:
            yield OpenedPhoto(raster, file, camera, georeference, problem, raster.rows_at_once)
        return
    if is_too_large:
        width, height = header.size_wh
        raise PhotoError(
            f"{path}: is {width} x {height} px; to decode a {header.kind} of this size takes up to "
            f"{needed_mb:.0f} MB of memory, and {max_decoded_mb:.0f} MB are available; {RETILE}"
        )
    data = read_bytes(path)
    file = FileFacts(len(data), status.st_mtime_ns, sha256_of(data))
    photo = decode_photo(data, path)
    del data
    yield OpenedPhoto(LoadedPhoto(photo), file, camera, georeference, problem)


def _suits_windows(header: PictureHeader) -> bool:
    is_large = header.kind == "BigTIFF" or header.pixels > WHOLE_TIFF_PIXELS
    return is_large or find_opencv_gap(header) is not None


def _stat(path: Path) -> os.stat_result:
    try:
        status = path.stat()
    except OSError as error:
        raise PhotoError(f"{path}: cannot be read ({error.strerror})") from error
    if not stat.S_ISREG(status.st_mode):  # to open a pipe would wait for ever
        raise PhotoError(f"{path}: is not a regular file")
    return status


def _hash_file(path: Path) -> str:
    try:
        return sha256_of_file(path)
    except OSError as error:
        raise PhotoError(f"{path}: cannot be read ({error.strerror})") from error
