"""What is known of one photo beside its pixels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class FileFacts:
    """Which bytes were scanned.

    Attributes:
        size_bytes: of the file.
        mtime_ns: when it was last written, ns since 1970.
        sha256: 64 hexadecimal digits.
    """

    size_bytes: int
    mtime_ns: int
    sha256: str


@dataclass(frozen=True)
class CameraFacts:
    """When, where and how a photo was taken, as far as its file tells; None is unknown.

    Attributes:
        taken: ISO 8601, in the camera's own time unless it names an offset.
        latitude: degrees, north positive.
        longitude: degrees, east positive.
        altitude_m: above sea level by the camera's word.
        height_m: above the place where the drone took off.
        yaw_deg: where the camera looks, clockwise from north, 0 to 360.
        pitch_deg: 0 is level, -90 straight down, 90 straight up.
        roll_deg: of the camera, clockwise as it sees it itself.
        focal_px: focal length in px of the photo.
        focal_from: what the focal length was taken from, in words.
        distance_m: to what it looks at, by a range finder or the focus.
        model: the camera's maker and model.
        orientation: of the stored picture, 1 to 8 (Exif): how it was turned to be upright.
    """

    taken: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    altitude_m: float | None = None
    height_m: float | None = None
    yaw_deg: float | None = None
    pitch_deg: float | None = None
    roll_deg: float | None = None
    focal_px: float | None = None
    focal_from: str | None = None
    distance_m: float | None = None
    model: str | None = None
    orientation: int = 1


@dataclass(frozen=True)
class MapFrame:
    """Where the px of a georeferenced picture lie.

    Attributes:
        crs: its own coordinate reference system in words, such as ``EPSG:32633``.
        lonlat: float64 (n, n, 2), WGS 84 longitude and latitude of n x n places spread evenly over
            the picture, from corner to corner: ``lonlat[0, -1]`` is its upper right corner.
    """

    crs: str
    lonlat: NDArray[np.float64]


@dataclass(frozen=True)
class Quality:
    """How much of a photo nobody could judge, as shares of its area, 0 to 1.

    Attributes:
        blurred: out of focus or moved.
        dark: hardly any light.
        bright: washed out.
    """

    blurred: float = 0.0
    dark: float = 0.0
    bright: float = 0.0
