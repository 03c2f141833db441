"""Rates and latencies over the last frames."""

from __future__ import annotations

from collections import deque

# Frames and seconds that a figure looks back; where frames are rarer, back to the one before.
_FRAMES = 100
_SECONDS = 5.0
_LONGEST_S = 60.0


class RateMeter:
    """Frame rate over the last seconds, latency over the last frames; bounded memory."""

    def __init__(self) -> None:
        """Begin without a frame."""
        self._latencies_ms: deque[float] = deque(maxlen=_FRAMES)
        self._times_s: deque[float] = deque()

    def add(self, now_s: float, latency_ms: float) -> None:
        """Take a frame that was looked at."""
        self._latencies_ms.append(latency_ms)
        self._times_s.append(now_s)
        self._forget(now_s)

    def fps(self, now_s: float) -> float:
        """Return frames per second over the last 5 s, at least from one frame to the next."""
        self._forget(now_s)
        if len(self._times_s) < 2:
            return 0.0
        return (len(self._times_s) - 1) / max(now_s - self._times_s[0], 1e-9)

    def latencies_ms(self, *shares: float) -> list[float | None]:
        """Return the latency that each share of the last 100 frames stayed within; None of none."""
        ordered = sorted(self._latencies_ms)
        count = len(ordered)
        return [ordered[min(count - 1, int(share * count))] if count else None for share in shares]

    def _forget(self, now_s: float) -> None:
        times = self._times_s
        while times and now_s - times[0] > (_SECONDS if len(times) > 2 else _LONGEST_S):
            times.popleft()
