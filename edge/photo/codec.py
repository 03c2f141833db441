"""Read and write pictures: the only place where files meet OpenCV's BGR order.

One decoder for training, calibration, evaluation and the device, so that all see the same pixels.
"""

from __future__ import annotations

import os
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.files.atomic_write import replace_atomically
from edge.files.errors import OutputError, PhotoError
from edge.photo.header import PictureHeader, read_header
from edge.photo.integrity import find_damage
from edge.photo.jpeg import decode_jpeg_in_place
from edge.photo.supported_formats import (
    find_darkness,
    find_opencv_gap,
    is_tiff,
    why_unsupported,
)

# What to do with a picture that is too large to be decoded whole.
RETILE = (
    "cut it into tiles, which are read one by one: gdal_translate -of GTiff -co TILED=YES "
    "in out.tif, then pip install 'crack-edge[geo]'"
)

# The limits that OpenCV is built with.
_OPENCV_PIXELS = 2**30
_OPENCV_SIDE_PX = 2**20
# How cv2.flip turns a picture after it was transposed (orientations 5 to 8).
_FLIPS = {1: None, 2: 1, 3: -1, 4: 0, 5: None, 6: 1, 7: -1, 8: 0}


def read_photo(path: Path) -> NDArray[np.uint8]:
    """Read a picture upright, as its EXIF orientation says.

    Grey pictures get three equal channels, 16-bit ones are scaled to 8 bits, alpha is dropped. Of
    a file with several pages the first is read.

    Returns:
        uint8 (H, W, 3), RGB.

    Raises:
        PhotoError: the file is missing, empty, truncated, damaged, no picture, or one whose
            values have no certain meaning as RGB.
    """
    return decode_photo(read_bytes(path), path)


def read_bytes(path: Path) -> bytes:
    """Read a picture's file.

    Raises:
        PhotoError: it cannot be read.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        raise PhotoError(f"{path}: cannot be read ({error.strerror})") from error


def decode_photo(data: bytes, where: Path) -> NDArray[np.uint8]:
    """Decode the bytes of a picture, upright.

    Args:
        data: of the whole file.
        where: the file, to be named in errors; the kind comes from the bytes.

    Returns:
        uint8 (H, W, 3), RGB.

    Raises:
        PhotoError: as ``read_photo``.
    """
    header = read_header(data, where=where)
    if obstacle := why_unsupported(header):
        raise PhotoError(f"{where}: {obstacle}")
    if gap := find_opencv_gap(header):
        raise PhotoError(
            f"{where}: {gap}, which OpenCV cannot read; convert it: "
            "gdal_translate -co COMPRESS=DEFLATE -b 1 -b 2 -b 3 in.tif out.tif"
        )
    _require_size_of_opencv(header, where)
    if damage := find_damage(data, header.kind):
        raise PhotoError(f"{where}: {damage}; copy it from the camera again")
    if header.alpha_place:
        # OpenCV would darken a TIFF by its alpha, of which other kinds are free.
        place = header.alpha_place
        data = data[:place] + bytes(2) + data[place + 2 :]
    photo = _decode(data, header, where)
    if header.bits > 8 and (darkness := find_darkness(header, int(photo.max()))):
        raise PhotoError(f"{where}: {darkness}")
    return photo


def _require_size_of_opencv(header: PictureHeader, where: Path) -> None:
    limit = os.environ.get("OPENCV_IO_MAX_IMAGE_PIXELS", "")
    most_pixels = int(limit) if limit.isdecimal() else _OPENCV_PIXELS
    width, height = header.size_wh
    if header.pixels > most_pixels or max(width, height) > _OPENCV_SIDE_PX:
        raise PhotoError(
            f"{where}: is {width} x {height} px; OpenCV decodes at most {most_pixels} px (set by "
            f"OPENCV_IO_MAX_IMAGE_PIXELS) and sides of at most {_OPENCV_SIDE_PX} px; {RETILE}"
        )


def _decode(data: bytes, header: PictureHeader, where: Path) -> NDArray[np.uint8]:
    silence_opencv()
    # Turned here, because not all versions of OpenCV do it for all kinds; of a TIFF all do.
    flags = cv2.IMREAD_COLOR_RGB | cv2.IMREAD_IGNORE_ORIENTATION
    try:
        is_jpeg = header.kind == "JPEG"
        photo = decode_jpeg_in_place(data, header.size_wh) if is_jpeg else None
        if photo is None:
            decoded = cv2.imdecode(np.frombuffer(data, np.uint8), flags)
            photo = None if decoded is None else np.asarray(decoded, np.uint8)
        if photo is not None and not is_tiff(header):
            photo = turn_upright(photo, header.orientation)
    except cv2.error as error:
        raise PhotoError(f"{where}: cannot be decoded ({error.err or 'too large'})") from error
    if photo is None:
        raise PhotoError(
            f"{where}: cannot be decoded: it is truncated, damaged, or an unusual {header.kind}; "
            "save it anew as JPEG or PNG"
        )
    size_wh = photo.shape[1], photo.shape[0]
    if sorted(size_wh) != sorted(header.size_wh):
        said, found = (f"{width} x {height} px" for width, height in (header.size_wh, size_wh))
        raise PhotoError(f"{where}: its header says {said}, but it has {found}; copy it again")
    return photo


def turn_upright(photo: NDArray[np.uint8], orientation: int) -> NDArray[np.uint8]:
    """Turn a picture as stored, (H, W, 3), to how it was seen: orientation 1 to 8 (Exif)."""
    if orientation >= 5:
        photo = np.asarray(cv2.transpose(photo), np.uint8)
    axis = _FLIPS[orientation]
    return photo if axis is None else np.asarray(cv2.flip(photo, axis), np.uint8)


def silence_opencv() -> None:
    """Keep OpenCV from printing what is raised as an error anyhow."""
    if hasattr(cv2, "setLogLevel"):  # OpenCV 4
        cv2.setLogLevel(0)
    else:
        cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)


def write_photo(path: Path, photo: NDArray[np.uint8], *, jpeg_quality: int = 90) -> None:
    """Write an RGB (H, W, 3) or grey (H, W) picture; the suffix says the format.

    Raises:
        OutputError: OpenCV cannot encode this format.
    """
    try:
        data = encode_photo(photo, path.suffix, jpeg_quality=jpeg_quality)
    except OutputError as error:
        raise OutputError(f"{path}: {error}") from error
    replace_atomically(path, data)


def encode_photo(photo: NDArray[np.uint8], suffix: str, *, jpeg_quality: int = 90) -> bytes:
    """Encode an RGB (H, W, 3) or grey (H, W) picture.

    Args:
        photo: the picture.
        suffix: of the format, such as ``.png``.
        jpeg_quality: 1 to 100; of JPEG only.

    Raises:
        OutputError: OpenCV cannot encode this format.
    """
    bgr = photo if photo.ndim == 2 else cv2.cvtColor(photo, cv2.COLOR_RGB2BGR)
    is_jpeg = suffix.lower() in (".jpg", ".jpeg")
    options = [cv2.IMWRITE_JPEG_QUALITY, jpeg_quality] if is_jpeg else []
    if not cv2.haveImageWriter("x" + suffix):
        raise OutputError(
            f"OpenCV cannot write pictures of the format {suffix or 'without a name'}"
        )
    _, data = cv2.imencode(suffix, bgr, options)
    return data.tobytes()
