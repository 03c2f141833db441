"""What others may ask of the loop while it runs."""

from __future__ import annotations

import threading

# Of a smoothed score: beyond these it never comes, or is always there.
THRESHOLDS = (0.02, 0.98)


class Controls:
    """Wishes of users and signals. Any thread may set them; the loop reads them between frames.

    Attributes:
        stop: set to end the loop.
        reopen: set to close and open source and sinks again.
    """

    def __init__(self, threshold: float) -> None:
        self.stop = threading.Event()
        self.reopen = threading.Event()
        self._lock = threading.Lock()
        self.threshold = threshold

    @property
    def threshold(self) -> float:
        """Return the smoothed score at or above which an event begins."""
        with self._lock:
            return self._threshold

    @threshold.setter
    def threshold(self, value: float) -> None:
        if not THRESHOLDS[0] <= value <= THRESHOLDS[1]:
            raise ValueError(
                f"threshold {value}: expected a value from {THRESHOLDS[0]} to {THRESHOLDS[1]}"
            )
        with self._lock:
            self._threshold = value
