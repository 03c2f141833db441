"""What others may ask of the loop while it runs."""

from __future__ import annotations

import threading
import time

# Of a smoothed score: beyond these it never comes, or is always there.
THRESHOLDS = (0.02, 0.98)


# As in a scan: of what scores this much nine in ten are cracks.
DEFAULT_THRESHOLD = 0.9
# How often a waiting thread looks at the flag.
_LOOK_S = 0.05


class SignalFlag:
    """A flag that a signal's handler may set: unlike threading.Event it takes no lock.

    A handler runs in the middle of whatever the main thread does. An Event's lock may be held
    there already, and then nobody would ever let go of it.
    """

    def __init__(self) -> None:
        self._is_set = False

    def set(self) -> None:
        """Set it."""
        self._is_set = True

    def clear(self) -> None:
        """Clear it."""
        self._is_set = False

    def is_set(self) -> bool:
        """Return whether it is set."""
        return self._is_set

    def wait(self, timeout_s: float) -> bool:
        """Wait until it is set, for this time at most; return whether it is set."""
        until_s = time.monotonic() + timeout_s
        while not self._is_set and (left_s := until_s - time.monotonic()) > 0:
            time.sleep(min(left_s, _LOOK_S))
        return self._is_set


class Controls:
    """Requests of users and signals. Any thread may set them; the loop reads them between frames.

    Attributes:
        stop: set to end the loop.
        reopen: set to close and open source and sinks again.
    """

    def __init__(self, threshold: float) -> None:
        self.stop = SignalFlag()
        self.reopen = SignalFlag()
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
