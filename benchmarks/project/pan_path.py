"""Where a panning camera goes over labelled photos, and what is known of each frame. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.project.event_match import FrameTruth
from edge.evaluation.labelled_boxes import LabelledBox
from edge.files.errors import DataError
from edge.model.labels import CRACK

# Of a square, to be called in view.
_HALF = 0.5


@dataclass(frozen=True)
class PanSettings:
    """How the camera moves and what disturbs it.

    Attributes:
        size_wh: of a frame, px of the photo. Of the real photos 1280 x 720 px nearly always show a
            crack; of 640 x 480 px a third do and half show no part of one.
        fps: frames a second, about what a Raspberry Pi looks at.
        speed_px_s: of the camera over the photo, px a second.
        overlap: of neighbouring rows, as a share of a frame's height.
        shake_px: standard deviation of the hand's shaking.
        drift: standard deviation of the exposure, as a share of the brightness.
        noise_levels: standard deviation of the sensor's noise, of 255.
        jpeg_quality: of each frame.
        seed: of all disturbance.
    """

    size_wh: tuple[int, int] = (640, 480)
    fps: float = 5.0
    speed_px_s: float = 120.0
    overlap: float = 0.2
    shake_px: float = 2.0
    drift: float = 0.06
    noise_levels: float = 2.0
    jpeg_quality: int = 85
    seed: int = 0

    def __post_init__(self) -> None:
        """Refuse values without a meaning."""
        if min(self.size_wh) < 1 or min(self.fps, self.speed_px_s) <= 0:
            raise ValueError(f"{self}: expected a size, a rate and a speed above 0")
        if not 0 <= self.overlap < 1:
            raise ValueError(f"overlap {self.overlap}: expected 0 to below 1")


@dataclass(frozen=True)
class PanFrame:
    """Where the camera is in a frame and what is to be seen there.

    Attributes:
        photo: over which it is.
        left_px: left side of the frame on the photo.
        top_px: upper side.
        gain: of the exposure.
        crack_share: of the frame's area that is cracked squares.
        truth: what is known of it.
    """

    photo: Path
    left_px: float
    top_px: float
    gain: float
    crack_share: float
    truth: FrameTruth


def plan_photo(
    path: Path,
    size_wh: tuple[int, int],
    squares: Sequence[LabelledBox],
    settings: PanSettings,
    *,
    first: int,
) -> list[PanFrame]:
    """Return the frames of a photo.

    Args:
        path: of the photo.
        size_wh: of the upright photo, px.
        squares: labelled ones of it.
        settings: of the camera.
        first: number of its first frame in the video.

    Raises:
        DataError: the photo is smaller than a frame.
    """
    if size_wh[0] < settings.size_wh[0] or size_wh[1] < settings.size_wh[1]:
        raise DataError(
            f"{path}: is smaller than a frame of {settings.size_wh[0]} x {settings.size_wh[1]} px"
        )
    places = plan_path(size_wh, settings)
    rng = np.random.default_rng([settings.seed, 2, first])
    shake = settings.shake_px * _wander((len(places), 2), settings.fps, 0.2, rng)
    room = np.subtract(size_wh, settings.size_wh)
    places = np.clip(places + shake, 0, room)
    gains = 1 + settings.drift * _wander((len(places), 1), settings.fps, 5.0, rng)[:, 0]
    cracked = [square.box for square in squares if square.label == CRACK]
    shares = _find_shares(places, settings.size_wh, cracked)
    areas = np.array([(r - x) * (b - y) for x, y, r, b in cracked], np.float64)
    names = [f"{path.name}/{x},{y}" for x, y, _, _ in cracked]
    return [
        PanFrame(
            photo=path,
            left_px=float(left),
            top_px=float(top),
            gain=float(np.clip(gain, 0.5, 1.5)),
            crack_share=float(row @ areas) / (settings.size_wh[0] * settings.size_wh[1]),
            truth=FrameTruth(
                time_s=(first + number) / settings.fps,
                cracked=tuple(names[at] for at in np.flatnonzero(row >= _HALF)),
                is_free=not row.any(),
            ),
        )
        for number, ((left, top), gain, row) in enumerate(zip(places, gains, shares, strict=True))
    ]


def plan_path(size_wh: tuple[int, int], settings: PanSettings) -> NDArray[np.float64]:
    """Lay the camera's path over a photo: row by row, back and forth, at an even speed.

    Args:
        size_wh: of the photo, px, not smaller than a frame.
        settings: of the camera.

    Returns:
        float64 (N, 2): left and upper side of each frame; together they show all of the photo.
    """
    right, bottom = (photo - frame for photo, frame in zip(size_wh, settings.size_wh, strict=True))
    pitch = settings.size_wh[1] * (1 - settings.overlap)
    tops = np.linspace(0, bottom, math.ceil(bottom / pitch) + 1)
    corners = [
        (x, top)
        for row, top in enumerate(tops)
        for x in ((0, right) if row % 2 == 0 else (right, 0))
    ]
    x, y = np.array(corners, np.float64).T
    way = np.concatenate([[0.0], np.cumsum(np.hypot(np.diff(x), np.diff(y)))])
    steps = np.arange(0, way[-1], settings.speed_px_s / settings.fps)
    # The last step would stop short of the corner.
    at = np.append(steps, way[-1])
    return np.stack([np.interp(at, way, x), np.interp(at, way, y)], axis=1)


def _find_shares(
    places: NDArray[np.float64], size_wh: tuple[int, int], boxes: Sequence[tuple[int, ...]]
) -> NDArray[np.float64]:
    """Return which share of each box lies in each frame, (frames, boxes)."""
    box = np.array(boxes, np.float64).reshape(-1, 4)
    low = np.maximum(places[:, None], box[None, :, :2])
    high = np.minimum(places[:, None] + size_wh, box[None, :, 2:])
    sides = np.clip(high - low, 0, None)
    areas = (box[:, 2:] - box[:, :2]).prod(axis=1)
    return np.asarray(sides.prod(axis=2) / areas, np.float64)


def _wander(
    shape: tuple[int, int], fps: float, memory_s: float, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Return a random walk that is pulled back (Ornstein-Uhlenbeck), of deviation 1."""
    keep = math.exp(-1 / (fps * memory_s))
    steps = rng.standard_normal(shape)
    steps[1:] *= math.sqrt(1 - keep * keep)
    for number in range(1, len(steps)):
        steps[number] += keep * steps[number - 1]
    return steps
