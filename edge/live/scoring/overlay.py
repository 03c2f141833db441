"""Draw what the loop saw, and what to show where there is nothing to see."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.detect.regions import move_region
from edge.live.scoring.frame_scorer import choose_frame_thresholds
from edge.live.scoring.observation import Observation
from edge.live.timing.clock import iso_time
from edge.photo.preprocess import resize
from edge.photo.tiling import Box
from edge.report.pictures.draw import draw_overlay, line_px_of, write_label

# What lies outside of the part that is looked at keeps so much of its light.
_OUTSIDE = 0.45
_RED = (214, 20, 20)
_GREY = (70, 70, 70)
_CARD = 52


def draw_observation(observation: Observation, *, longest_px: int) -> NDArray[np.uint8]:
    """Draw a frame with scores, regions, its time and its score; what was not looked at is dim.

    Args:
        observation: what was seen.
        longest_px: longer side of the result at most.

    Returns:
        uint8 (h, w, 3), RGB.
    """
    size_wh = observation.frame.size_wh
    ratio = min(1.0, longest_px / max(size_wh))
    drawn_wh = max(1, round(size_wh[0] * ratio)), max(1, round(size_wh[1] * ratio))
    frame = resize(observation.frame.picture, drawn_wh)
    left, top, right, bottom = _shrink_box(observation.box, drawn_wh, size_wh)
    width, height = observation.box[2] - observation.box[0], observation.box[3] - observation.box[1]
    part = draw_overlay(
        frame[top:bottom, left:right],
        (width, height),
        observation.heat,
        observation.cell_px,
        [
            move_region(region, -observation.box[0], -observation.box[1])
            for region in observation.regions
        ],
        thresholds=choose_frame_thresholds(observation.threshold),
    )
    picture = part
    if part.shape != frame.shape:
        picture = np.asarray(cv2.convertScaleAbs(frame, alpha=_OUTSIDE), np.uint8)
        picture[top:bottom, left:right] = part
    line_px = line_px_of(drawn_wh)
    is_crack = observation.event_id is not None
    time_shown = iso_time(observation.frame.wall_s)[:-5].replace("T", " ")
    text = f"{time_shown} UTC  score {observation.smoothed:.2f}"
    write_label(picture, text, (0, drawn_wh[1]), line_px, _RED if is_crack else _GREY)
    return picture


def _shrink_box(box: Box, drawn_wh: tuple[int, int], size_wh: tuple[int, int]) -> Box:
    """Return a box of the frame in px of the drawing, at least one px wide and high."""
    left, top, right, bottom = (
        round(side * drawn_wh[axis % 2] / size_wh[axis % 2]) for axis, side in enumerate(box)
    )
    left, top = min(left, drawn_wh[0] - 1), min(top, drawn_wh[1] - 1)
    return left, top, max(right, left + 1), max(bottom, top + 1)


def draw_no_picture(size_wh: tuple[int, int], text: str) -> NDArray[np.uint8]:
    """Draw a grey card that says why there is no picture.

    Args:
        size_wh: of the card, px.
        text: lines of it; what is too long for the card is broken between words.

    Returns:
        uint8 (h, w, 3), RGB.
    """
    width, height = size_wh
    card = np.full((height, width, 3), _CARD, np.uint8)
    font, scale = cv2.FONT_HERSHEY_SIMPLEX, max(0.3, width / 900)
    bold = max(1, round(scale * 1.5))
    lines = _break_lines(text, font, scale, bold, round(width * 0.92))
    pitch = round(36 * scale)
    y = (height - pitch * (len(lines) - 1)) // 2
    for line in lines:
        (length, _), _ = cv2.getTextSize(line, font, scale, bold)
        x = (width - length) // 2
        cv2.putText(card, line, (x, y), font, scale, (255, 255, 255), bold, cv2.LINE_AA)
        y += pitch
    return card


def _break_lines(text: str, font: int, scale: float, bold: int, width: int) -> list[str]:
    lines = [""]
    # The font has no other characters.
    for word in text.encode("ascii", "replace").decode().split():
        longer = f"{lines[-1]} {word}".strip()
        if cv2.getTextSize(longer, font, scale, bold)[0][0] <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return [line for line in lines if line]
