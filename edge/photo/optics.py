"""Find a photo's focal length in px from what its file says of camera and lens.

In px it is the one figure that turns a distance into the size of a px: size = distance / focal.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

_FILM_DIAGONAL_MM = math.hypot(36, 24)
# Wider pictures than 3:2 are cut from a frame of the same width, nearly always one of 4:3, and
# cameras leave the 35 mm equivalent focal length as it was.
_WIDEST_FRAME = 1.55
_FRAME_ASPECT = 4 / 3

# Two ways to the focal length may differ by so much: the 35 mm equivalent is rounded to 1 mm.
_AGREEMENT = 1.3
# By so much the size by the optical centre may miss the picture's own.
_SIZE_TOLERANCE = 0.05
# Focal length by the picture's long side: fisheye to the longest zoom.
_RATIOS = (0.2, 200.0)
# Smaller pictures of the cameras below are from their thermal sensor.
_LEAST_TABLE_PX = 2000

# Width in mm of the part of the sensor that a full picture shows. Sources: the sensors' formats on
# the makers' pages of specifications (1/2.3" is 6.17 mm, 1/2" 6.4 mm, 1" 13.2 mm, 4/3 17.3 mm);
# Theta Informatics' DroneModels (Apache 2.0) for which model has which; Mini 3 Pro: DroneModels;
# Zenmuse P1: Pix4D's profile in OpenSfM issue 933; Skydio: size of a px in Skydio's articles on
# camera and metadata. Left out are cameras with sensors of different widths under one name (H20,
# H20T) and those of which the sources disagree (Mini 4 Pro): their 35 mm equivalent serves.
_SENSOR_WIDTHS_MM = {
    "dji fc300c": 6.17,
    "dji fc300s": 6.17,
    "dji fc300x": 6.17,
    "dji fc330": 6.17,
    "dji fc350": 6.17,
    "dji fc220": 6.17,
    "dji fc7203": 6.17,
    "dji fc7303": 6.17,
    "dji fc3170": 6.4,
    "dji fc3411": 13.2,
    "dji fc3582": 9.63,
    "dji fc6310": 13.2,
    "dji fc6310r": 13.2,
    "dji fc6310s": 13.2,
    "dji fc6510": 13.2,
    "dji l1d-20c": 13.2,
    "hasselblad l1d-20c": 13.2,
    "dji l2d-20c": 17.3,
    "hasselblad l2d-20c": 17.3,
    "dji m3e": 17.3,
    "dji m3t": 6.4,
    "dji m30": 6.4,
    "dji m30t": 6.4,
    "dji zenmusep1": 35.0,
    "autel robotics xt701": 6.4,
    "autel robotics xt705": 13.2,
    "autel robotics xl705": 13.2,
    "skydio 2": 6.29,
    "skydio 2+": 6.29,
    "skydio x2": 6.29,
    "skydio x2 wide": 6.29,
    "skydio x2 narrow": 6.29,
    "skydio vt300-l_93": 13.11,
    "skydio v100-l_93": 13.11,
    "skydio vt300-z_50": 7.4,
    "skydio vt300-l_50": 7.4,
    "skydio v100-l_50": 7.4,
    "skydio vt300-z_13": 6.4,
}


@dataclass(frozen=True)
class Lens:
    """What a file says of its optics; None is unknown.

    Attributes:
        model: maker and model.
        focal_mm: focal length.
        focal_35mm: of a lens on 35 mm film that sees as much.
        px_per_mm: of the sensor, for a picture of ``recorded_wh``.
        recorded_wh: size of the picture when it was taken, px.
        zoom: digital zoom, 1 without.
        calibrated_px: focal length.
        calibrated_wh: size of the picture for which that was calibrated.
    """

    model: str | None = None
    focal_mm: float | None = None
    focal_35mm: float | None = None
    px_per_mm: float | None = None
    recorded_wh: tuple[float, float] | None = None
    zoom: float = 1.0
    calibrated_px: float | None = None
    calibrated_wh: tuple[float, float] | None = None


def find_focal_px(
    lens: Lens, size_wh: tuple[int, int] | None
) -> tuple[float, str] | tuple[None, None]:
    """Return the focal length in px of a photo and in words where it is from.

    The first way counts that fits the 35 mm equivalent: calibrated, by the sensor's resolution, by
    the sensor's width, by the 35 mm equivalent itself.

    Args:
        lens: what the file says.
        size_wh: of the photo, px, upright or not; None for the size at which it was taken.
    """
    found_wh = size_wh or lens.recorded_wh
    if found_wh is None or min(found_wh) <= 0 or _is_cut(lens.recorded_wh, found_wh):
        return None, None
    sides = max(found_wh), min(found_wh)
    equivalent_px = _find_equivalent_px(lens, sides)
    for focal_px, words in _list_ways(lens, sides):
        is_sound = _RATIOS[0] <= focal_px / sides[0] <= _RATIOS[1]
        # Cameras differ in whether the 35 mm equivalent knows of a digital zoom.
        if is_sound and (lens.zoom != 1 or _agree(focal_px, equivalent_px)):
            zoomed = f", digital zoom {lens.zoom:g}x" if lens.zoom != 1 else ""
            return focal_px * lens.zoom, words + zoomed
    if equivalent_px is None or lens.zoom != 1:
        return None, None
    return equivalent_px, "35 mm equivalent focal length (EXIF)"


def _is_cut(recorded_wh: tuple[float, float] | None, found_wh: tuple[float, float]) -> bool:
    """Tell whether another program cut the photo: nobody knows what is left of its view."""
    if recorded_wh is None:
        return False
    aspects = (max(sides) / min(sides) for sides in (recorded_wh, found_wh))
    return not _agree(*aspects, tolerance=1 + _SIZE_TOLERANCE)


def _agree(first: float, second: float | None, *, tolerance: float = _AGREEMENT) -> bool:
    return second is None or 1 / tolerance <= first / second <= tolerance


def _list_ways(lens: Lens, sides: tuple[float, float]) -> Iterator[tuple[float, str]]:
    """Yield focal lengths without digital zoom, the surest first.

    Args:
        lens: what the file says.
        sides: of the photo, the longer first, px.
    """
    if lens.calibrated_px is not None:
        scale = _find_scale(lens.calibrated_wh, sides)
        if scale is not None:
            yield lens.calibrated_px * scale, "calibrated focal length (XMP)"
    if lens.focal_mm is None:
        return
    if lens.px_per_mm is not None:
        scale = _find_scale(lens.recorded_wh, sides)
        if scale is not None:
            words = "focal length and sensor resolution (EXIF)"
            yield lens.focal_mm * lens.px_per_mm * scale, words
    width_mm = _SENSOR_WIDTHS_MM.get((lens.model or "").lower())
    if width_mm is not None and sides[0] >= _LEAST_TABLE_PX:
        words = f"focal length (EXIF) and a sensor width of {width_mm:g} mm"
        yield lens.focal_mm / width_mm * sides[0], words


def _find_scale(of_wh: tuple[float, float] | None, sides: tuple[float, float]) -> float | None:
    """Return how many times larger a photo is than a size, None if it is another part of it."""
    if of_wh is None:
        return 1.0
    longer, shorter = sides[0] / max(of_wh), sides[1] / min(of_wh)
    if not _agree(longer, shorter, tolerance=1 + _SIZE_TOLERANCE):
        return None
    # The optical centre is not just in the middle; a photo made smaller is so by more than that.
    return 1.0 if _agree(longer, 1.0, tolerance=1 + _SIZE_TOLERANCE) else longer


def _find_equivalent_px(lens: Lens, sides: tuple[float, float]) -> float | None:
    """Turn the 35 mm equivalent, which goes by the diagonal (CIPA DCG-001), into px."""
    if lens.focal_35mm is None:
        return None
    longer, shorter = sides
    if longer / shorter > _WIDEST_FRAME:
        shorter = longer / _FRAME_ASPECT
    return lens.focal_35mm / _FILM_DIAGONAL_MM * math.hypot(longer, shorter)
