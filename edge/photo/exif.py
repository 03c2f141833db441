"""What a camera wrote into its picture: which way is up, when, where and how it was taken.

Exif 3.0 (CIPA DC-008), and XMP where that knows more. Files are not trusted: a field that makes no
sense is taken as missing.
"""

from __future__ import annotations

import math
import re
from datetime import datetime

from edge.photo.chunks import (
    JPEG_START,
    PNG_START,
    Chunk,
    ReadAt,
    read_from,
    walk_jpeg,
    walk_png,
    walk_webp,
)
from edge.photo.drone import DroneFacts, read_drone_facts
from edge.photo.facts import CameraFacts
from edge.photo.optics import Lens, find_focal_px
from edge.photo.tiff import Directory, open_tiff
from edge.photo.xmp import find_xmp

_MAKER, _MODEL, _ORIENTATION, _SOFTWARE = 0x010F, 0x0110, 0x0112, 0x0131
_EXIF_DIRECTORY = 0x8769
_TAKEN, _OFFSET = 0x9003, 0x9011
_SUBJECT_DISTANCE, _FOCAL_LENGTH, _WIDTH, _HEIGHT = 0x9206, 0x920A, 0xA002, 0xA003
_PLANE_X, _PLANE_Y, _PLANE_UNIT, _ZOOM, _FOCAL_35MM = 0xA20E, 0xA20F, 0xA210, 0xA404, 0xA405
_GPS_DIRECTORY = 0x8825
_LATITUDE_REF, _LATITUDE, _LONGITUDE_REF, _LONGITUDE, _ALTITUDE_REF, _ALTITUDE = range(1, 7)
_DIRECTION = 0x11

_EXIF_MARK = b"Exif\0"
_JPEG_EXIF = b"\xff\xe1"
# Of the altitude reference: above and below sea level, above and below the ellipsoid.
_ALTITUDE_SIGNS = {0: 1, 1: -1, 2: 1, 3: -1}
# Between the deepest sea and where the air ends.
_ALTITUDES_M = (-11_000, 100_000)
# A distance of 0 is unknown and the greatest number is infinity.
_DISTANCES_M = (0.01, 10_000.0)
_FOCALS_MM = (0.1, 5_000.0)
_PX_PER_MM = (20.0, 5_000.0)
_SIZES_PX = (1.0, 1_000_000.0)
_ZOOMS = (1.0, 200.0)
# Of the unit of the resolution of the sensor: inch, cm and, beside the standard, mm and um.
_UNITS_MM = {2: 25.4, 3: 10.0, 4: 1.0, 5: 0.001}
_MOST_LETTERS = 64
# Writes its name only into photos whose px it turned; it does not tell how far, and leaves the
# drone's angles as they were.
_TURNING_PROGRAM = "Microsoft Windows Photo Viewer"

_DATE = re.compile(r"(\d{4})[:/-](\d\d)[:/-](\d\d)[ T](\d\d):(\d\d):(\d\d)(?!\d)", re.ASCII)
_ZONE = re.compile(r"[+-](0\d|1[0-4]):[0-5]\d", re.ASCII)
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9 .,+()/_#:-]*", re.ASCII)


def find_exif(read_at: ReadAt) -> Directory | None:
    """Return the first directory of a picture's EXIF data; of a TIFF its own first directory."""
    part = find_exif_part(read_at)
    if part is None:
        tiff = open_tiff(read_at)
        return tiff.read_first() if tiff else None
    begin, end = part.begin, part.begin + part.length
    if read_at(begin, len(_EXIF_MARK)) == _EXIF_MARK:  # always in JPEG, at times in WebP
        begin += len(_EXIF_MARK) + 1
    tiff = open_tiff(
        lambda offset, count: read_at(begin + offset, max(min(count, end - begin - offset), 0))
    )
    return tiff.read_first() if tiff else None


def find_exif_part(read_at: ReadAt) -> Chunk | None:
    """Find where a JPEG, PNG or WebP keeps its EXIF data; in a JPEG a mark stands before them."""
    head = read_at(0, 12)
    if head.startswith(JPEG_START):
        for part in walk_jpeg(read_at):
            is_exif = part.name == _JPEG_EXIF and part.length > len(_EXIF_MARK)
            if is_exif and read_at(part.begin, len(_EXIF_MARK)) == _EXIF_MARK:
                return part
    elif head.startswith(PNG_START):
        return next((part for part in walk_png(read_at) if part.name == b"eXIf"), None)
    elif head.startswith(b"RIFF") and head.endswith(b"WEBP"):
        return next((part for part in walk_webp(read_at) if part.name == b"EXIF"), None)
    return None


def read_orientation(exif: Directory | None) -> int:
    """Return how the stored picture must be turned, 1 (as it is) to 8."""
    value = exif.integer(_ORIENTATION, 1) if exif else 1
    return value if 1 <= value <= 8 else 1


