"""Frames at a given rate, as a camera would give them."""

from __future__ import annotations

import time
from collections.abc import Callable

from edge.live.clock import Clock
from edge.live.pace import Pace


class Pacer:
    """Waits until the next frame is due.

    Args:
        fps: frames a second.
        clock: of which the one that never jumps counts.
        pause: waits for so many seconds.
    """

    def __init__(
        self, fps: float, *, clock: Clock | None = None, pause: Callable[[float], None] = time.sleep
    ) -> None:
        self._pace = Pace(fps)
        self._now = (clock or Clock()).monotonic
        self._pause = pause

    def wait(self) -> None:
        """Wait until the next frame is due; the first one is at once."""
        if pause_s := self._pace.wait_s(self._now()):
            self._pause(pause_s)
        self._pace.done(self._now())
