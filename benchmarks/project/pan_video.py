"""A video of a camera that pans over labelled photos: the truth of every frame is known.

The camera goes over each photo row by row, back and forth, with a shaking hand, drifting exposure,
noise and JPEG compression, all by a seed. Frames are made when they are read; none lies on a disk.
"""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.project.event_match import FrameTruth
from benchmarks.project.pan_path import PanFrame, PanSettings, plan_photo
from edge.evaluation.labelled_boxes import BOXES_FILE, read_labelled_boxes
from edge.live.capture.source import RawFrame, SourceEndedError, SourceLostError
from edge.photo.codec import decode_photo, encode_photo, read_photo
from edge.photo.header import read_header

# Exif orientations from here on swap width and height.
_TURNED = 5
# How far the field of noise is larger than a frame: each frame takes another part of it.
_NOISE_ROOM_PX = 64


class PanVideo:
    """A source of frames: the same seed gives the same video.

    Attributes:
        frames: all of them, known before any is rendered.
        name: what it is called.
        is_live: no: every frame waits to be looked at.
    """

    is_live = False

    def __init__(self, photos: Path, settings: PanSettings | None = None) -> None:
        """Lay the camera's path over all photos.

        Args:
            photos: folder with whole photos and ``tiles.csv``.
            settings: of the camera.

        Raises:
            DataError: malformed squares, or a photo smaller than a frame.
            PhotoError: a photo that cannot be read.
        """
        self.settings = settings or PanSettings()
        self.name = f"pan over {photos.name}"
        frames: list[PanFrame] = []
        for path, squares in read_labelled_boxes(photos / BOXES_FILE).items():
            frames += plan_photo(path, _read_size(path), squares, self.settings, first=len(frames))
        self.frames = tuple(frames)
        self._noise = _draw_noise(self.settings)
        self._next: int | None = None
        self._photo_path: Path | None = None
        self._photo: NDArray[np.uint8] | None = None

    @property
    def truths(self) -> list[FrameTruth]:
        """Return what is known of each frame."""
        return [frame.truth for frame in self.frames]

    def open(self) -> None:
        """Begin at the first frame."""
        self._next = 0

    def read(self) -> RawFrame:
        """Render the next frame.

        Raises:
            SourceLostError: it is not open.
            SourceEndedError: all photos were passed.
        """
        if self._next is None:
            raise SourceLostError("not open")
        if self._next == len(self.frames):
            raise SourceEndedError("all photos were passed")
        number, self._next = self._next, self._next + 1
        return RawFrame(self.render(number), media_s=self.frames[number].truth.time_s)

    def close(self) -> None:
        """Let the photo go."""
        self._next = self._photo = self._photo_path = None

    def render(self, number: int) -> NDArray[np.uint8]:
        """Return a frame by its number from 0, uint8 (H, W, 3) RGB."""
        frame, settings = self.frames[number], self.settings
        width, height = settings.size_wh
        # cv2 counts from the middle of px.
        middle = frame.left_px + (width - 1) / 2, frame.top_px + (height - 1) / 2
        view = cv2.getRectSubPix(self._read_photo(frame.photo), (width, height), middle)
        rng = np.random.default_rng([settings.seed, 1, number])
        y, x = (int(at) for at in rng.integers(0, _NOISE_ROOM_PX + 1, size=2))
        noise = self._noise[y : y + height, x : x + width]
        brightened = cv2.convertScaleAbs(view, alpha=frame.gain)
        noisy = cv2.add(brightened, noise, dtype=cv2.CV_8U)
        data = encode_photo(np.asarray(noisy, np.uint8), ".jpg", jpeg_quality=settings.jpeg_quality)
        return decode_photo(data, frame.photo)

    def _read_photo(self, path: Path) -> NDArray[np.uint8]:
        """Return a photo; the one before is let go."""
        if self._photo is None or self._photo_path != path:
            self._photo, self._photo_path = read_photo(path), path
        return self._photo


def _read_size(path: Path) -> tuple[int, int]:
    """Return the size of an upright photo, px."""
    header = read_header(path, where=path)
    width, height = header.size_wh
    return (height, width) if header.orientation >= _TURNED else (width, height)


def _draw_noise(settings: PanSettings) -> NDArray[np.int16]:
    """Draw the field of noise of which each frame takes a part, int16 (rows, columns, 3)."""
    width, height = (side + _NOISE_ROOM_PX for side in settings.size_wh)
    rng = np.random.default_rng([settings.seed, 3])
    field = rng.standard_normal((height, width, 3), np.float32) * np.float32(settings.noise_levels)
    return np.asarray(np.rint(field), np.int16)
