"""A camera that needs no camera: it moves along a drawn wall, and cracks come into view."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from edge.evaluation.synthetic import draw_concrete
from edge.live.capture.source import RawFrame
from edge.live.sources.replaceable_handle import ReplaceableHandle
from edge.live.timing.clock import Clock
from edge.live.timing.frame_pacing import FramePacer

DEFAULT_SIZE_WH = (1280, 720)
DEFAULT_FPS = 30.0
LEAST_SIDE_PX = 64
# A larger wall would take a Raspberry Pi's memory while it is drawn.
MOST_PX = 1920 * 1080

# The wall is four frames long, and half a frame of it is cracked: a crack is in view for half of
# the time. Its ends fade out over this share of a frame.
_FADE = 1 / 16
# One whose crack runs through the middle of the frame from top to bottom, and whose sound parts
# score low.
_SEED = 1
# So many frames from one end of the wall to the other: 20 s at 30 frames a second.
_STEPS = 600


class DrawnSource:
    """Pieces of a drawn wall, from one end to the other and back.

    Args:
        size_wh: of the frames, px.
        fps: frames a second.
        seed: another one draws another wall.
        clock: for the rate.
        pause: the same.
    """

    is_live = True
    name = "drawn"

    def __init__(
        self,
        *,
        size_wh: tuple[int, int] | None = None,
        fps: float | None = None,
        seed: int = _SEED,
        clock: Clock | None = None,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._size_wh = size_wh or DEFAULT_SIZE_WH
        self._seed = seed
        self._pacer = FramePacer(fps or DEFAULT_FPS, clock=clock, pause=pause)
        self._wall: NDArray[np.uint8] | None = None
        self._handle: ReplaceableHandle[NDArray[np.uint8]] = ReplaceableHandle(lambda _: None)
        self._shown = 0

    def open(self) -> None:
        """Draw the wall, which takes a moment; the same one if it is opened again."""
        self._wall = self._handle.open(
            lambda: self._make_wall() if self._wall is None else self._wall
        )

    def read(self) -> RawFrame:
        """Return the next frame.

        Raises:
            SourceLostError: it is not open.
        """
        wall = self._handle.get()
        self._pacer.wait()
        width = self._size_wh[0]
        way = wall.shape[1] - width
        there = self._shown % (2 * _STEPS)
        left = round(way * min(there, 2 * _STEPS - there) / _STEPS)
        self._shown += 1
        return RawFrame(wall[:, left : left + width].copy())

    def close(self) -> None:
        """Stop; the wall is kept."""
        self._handle.close()

    def _make_wall(self) -> NDArray[np.uint8]:
        width = self._size_wh[0]
        sound = draw_concrete(self._size_wh, seed=self._seed, cracks=0, joints=0).photo
        # The same seed gives the same wall under the crack.
        cracked = draw_concrete(self._size_wh, seed=self._seed, cracks=1, joints=0).photo
        away = np.abs(np.arange(width, dtype=np.float32) - width / 2)
        share = np.clip((width / 4 - away) / (width * _FADE), 0, 1)[None, :, None]
        with_crack = np.rint(sound + (cracked.astype(np.float32) - sound) * share).astype(np.uint8)
        # Every second piece is turned around, so that there are no seams.
        turned = sound[:, ::-1]
        return np.concatenate([sound, turned, with_crack, turned], axis=1)