def read_camera_facts(
    picture: bytes | ReadAt, size_wh: tuple[int, int] | None = None
) -> CameraFacts:
    """Read when, where and how a picture was taken.

    Args:
        picture: the bytes of its file or a reader of them.
        size_wh: of the photo in px, upright or as stored; None for the size that its EXIF data say.
    """
    read_at = read_from(picture) if isinstance(picture, bytes) else picture
    exif = find_exif(read_at)
    drone = read_drone_facts(find_xmp(read_at, exif))
    details = exif.open(_EXIF_DIRECTORY) if exif else None
    gps = exif.open(_GPS_DIRECTORY) if exif else None
    latitude, longitude = _read_position(gps)
    if (latitude is None or longitude is None) and drone.latitude is not None:
        latitude, longitude = drone.latitude, drone.longitude
    altitude_m = _read_altitude(gps) if gps else None
    # From magnetic north where the camera says so; how far that is off its file does not tell.
    direction = _read_number(gps, _DIRECTION, (0.0, 360.0))
    distance_m = drone.distance_m
    if distance_m is None and drone.height_m is None:  # a drone's focus is worse than its height
        distance_m = _read_number(details, _SUBJECT_DISTANCE, _DISTANCES_M)
    model = _read_model(exif, drone)
    focal_px, focal_from = find_focal_px(_read_lens(details, drone, model), size_wh)
    return CameraFacts(
        taken=_read_date(details) if details else None,
        latitude=latitude,
        longitude=longitude,
        altitude_m=drone.altitude_m if altitude_m is None else altitude_m,
        height_m=drone.height_m,
        yaw_deg=direction if drone.yaw_deg is None else drone.yaw_deg,
        pitch_deg=drone.pitch_deg,
        roll_deg=None if _was_turned(exif) else drone.roll_deg,
        focal_px=focal_px,
        focal_from=focal_from,
        distance_m=distance_m,
        model=model,
        orientation=read_orientation(exif),
    )


def _was_turned(exif: Directory | None) -> bool:
    """Tell whether a program turned the px after the photo was taken."""
    return exif is not None and exif.text(_SOFTWARE).startswith(_TURNING_PROGRAM)


def _read_position(gps: Directory | None) -> tuple[float | None, float | None]:
    if gps is None:
        return None, None
    latitude = _read_degrees(gps, _LATITUDE, _LATITUDE_REF, "NS", limit=90)
    longitude = _read_degrees(gps, _LONGITUDE, _LONGITUDE_REF, "EW", limit=180)
    if latitude == longitude == 0:  # what receivers write that have not found their place yet
        return None, None
    return latitude, longitude


def _read_number(
    directory: Directory | None, tag: int, bounds: tuple[float, float]
) -> float | None:
    """Return a field's only number if it lies within bounds."""
    numbers = directory.numbers(tag) if directory else ()
    if len(numbers) != 1 or not bounds[0] <= numbers[0] <= bounds[1]:
        return None
    return float(numbers[0])


def _read_model(exif: Directory | None, drone: DroneFacts) -> str | None:
    """Return maker and model as a few plain letters: they are a stranger's texts."""
    maker = (exif.text(_MAKER) if exif else "") or drone.maker
    model = (exif.text(_MODEL) if exif else "") or drone.model
    if maker and not model.lower().startswith(maker.lower()):
        model = f"{maker} {model}"
    model = " ".join(model.split())
    return model[:_MOST_LETTERS].strip() if _NAME.fullmatch(model) else None


def _read_lens(details: Directory | None, drone: DroneFacts, model: str | None) -> Lens:
    width = _read_number(details, _WIDTH, _SIZES_PX)
    height = _read_number(details, _HEIGHT, _SIZES_PX)
    zoom = _read_number(details, _ZOOM, _ZOOMS)
    return Lens(
        model=model,
        focal_mm=_read_number(details, _FOCAL_LENGTH, _FOCALS_MM),
        focal_35mm=_read_number(details, _FOCAL_35MM, _FOCALS_MM),
        px_per_mm=_read_resolution(details),
        recorded_wh=(width, height) if width is not None and height is not None else None,
        zoom=1.0 if zoom is None else zoom,
        calibrated_px=drone.focal_px,
        calibrated_wh=drone.focal_wh,
    )


def _read_resolution(details: Directory | None) -> float | None:
    """Return how many px of the picture lie on a mm of the sensor, if they are square."""
    if details is None:
        return None
    unit_mm = _UNITS_MM.get(details.integer(_PLANE_UNIT, 2), math.nan)
    bounds = _PX_PER_MM[0] * unit_mm, _PX_PER_MM[1] * unit_mm
    across, down = (_read_number(details, tag, bounds) for tag in (_PLANE_X, _PLANE_Y))
    if across is None or (down is not None and not math.isclose(across, down, rel_tol=0.05)):
        return None
    return across / unit_mm


def _read_date(details: Directory) -> str | None:
    found = _DATE.match(details.text(_TAKEN))
    if not found:
        return None
    try:
        taken = datetime(*(int(number) for number in found.groups()))  # type: ignore[arg-type]
    except ValueError:  # no such day or hour
        return None
    zone = _ZONE.fullmatch(details.text(_OFFSET))
    return taken.isoformat() + (zone.group() if zone else "")


def _read_degrees(gps: Directory, tag: int, ref: int, signs: str, *, limit: int) -> float | None:
    """Read degrees, minutes and seconds; without its hemisphere a value has no meaning."""
    numbers = gps.numbers(tag)
    side = gps.text(ref)[:1].upper()
    if not 1 <= len(numbers) <= 3 or not side or side not in signs:
        return None
    if not all(math.isfinite(number) and number >= 0 for number in numbers):
        return None
    degrees, minutes, seconds = (*numbers, 0.0, 0.0)[:3]
    value = degrees + minutes / 60 + seconds / 3600
    if max(minutes, seconds) > 60 or value > limit:
        return None
    return value if side == signs[0] else -value


def _read_altitude(gps: Directory) -> float | None:
    numbers = gps.numbers(_ALTITUDE)
    sign = _ALTITUDE_SIGNS.get(gps.integer(_ALTITUDE_REF, 0))
    if len(numbers) != 1 or sign is None or not math.isfinite(numbers[0]):
        return None
    value = sign * numbers[0]
    return float(value) if _ALTITUDES_M[0] <= value <= _ALTITUDES_M[1] else None
