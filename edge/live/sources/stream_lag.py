"""Whether the frames of a stream fall behind: their own times compared with ours."""

from __future__ import annotations

# The camera's clock and ours drift apart, by less than this share.
_DRIFT = 0.0005


class StreamLag:
    """How much later a frame comes than the promptest ones, whatever both clocks count from.

    A machine that cannot decode a stream as fast as it comes gets older and older frames, each of
    which looks new.
    """

    def __init__(self) -> None:
        self._least_s = 0.0
        self._now_s: float | None = None
        self._stamp_s = 0.0

    def add(self, stamp_s: float, now_s: float) -> float:
        """Take a frame and return how late it is, s.

        Args:
            stamp_s: its time in the stream; where that goes back, the count begins anew.
            now_s: when it came, on the clock that never jumps.
        """
        lag_s = now_s - stamp_s
        if self._now_s is None or stamp_s < self._stamp_s:
            self._least_s = lag_s
        else:
            self._least_s = min(lag_s, self._least_s + _DRIFT * (now_s - self._now_s))
        self._now_s, self._stamp_s = now_s, stamp_s
        return lag_s - self._least_s
