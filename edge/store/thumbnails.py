"""Small pictures for pages."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.files.errors import PhotoError
from edge.photo.codec import read_photo
from edge.photo.preprocess import resize
from edge.photo.tiling import Box

# A picture, or the part of it in a box.
Part = tuple[Path, Box | None]

# Longer side of a picture in a sheet of many, and in a table that links to the whole one.
_SHEET_PX = 160
THUMBNAIL_PX = 256
_JPEG_QUALITY = 80


def make_thumb_jpeg(path: Path) -> bytes | None:
    """Shrink a picture to at most 160 px and encode it; None if it cannot be read any more."""
    return make_thumbs([(path, None)])[path, None]


def make_thumbs(parts: Iterable[Part]) -> dict[Part, bytes | None]:
    """Shrink pictures and parts of photos to at most 160 px; each photo is read once.

    Returns:
        JPEG files; None for what cannot be read any more.
    """
    boxes: dict[Path, list[Box | None]] = defaultdict(list)
    for path, box in parts:
        boxes[path].append(box)
    return {
        (path, box): jpeg for path, wanted in boxes.items() for box, jpeg in _shrink(path, wanted)
    }


def _shrink(path: Path, boxes: Iterable[Box | None]) -> list[tuple[Box | None, bytes | None]]:
    try:
        photo = read_photo(path)
    except PhotoError:
        return [(box, None) for box in boxes]
    parts = [(box, _cut(photo, box)) for box in boxes]
    return [(box, encode_thumb(part, _SHEET_PX) if part.size else None) for box, part in parts]


def _cut(photo: NDArray[np.uint8], box: Box | None) -> NDArray[np.uint8]:
    if box is None:
        return photo
    left, top, right, bottom = box
    return photo[top:bottom, left:right]


def encode_thumb(photo: NDArray[np.uint8], longest_px: int) -> bytes:
    """Shrink a picture, uint8 (H, W, 3) RGB, to a longer side and encode it as JPEG."""
    height, width = photo.shape[:2]
    # By whole numbers first, which is a plain mean and quick; what is left over is less than a px.
    factor = max(1, max(height, width) // longest_px)
    rough_wh = max(1, width // factor), max(1, height // factor)
    rough = resize(photo[: rough_wh[1] * factor, : rough_wh[0] * factor], rough_wh)
    scale = min(1.0, longest_px / max(rough_wh))
    size_wh = (max(1, round(rough_wh[0] * scale)), max(1, round(rough_wh[1] * scale)))
    bgr = cv2.cvtColor(resize(rough, size_wh), cv2.COLOR_RGB2BGR)
    _, data = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY])
    return data.tobytes()
