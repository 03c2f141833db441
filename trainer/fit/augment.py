"""Augment pictures as sites vary: turned, lit, blurred and seen from other distances."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

# Makes another picture of a tile, uint8 (P, P, 3) RGB, for which the label still holds.
Augmentation = Callable[[NDArray[np.uint8], np.random.Generator], NDArray[np.uint8]]

_TURNS = (None, cv2.ROTATE_90_COUNTERCLOCKWISE, cv2.ROTATE_180, cv2.ROTATE_90_CLOCKWISE)
# How far each augmentation goes; beyond these a hairline crack is no longer one.
_SCALE = (0.65, 1.4)
_GAIN = (0.7, 1.35)
_CHANNEL_GAIN = (0.92, 1.08)
_OFFSET = (-30.0, 30.0)
_GAMMA = (0.75, 1.35)
_BLUR_SIGMA = (0.4, 1.2)
_JPEG_QUALITY = (40, 90)
_NOISE_SIGMA = (2.0, 8.0)
_SHADE = (0.4, 0.85)  # what a shadow leaves of the light
_SHADE_EDGE_PX = (1.0, 12.0)
_GREY = (0.3, 1.0)  # how far colour fades


def augment(tile: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """Return a variation of a square tile, uint8 (P, P, 3), RGB; the label holds for it too."""
    varied = flip_and_rotate(tile, rng)
    if rng.random() < 0.4:
        varied = _rescale(varied, rng)
    varied = _relight(varied, rng)
    if rng.random() < 0.2:
        varied = _fade(varied, rng)
    if rng.random() < 0.15:
        varied = _shade(varied, rng)
    if rng.random() < 0.2:
        sigma = float(rng.uniform(*_BLUR_SIGMA))
        varied = np.asarray(cv2.GaussianBlur(varied, (0, 0), sigma), np.uint8)
    if rng.random() < 0.2:
        varied = _add_noise(varied, rng)
    if rng.random() < 0.2:
        varied = _compress(varied, rng)
    return varied


def flip_and_rotate(tile: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """Return the tile in one of its eight orientations."""
    turn = _TURNS[int(rng.integers(4))]
    varied = tile if turn is None else cv2.rotate(tile, turn)
    if rng.random() < 0.5:
        varied = cv2.flip(varied, 1)
    return np.array(varied, np.uint8)


def keep_unchanged(tile: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """Return the tile as it is."""
    return tile


def _rescale(tile: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """Show the tile nearer or farther, mirrored at its sides where it no longer fills the frame."""
    side = tile.shape[0]
    scale = float(rng.uniform(*_SCALE))
    shift = (1 - scale) * side / 2
    move = np.array([[scale, 0, shift], [0, scale, shift]])
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    return np.asarray(
        cv2.warpAffine(tile, move, (side, side), flags=how, borderMode=cv2.BORDER_REFLECT_101),
        np.uint8,
    )


def _relight(tile: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """Change exposure, contrast, gamma and white balance by one table per channel."""
    levels = np.arange(256, dtype=np.float64)[:, None] / 255
    gain = rng.uniform(*_GAIN) * rng.uniform(*_CHANNEL_GAIN, size=3)
    curve = 255 * levels ** rng.uniform(*_GAMMA)
    table = (curve - 128) * gain + 128 + rng.uniform(*_OFFSET)
    return np.asarray(
        cv2.LUT(tile, np.clip(np.rint(table), 0, 255).astype(np.uint8)[None]), np.uint8
    )


def _fade(tile: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """Take colour away, as wet or evening light does."""
    grey = cv2.cvtColor(cv2.cvtColor(tile, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
    share = float(rng.uniform(*_GREY))
    return np.asarray(cv2.addWeighted(grey, share, tile, 1 - share, 0), np.uint8)


def _shade(tile: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """Let a shadow with a straight, more or less sharp edge fall on a part of the tile."""
    side = tile.shape[0]
    angle = rng.uniform(0, 2 * np.pi)
    through = rng.uniform(0.2, 0.8, size=2) * side
    y, x = np.ogrid[:side, :side]
    distance = (x - through[0]) * np.cos(angle) + (y - through[1]) * np.sin(angle)
    lit = np.clip(distance / rng.uniform(*_SHADE_EDGE_PX) + 0.5, 0, 1)
    shade = rng.uniform(*_SHADE)
    light = (shade + (1 - shade) * lit).astype(np.float32)
    return np.asarray(np.rint(tile * light[..., None]), np.uint8)


def _add_noise(tile: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    noise = rng.standard_normal(tile.shape, np.float32) * np.float32(rng.uniform(*_NOISE_SIGMA))
    return np.asarray(np.clip(np.rint(tile + noise), 0, 255), np.uint8)


def _compress(tile: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    quality = int(rng.integers(*_JPEG_QUALITY))
    # The channel order does not matter here: what goes in comes out.
    _, data = cv2.imencode(".jpg", tile, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)
