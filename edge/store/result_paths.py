"""Where the pictures of a scan lie below the folder of its results."""

from __future__ import annotations

import os
from pathlib import Path

from edge.files.hashing import sha256_of

PICTURES = ("heatmaps", "overlays", "thumbnails")

# File systems allow 255.
_MAX_NAME_BYTES = 240
_KEPT_NAME_BYTES = 200


def heat_map_path(out: Path, name: str) -> Path:
    """Return where the heat map of a photo is written."""
    return out / PICTURES[0] / f"{_shorten(name)}.png"


def heat_raster_path(out: Path, name: str) -> Path:
    """Return where the heat map of a georeferenced picture is written as a GeoTIFF."""
    return out / PICTURES[0] / f"{_shorten(name)}.tif"


def overlay_path(out: Path, name: str) -> Path:
    """Return where the overlay of a photo is written."""
    return out / PICTURES[1] / f"{_shorten(name)}.jpg"


def thumbnail_path(out: Path, name: str) -> Path:
    """Return where the overlay of a photo is written as small as a page's table needs it."""
    return out / PICTURES[2] / f"{_shorten(name)}.jpg"


def _shorten(name: str) -> str:
    """Make room for a suffix where a file's name is as long as file systems allow."""
    folder, slash, file = name.rpartition("/")
    data = os.fsencode(file)
    if len(data) <= _MAX_NAME_BYTES:
        return name
    kept = data[:_KEPT_NAME_BYTES].decode(errors="ignore")
    return f"{folder}{slash}{kept}~{sha256_of(data)[:12]}"
