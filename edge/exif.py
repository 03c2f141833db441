"""What a camera wrote into its picture: which way is up, when and where it was taken.

Exif 3.0 (CIPA DC-008). Files are not trusted: a field that makes no sense is taken as missing.
"""

from __future__ import annotations

import math
import re
from datetime import datetime

from edge.outcome import CameraFacts
from edge.segments import (
    JPEG_START,
    PNG_START,
    Part,
    ReadAt,
    read_from,
    walk_jpeg,
    walk_png,
    walk_webp,
)
from edge.tiff import Directory, open_tiff

_ORIENTATION = 0x0112
_EXIF_DIRECTORY = 0x8769
_TAKEN, _OFFSET = 0x9003, 0x9011
_GPS_DIRECTORY = 0x8825
_LATITUDE_REF, _LATITUDE, _LONGITUDE_REF, _LONGITUDE, _ALTITUDE_REF, _ALTITUDE = range(1, 7)

_EXIF_MARK = b"Exif\0"
_JPEG_EXIF = b"\xff\xe1"
# Of the altitude reference: above and below sea level, above and below the ellipsoid.
_ALTITUDE_SIGNS = {0: 1, 1: -1, 2: 1, 3: -1}
# Between the deepest sea and where the air ends.
_ALTITUDES_M = (-11_000, 100_000)

_DATE = re.compile(r"(\d{4})[:/-](\d\d)[:/-](\d\d)[ T](\d\d):(\d\d):(\d\d)(?!\d)", re.ASCII)
_ZONE = re.compile(r"[+-](0\d|1[0-4]):[0-5]\d", re.ASCII)


def find_exif(read_at: ReadAt) -> Directory | None:
    """Return the first directory of a picture's EXIF data; of a TIFF its own first directory."""
    part = _find_exif_part(read_at)
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


def _find_exif_part(read_at: ReadAt) -> Part | None:
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


def read_camera_facts(picture: bytes | ReadAt) -> CameraFacts:
    """Read when and where a picture was taken, from the bytes of its file or a reader of them."""
    exif = find_exif(read_from(picture) if isinstance(picture, bytes) else picture)
    if exif is None:
        return CameraFacts()
    details = exif.open(_EXIF_DIRECTORY)
    gps = exif.open(_GPS_DIRECTORY)
    latitude = longitude = altitude_m = None
    if gps:
        latitude = _read_degrees(gps, _LATITUDE, _LATITUDE_REF, "NS", limit=90)
        longitude = _read_degrees(gps, _LONGITUDE, _LONGITUDE_REF, "EW", limit=180)
        altitude_m = _read_altitude(gps)
    if latitude == longitude == 0:  # what receivers write that have not found their place yet
        latitude = longitude = None
    return CameraFacts(
        taken=_read_date(details) if details else None,
        latitude=latitude,
        longitude=longitude,
        altitude_m=altitude_m,
    )


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
