"""How long to wait before something is tried again: longer each time, and never in step."""

from __future__ import annotations

import random

LEAST_S = 0.5
MOST_S = 30.0
# What ran so long was well; what fails after it is a new trouble.
WELL_S = 10.0


class Backoff:
    """Pauses that double up to a limit, with jitter, until something ran well for a while.

    Args:
        least_s: the first pause is at most this.
        most_s: no pause is longer.
        well_s: after a run of so long the pauses begin anew.
        rng: of the jitter, so that many devices do not all call a camera or broker at once.
    """

    def __init__(
        self,
        *,
        least_s: float = LEAST_S,
        most_s: float = MOST_S,
        well_s: float = WELL_S,
        rng: random.Random | None = None,
    ) -> None:
        if not 0 < least_s <= most_s:
            raise ValueError(f"least {least_s} s, most {most_s} s; expected 0 < least <= most")
        self._least_s = least_s
        self._most_s = most_s
        self._well_s = well_s
        self._rng = rng or random.Random()
        self._longest_s = least_s

    def next_s(self) -> float:
        """Return the next pause: between half of the longest one it may be now and that."""
        longest_s = self._longest_s
        self._longest_s = min(2 * longest_s, self._most_s)
        return longest_s * self._rng.uniform(0.5, 1)

    def note_run(self, ran_s: float) -> None:
        """Record how long it ran before it failed."""
        if ran_s >= self._well_s:
            self.reset()

    def reset(self) -> None:
        """Begin anew with the shortest pauses."""
        self._longest_s = self._least_s
