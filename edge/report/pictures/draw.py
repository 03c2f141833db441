"""Draw scores and regions for people to look at."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.detect.regions import Region
from edge.detect.triage import Thresholds
from edge.files.formatting import format_score

# A heat map knows no more than one value for each cell.
_MAX_HEAT_MAP_PX = 768
_RED = (214, 20, 20)
_ORANGE = (205, 105, 0)
_WHITE = (255, 255, 255)
_MAX_TINT = 0.3


def _shrunk(size_wh: tuple[int, int], scale: float) -> tuple[int, int]:
    return max(1, round(size_wh[0] * scale)), max(1, round(size_wh[1] * scale))


def _stretch(
    heat: NDArray[np.float32], size_wh: tuple[int, int], cell_px: float, drawn_wh: tuple[int, int]
) -> NDArray[np.float32]:
    """Bring the cells to px; those of the mirrored margin fall outside the picture."""
    scale = np.array(drawn_wh) / np.array(size_wh) * cell_px
    # Cell centres lie half a cell in; warpAffine counts from pixel centres.
    move = np.array([[scale[0], 0, (scale[0] - 1) / 2], [0, scale[1], (scale[1] - 1) / 2]])
    return np.asarray(
        cv2.warpAffine(
            heat, move, drawn_wh, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
        ),
        np.float32,
    )


def _levels_of(scores: NDArray[np.float32]) -> NDArray[np.uint8]:
    return np.asarray(cv2.convertScaleAbs(scores, alpha=255), np.uint8)


def _colour(levels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    bgr = cv2.applyColorMap(levels, cv2.COLORMAP_INFERNO)
    return np.asarray(cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB), np.uint8)


def draw_heat_map(
    heat: NDArray[np.float32], size_wh: tuple[int, int], cell_px: float
) -> NDArray[np.uint8]:
    """Draw crack probabilities from black (0) to pale yellow (1).

    Args:
        heat: float32 (rows, columns), crack probability of each cell.
        size_wh: of the photo, px.
        cell_px: side of a cell in px of the photo.

    Returns:
        uint8 (H, W, 3), RGB, as large as the photo but at most 768 px a side.
    """
    drawn_wh = _shrunk(size_wh, min(1.0, _MAX_HEAT_MAP_PX / max(size_wh)))
    return _colour(_levels_of(_stretch(heat, size_wh, cell_px, drawn_wh)))


def draw_overlay(
    overview: NDArray[np.uint8],
    size_wh: tuple[int, int],
    heat: NDArray[np.float32],
    cell_px: float,
    regions: Sequence[Region],
    *,
    thresholds: Thresholds,
) -> NDArray[np.uint8]:
    """Draw scores and regions over a photo: sure ones in red, those to review in orange.

    Args:
        overview: uint8 (h, w, 3), RGB, the photo shrunk to ``overview.overview_size``.
        size_wh: of the photo, px.
        heat: float32 (rows, columns), crack probability of each cell.
        cell_px: side of a cell in px of the photo.
        regions: numbered in this order, as in the tables.
        thresholds: which tell sure regions; what scores less than they reach is not tinted.

    Returns:
        uint8 (h, w, 3), RGB.
    """
    drawn_wh = overview.shape[1], overview.shape[0]
    levels = _levels_of(_stretch(heat, size_wh, cell_px, drawn_wh))
    kept, added = _tint_tables(thresholds.extent)
    # In place: each of these pictures has up to 17 MB.
    picture: NDArray[np.uint8] = np.asarray(cv2.applyColorMap(levels, kept), np.uint8)
    cv2.multiply(overview, picture, dst=picture, scale=1 / 255)
    cv2.add(picture, cv2.applyColorMap(levels, added), dst=picture)
    line_px = line_px_of(drawn_wh)
    ratio = drawn_wh[0] / size_wh[0]
    colours = [
        _RED if thresholds.triage(region.score) == "crack" else _ORANGE for region in regions
    ]
    # The surest last: no other line or label lies over its.
    for region, colour in reversed(list(zip(regions, colours, strict=True))):
        rings = [
            np.rint(np.array(ring) * ratio).astype(np.int32)
            for polygon in region.outline
            for ring in polygon
        ]
        thickness = line_px if colour == _RED else max(1, line_px // 2)
        cv2.polylines(picture, rings, isClosed=True, color=colour, thickness=thickness)
    for number in range(len(regions), 0, -1):
        region = regions[number - 1]
        corner = round(region.xyxy[0] * ratio), round(region.xyxy[1] * ratio)
        write_label(
            picture, f"{number}: {format_score(region.score)}", corner, line_px, colours[number - 1]
        )
    return picture


def _tint_tables(threshold: float) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Return, for each level, what is kept of a photo (255 is all) and the colour that is added.

    Returns:
        Both uint8 (256, 1, 3), RGB.
    """
    scores = np.arange(256) / 255
    tint = np.where(scores >= threshold, _MAX_TINT * scores, 0)[:, None, None]
    colours = _colour(np.arange(256, dtype=np.uint8)[:, None])
    kept = np.rint(255 * (1 - tint)).repeat(3, axis=2).astype(np.uint8)
    return kept, np.rint(colours * tint).astype(np.uint8)


def line_px_of(drawn_wh: tuple[int, int]) -> int:
    """Return a width of lines that shows when the picture is as wide as half a screen."""
    return max(2, round(max(drawn_wh) / 600))


def write_label(
    picture: NDArray[np.uint8],
    text: str,
    corner: tuple[int, int],
    bold: int,
    colour: tuple[int, int, int],
) -> None:
    """Write white on a colour, as near to the corner as the picture's sides allow."""
    label = np.concatenate([_draw_glyph(character, bold, colour) for character in text], axis=1)
    label = label[: picture.shape[0], : picture.shape[1]]
    height, width = label.shape[:2]
    left = max(0, min(corner[0], picture.shape[1] - width))
    top = max(0, corner[1] - height)
    picture[top : top + height, left : left + width] = label


@lru_cache(maxsize=256)
def _draw_glyph(character: str, bold: int, colour: tuple[int, int, int]) -> NDArray[np.uint8]:
    """Draw one character, white on a colour, uint8 (h, w, 3), RGB.

    Kept, because OpenCV loads its fonts anew in every thread that writes.
    """
    font, scale = cv2.FONT_HERSHEY_SIMPLEX, 0.3 * bold
    (_, height), below = cv2.getTextSize("0", font, scale, bold)
    (width, _), _ = cv2.getTextSize(character, font, scale, bold)
    glyph = np.full((height + 2 * below, width, 3), colour, np.uint8)
    cv2.putText(glyph, character, (0, height + below), font, scale, _WHITE, bold, cv2.LINE_AA)
    return glyph
