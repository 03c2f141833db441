"""When the next frame is due: a target rate kept without drift, and no burst after a stall."""

from __future__ import annotations

import time
from collections.abc import Callable

from edge.live.timing.clock import Clock


class FrameSchedule:
    """A schedule of frames at a target rate. Times are arguments, so that tests have their own.

    Since the first frame there are never more than ``fps`` times the time passed, plus one. A frame
    that is late does not push those after it, but what a stall has cost is not caught up with.
    """

    def __init__(self, fps: float | None) -> None:
        """Begin with a frame due at once.

        Args:
            fps: frames a second; None for as many as there are.
        """
        self._fps = _check(fps)
        self._last_s: float | None = None
        self._due_s: float | None = None

    @property
    def fps(self) -> float | None:
        """Return the target rate, frames a second; None for as many as there are."""
        return self._fps

    @fps.setter
    def fps(self, fps: float | None) -> None:
        if fps == self._fps:
            return
        self._fps = _check(fps)
        # The old schedule may lie minutes ahead, or demand at once what the new one forbids.
        self._due_s = self._after(self._last_s)

    def wait_s(self, now_s: float) -> float:
        """Return how long to wait before the next frame is taken, s; 0 if it is due."""
        return 0.0 if self._due_s is None else max(0.0, self._due_s - now_s)

    def done(self, now_s: float) -> None:
        """Record that a frame was taken."""
        due_s = self._after(now_s if self._due_s is None else self._due_s)
        self._due_s = due_s if due_s is None or due_s > now_s else self._after(now_s)
        self._last_s = now_s

    def _after(self, time_s: float | None) -> float | None:
        return None if time_s is None or self._fps is None else time_s + 1 / self._fps


class FramePacer:
    """Waits until the next frame is due: gives frames at a rate, as a camera would.

    Args:
        fps: frames a second.
        clock: of which the one that never jumps counts.
        pause: waits for so many seconds.
    """

    def __init__(
        self, fps: float, *, clock: Clock | None = None, pause: Callable[[float], None] = time.sleep
    ) -> None:
        self._schedule = FrameSchedule(fps)
        self._now = (clock or Clock()).monotonic
        self._pause = pause

    def wait(self) -> None:
        """Wait until the next frame is due; the first one is at once."""
        if pause_s := self._schedule.wait_s(self._now()):
            self._pause(pause_s)
        self._schedule.done(self._now())


def _check(fps: float | None) -> float | None:
    if fps is not None and not fps > 0:
        raise ValueError(f"fps {fps}: expected a rate above 0, or None")
    return fps
