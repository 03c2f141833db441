"""Read and write pictures: the only place where files meet OpenCV's BGR order.

One decoder for training, calibration, evaluation and the device, so that all see the same pixels.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.errors import InputError, OutputError, PhotoError
from edge.files import replace_atomically

PHOTO_SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".bmp", ".tif", ".tiff", ".webp"})

_JPEG_START = b"\xff\xd8"
_JPEG_SCAN = b"\xff\xda"
_JPEG_END = b"\xff\xd9"


def is_photo_name(path: Path) -> bool:
    """Tell whether the file name is one of a picture; hidden files are not."""
    return path.suffix.lower() in PHOTO_SUFFIXES and not path.name.startswith(".")


def list_photos(folder: Path) -> Iterator[Path]:
    """Yield all pictures below a folder, in a stable order, hidden folders left out."""
    for here, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(files):
            path = Path(here) / name
            if is_photo_name(path):
                yield path


def read_photo(path: Path) -> NDArray[np.uint8]:
    """Read a picture upright, as its EXIF orientation says.

    Grey pictures get three equal channels, 16-bit ones are scaled to 8 bits, alpha is dropped.

    Returns:
        uint8 (H, W, 3), RGB.

    Raises:
        PhotoError: the file is missing, empty, cut short or no picture.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise PhotoError(f"{path}: cannot be read ({error.strerror})") from error
    if not data:
        raise PhotoError(f"{path}: the file is empty")
    if _is_cut_short(data):
        raise PhotoError(f"{path}: the JPEG is cut short; copy it from the camera again")
    try:
        photo = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR_RGB)
    except cv2.error as error:
        raise PhotoError(f"{path}: cannot be decoded ({error.err or 'too large'})") from error
    if photo is None:
        raise PhotoError(f"{path}: is not a picture that OpenCV can read")
    return np.asarray(photo, np.uint8)


def _is_cut_short(data: bytes) -> bool:
    """Tell whether a JPEG ends inside its picture, where decoders would fill in grey.

    The segments before the picture are stepped over (a thumbnail in them has markers of its own);
    what a phone appends behind it, a film for example, does not count. In the coded picture
    itself a 0xff is followed by 0x00, so no end marker can occur there.
    """
    if not data.startswith(_JPEG_START):
        return False
    place = len(_JPEG_START)
    while data[place : place + 1] == b"\xff":
        marker = data[place : place + 2]
        if marker == _JPEG_SCAN:
            return data.find(_JPEG_END, place) < 0
        if marker == b"\xff\xff":  # a fill byte
            place += 1
        else:
            place += 2 + int.from_bytes(data[place + 2 : place + 4], "big")
    return place >= len(data)


def write_photo(path: Path, photo: NDArray[np.uint8], *, jpeg_quality: int = 90) -> None:
    """Write an RGB (H, W, 3) or grey (H, W) picture; the suffix says the format.

    Raises:
        OutputError: OpenCV cannot encode this format.
    """
    bgr = photo if photo.ndim == 2 else cv2.cvtColor(photo, cv2.COLOR_RGB2BGR)
    is_jpeg = path.suffix.lower() in (".jpg", ".jpeg")
    options = [cv2.IMWRITE_JPEG_QUALITY, jpeg_quality] if is_jpeg else []
    if not cv2.haveImageWriter("x" + path.suffix):
        raise OutputError(f"{path}: OpenCV cannot write this format")
    _, data = cv2.imencode(path.suffix, bgr, options)
    replace_atomically(path, data.tobytes())


def find_photos(sources: Sequence[Path]) -> list[tuple[Path, Path]]:
    """List the photos of files and folders, with the name each has in the results.

    Returns:
        (path, relative name) pairs; relative names are unique.

    Raises:
        InputError: a source does not exist or a folder holds no photo.
    """
    found: list[tuple[Path, Path]] = []
    for source in sources:
        if source.is_dir():
            photos = [(path, path.relative_to(source)) for path in list_photos(source)]
            if not photos:
                raise InputError(f"{source}: no photos in this folder")
            found += photos
        elif source.exists():
            found.append((source, Path(source.name)))
        else:
            raise InputError(f"{source}: no such photo or folder")
    taken: set[Path] = set()
    unique: list[tuple[Path, Path]] = []
    for path, name in found:
        candidate, number = name, 2
        while candidate in taken:
            candidate = name.with_name(f"{name.stem}_{number}{name.suffix}")
            number += 1
        taken.add(candidate)
        unique.append((path, candidate))
    return unique
