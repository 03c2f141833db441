"""Scores smoothed over time: one odd frame is not a crack, and one missed frame is no end of it."""

from __future__ import annotations

import math

# Log odds of one frame count for so much at most (0.007 to 0.993): a model that is dead sure of one
# frame must not outweigh a second of others.
_MOST = 5.0


class Smoother:
    """An exponential mean of log odds over time, whatever the frame rate.

    Averaging log odds is how independent evidence for yes or no adds up; the mean's weight decays
    with time and not with frames, so that a slow machine and a fast one decide alike.
    """

    def __init__(self, time_constant_s: float, *, gap_s: float) -> None:
        """Begin with no crack in view.

        Args:
            time_constant_s: after which an old score counts for 1/e; 0 for no smoothing.
            gap_s: without a frame for so long, it begins anew.
        """
        self._time_constant_s = time_constant_s
        self._gap_s = gap_s
        self._mean = -_MOST
        self._last_s: float | None = None

    def add(self, score: float, time_s: float) -> float:
        """Take the score of a frame and return the smoothed one.

        Args:
            score: crack probability, 0 to 1.
            time_s: of the frame, on a clock that does not go back.
        """
        passed_s = self._time_constant_s if self._last_s is None else time_s - self._last_s
        if passed_s > self._gap_s:
            self._mean = -_MOST
            passed_s = self._time_constant_s
        self._last_s = time_s
        new = 1.0
        if self._time_constant_s > 0:
            new = -math.expm1(-max(0.0, passed_s) / self._time_constant_s)
        self._mean += new * (_log_odds(score) - self._mean)
        return 1 / (1 + math.exp(-self._mean))


def _log_odds(score: float) -> float:
    least = 1 / (1 + math.exp(_MOST))
    score = min(max(score, least), 1 - least)
    return math.log(score / (1 - score))
