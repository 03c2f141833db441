"""Draw scores and regions for people to look at."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.preprocess import resize
from edge.regions import Region

# Pictures are looked at on a screen; the numbers are in the tables.
_MAX_SIDE_PX = 2048
_RED = (230, 30, 30)
_WHITE = (255, 255, 255)
_MAX_TINT = 0.45


def _drawn_size(size_wh: tuple[int, int]) -> tuple[int, int]:
    scale = min(1.0, _MAX_SIDE_PX / max(size_wh))
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


def _colour(scores: NDArray[np.float32]) -> NDArray[np.uint8]:
    levels = np.clip(np.rint(scores * 255), 0, 255).astype(np.uint8)
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
        uint8 (H, W, 3), RGB, as large as the photo but at most 2048 px.
    """
    return _colour(_stretch(heat, size_wh, cell_px, _drawn_size(size_wh)))


def draw_overlay(
    photo: NDArray[np.uint8],
    heat: NDArray[np.float32],
    cell_px: float,
    regions: Sequence[Region],
    *,
    threshold: float,
) -> NDArray[np.uint8]:
    """Draw scores at or above the threshold and the regions over the photo.

    Args:
        photo: uint8 (H, W, 3), RGB.
        heat: float32 (rows, columns), crack probability of each cell.
        cell_px: side of a cell in px of the photo.
        regions: numbered in this order, as in the tables.
        threshold: below it nothing is tinted.

    Returns:
        uint8 (h, w, 3), RGB, at most 2048 px a side.
    """
    size_wh = photo.shape[1], photo.shape[0]
    drawn_wh = _drawn_size(size_wh)
    picture = resize(photo, drawn_wh)
    scores = _stretch(heat, size_wh, cell_px, drawn_wh)
    tint = (_MAX_TINT * np.where(scores >= threshold, scores, 0))[:, :, None]
    picture = np.rint(picture * (1 - tint) + _colour(scores) * tint).astype(np.uint8)
    ratio = drawn_wh[0] / size_wh[0]
    for number, region in enumerate(regions, start=1):
        left, top, right, bottom = (round(side * ratio) for side in region.xyxy)
        cv2.rectangle(picture, (left, top), (right - 1, bottom - 1), _RED, 2)
        _write(picture, f"{number}: {region.score:.2f}", (left, top))
    return picture


def _write(picture: NDArray[np.uint8], text: str, corner: tuple[int, int]) -> None:
    font, scale, bold = cv2.FONT_HERSHEY_SIMPLEX, 0.6, 2
    (width, height), below = cv2.getTextSize(text, font, scale, bold)
    left = max(0, min(corner[0], picture.shape[1] - width))
    base = max(height + below, corner[1])
    cv2.rectangle(picture, (left, base - height - below), (left + width, base), _RED, cv2.FILLED)
    cv2.putText(picture, text, (left, base - below // 2), font, scale, _WHITE, bold, cv2.LINE_AA)
