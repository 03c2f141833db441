"""What a drone wrote into a photo's XMP packet: position, height, angles, optics, range finder.

Names and signs, as the makers and users describe them:

- DJI, http://www.dji.com/drone-dji/1.0/ (manuals of Zenmuse P1, Mavic 3 and Matrice 4): angles are
  NED, turned in the order yaw, pitch, roll, yaw from true north; RelativeAltitude counts from the
  take-off; CalibratedFocalLength is in px; LRFTargetDistance is the straight line to the target.
  Autel writes the same names, with the prefix ``drone``; longitude is ``GpsLongtitude`` in many
  files of both.
- Skydio, https://www.skydio.com/drone-skydio/1.0/ (articles on camera and metadata of the 2, X2 and
  X10): CameraOrientationNED and CalibratedFocalLength are structures.
- Parrot, http://www.parrot.com/drone-parrot/1.0/ (libphoto-metadata): angles as DJI's.
- Pix4D, http://pix4d.com/camera/1.0, written by older Autel and by survey cameras: pitch 0 looks
  straight down and 90 ahead. Some newer Autel write pitch as DJI counts it (OpenAthenaIOS, issue
  62).
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass

from edge.photo.xmp import read_properties

_SPACES = {
    "www.dji.com/drone-dji/1.0": "dji",
    "www.skydio.com/drone-skydio/1.0": "skydio",
    "www.parrot.com/drone-parrot/1.0": "parrot",
    "pix4d.com/camera/1.0": "camera",
    "ns.sensefly.com/camera/1.0": "camera",
    "ns.adobe.com/tiff/1.0": "tiff",
}
_REAL = r"[+-]?(?:\d{1,12}(?:\.\d{0,20})?|\.\d{1,20})(?:[eE][+-]?\d{1,2})?"
_NUMBER = re.compile(rf"({_REAL})(?:/({_REAL}))?", re.ASCII)

# Between the deepest sea and where the air ends; a drone flies lower.
_ALTITUDES_M = (-11_000.0, 100_000.0)
_HEIGHTS_M = (-5_000.0, 20_000.0)
_DISTANCES_M = (0.01, 20_000.0)
_ANGLES_DEG = (-360.0, 360.0)
_FOCALS_PX = (10.0, 10_000_000.0)
# No camera looks back so far beyond straight down: a pitch below is counted as DJI does.
_LEAST_PIX4D_PITCH = -15.0

_ANGLES = (
    "dji:Gimbal{}Degree",
    "skydio:CameraOrientationNED/{}",
    "parrot:Camera{}Degree",
    "camera:{}",
)
_FOCALS = (
    ("dji:CalibratedFocalLength", "dji:CalibratedOpticalCenter{}"),
    ("skydio:CalibratedFocalLength/X", "skydio:CalibratedOpticalCenter/{}"),
)


@dataclass(frozen=True)
class DroneFacts:
    """What the packet tells; None is unknown.

    Attributes:
        latitude: degrees, north positive; longitude is known too then.
        longitude: degrees, east positive.
        altitude_m: above sea level or the ellipsoid, by the drone's word.
        height_m: above the take-off; above ground where only that is told.
        yaw_deg: where the camera looks, clockwise from north, 0 to 360.
        pitch_deg: 0 is level, -90 straight down.
        roll_deg: clockwise as the camera sees it itself.
        focal_px: calibrated focal length.
        focal_wh: size of the picture that it was calibrated for, by its optical centre.
        distance_m: by the laser range finder.
        maker: of the camera; any text.
        model: of the camera; any text.
    """

    latitude: float | None = None
    longitude: float | None = None
    altitude_m: float | None = None
    height_m: float | None = None
    yaw_deg: float | None = None
    pitch_deg: float | None = None
    roll_deg: float | None = None
    focal_px: float | None = None
    focal_wh: tuple[float, float] | None = None
    distance_m: float | None = None
    maker: str = ""
    model: str = ""


def read_drone_facts(packet: bytes) -> DroneFacts:
    """Read what an XMP packet says about the drone and its camera."""
    tags = _Tags(read_properties(packet, _SPACES))
    latitude, longitude = _read_position(tags)
    yaw_deg, pitch_deg, roll_deg = _read_angles(tags)
    focal_px, focal_wh = _read_focal(tags)
    return DroneFacts(
        latitude=latitude,
        longitude=longitude,
        altitude_m=tags.first(
            "dji:AbsoluteAltitude", "skydio:AbsoluteAltitude", bounds=_ALTITUDES_M
        ),
        height_m=tags.first(
            "dji:RelativeAltitude",
            "skydio:RelativeAltitude",
            "camera:AboveGroundAltitude",
            bounds=_HEIGHTS_M,
        ),
        yaw_deg=yaw_deg,
        pitch_deg=pitch_deg,
        roll_deg=roll_deg,
        focal_px=focal_px,
        focal_wh=focal_wh,
        distance_m=_read_distance(tags),
        maker=tags.text("tiff:Make"),
        model=tags.text("tiff:Model"),
    )


class _Tags:
    """Properties as numbers within bounds."""

    def __init__(self, properties: Mapping[str, str]) -> None:
        self._properties = properties

    def text(self, name: str) -> str:
        return self._properties.get(name, "").strip()

    def number(self, name: str, bounds: tuple[float, float]) -> float | None:
        """Return a number or fraction such as ``+39.90`` or ``361/100``."""
        found = _NUMBER.fullmatch(self.text(name))
        if not found:
            return None
        below = float(found[2] or 1)
        value = float(found[1]) / below if below else math.nan
        return value if bounds[0] <= value <= bounds[1] else None

    def first(self, *names: str, bounds: tuple[float, float]) -> float | None:
        numbers = (self.number(name, bounds) for name in names)
        return next((number for number in numbers if number is not None), None)


def _read_position(tags: _Tags) -> tuple[float, float] | tuple[None, None]:
    latitude = tags.first("dji:GpsLatitude", "dji:Latitude", "skydio:Latitude", bounds=(-90, 90))
    longitude = tags.first(
        "dji:GpsLongitude",
        "dji:GpsLongtitude",
        "dji:Longitude",
        "skydio:Longitude",
        bounds=(-180, 180),
    )
    if latitude is None or longitude is None or latitude == longitude == 0:
        return None, None
    return latitude, longitude


def _read_angles(tags: _Tags) -> tuple[float | None, float | None, float | None]:
    """Return yaw, pitch and roll of the camera, all in one maker's words."""
    for pattern in _ANGLES:
        yaw, pitch, roll = (
            tags.number(pattern.format(axis), _ANGLES_DEG) for axis in ("Yaw", "Pitch", "Roll")
        )
        # Cameras that don't know their angles write three zeros (DJI Mini 2, FLIR).
        if (yaw is None and pitch is None) or yaw == pitch == roll == 0:
            continue
        if pattern.startswith("camera:"):
            pitch = _turn_pix4d_pitch(pitch, tags.text("tiff:Model"))
        return None if yaw is None else yaw % 360, pitch, roll
    return None, None, None


def _turn_pix4d_pitch(pitch: float | None, model: str) -> float | None:
    if pitch is None:
        return None
    is_as_dji_counts = pitch < _LEAST_PIX4D_PITCH or model.startswith("XL")
    return pitch if is_as_dji_counts else pitch - 90


def _read_focal(tags: _Tags) -> tuple[float | None, tuple[float, float] | None]:
    """Return the calibrated focal length and the size of the picture that it holds for."""
    for focal, centre in _FOCALS:
        focal_px = tags.number(focal, _FOCALS_PX)
        if focal_px is not None:
            x, y = (tags.number(centre.format(axis), _FOCALS_PX) for axis in "XY")
            return focal_px, (2 * x, 2 * y) if x is not None and y is not None else None
    return None, None


def _read_distance(tags: _Tags) -> float | None:
    if tags.text("dji:LRFStatus") not in ("", "Normal"):  # too close, too far, no signal
        return None
    return tags.number("dji:LRFTargetDistance", _DISTANCES_M)
