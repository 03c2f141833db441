"""One picture of a source, to see whether it works and what it sees."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edge.live.capture.frame import Frame
from edge.live.capture.frame_grabber import FrameGrabber
from edge.live.capture.source import Source, SourceLostError
from edge.live.timing.clock import Clock

FIRST_FRAME_S = 20.0
# Cameras begin dark, until they have found their exposure.
SETTLE_S = 1.5
STOP_S = 2.0

_BLACK_LEVEL = 16.0
_PLAIN_LEVELS = 2.0


@dataclass(frozen=True, eq=False)
class CameraCheck:
    """What a source gave.

    Attributes:
        picture: uint8 (H, W, 3), RGB.
        first_frame_s: from opening to the first frame.
        frames: that came until the picture was taken.
        warning: what looks wrong with the picture; None if nothing does.
    """

    picture: NDArray[np.uint8]
    first_frame_s: float
    frames: int
    warning: str | None


def check_camera(
    source: Source,
    *,
    clock: Clock | None = None,
    first_frame_s: float = FIRST_FRAME_S,
    settle_s: float = SETTLE_S,
    stop_s: float = STOP_S,
) -> CameraCheck:
    """Open a source and take a picture when its exposure has settled.

    Args:
        source: closed again afterwards.
        clock: of which the one that never jumps counts.
        first_frame_s: the longest wait for a first frame.
        settle_s: how long a camera is left to find its exposure.
        stop_s: the longest wait for it to close.

    Raises:
        SourceLostError: no picture came; the message says why.
    """
    now = (clock or Clock()).monotonic
    capture = FrameGrabber(source, clock=clock)
    begun_s = now()
    capture.start()
    try:
        frame = _wait_first(capture, begun_s + first_frame_s, clock or Clock())
        came_s = now()
        while source.is_live and now() < came_s + settle_s and capture.state.status == "running":
            frame = capture.wait(0.1) or frame
        frames = capture.state.frames
    finally:
        capture.stop(stop_s)
    return CameraCheck(frame.picture, came_s - begun_s, frames, find_warning(frame.picture))


def _wait_first(capture: FrameGrabber, end_s: float, clock: Clock) -> Frame:
    while (frame := capture.wait(0.1)) is None:
        state = capture.state
        if state.reason is not None:
            raise SourceLostError(state.reason)
        if capture.has_ended:
            raise SourceLostError("no readable picture arrived")
        if clock.monotonic() > end_s:
            raise SourceLostError("no frame arrived in time")
    return frame


def find_warning(picture: NDArray[np.uint8]) -> str | None:
    """Return what looks wrong with a picture, uint8 (H, W, 3); None if nothing does."""
    mean, spread = float(picture.mean()), float(picture.std(axis=(0, 1)).max())
    if mean < _BLACK_LEVEL and spread < _BLACK_LEVEL:
        return "the picture is black: is the lens covered, or is it dark?"
    if spread < _PLAIN_LEVELS:
        return "the picture is a single colour: is this the right device?"
    return None
