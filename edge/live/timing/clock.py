"""The two clocks: one that never jumps, for durations, and one that people read, which may."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Clock:
    """Where times come from; tests put their own in.

    Attributes:
        monotonic: seconds since some moment, never back; all durations are taken from it.
        wall: seconds since 1970 UTC. It may jump: a Raspberry Pi has no battery for its clock.
    """

    monotonic: Callable[[], float] = time.monotonic
    wall: Callable[[], float] = time.time


def iso_time(wall_s: float) -> str:
    """Return a time as ISO 8601 in UTC with milliseconds, such as 2026-05-06T07:08:09.010Z."""
    whole_ms = round(wall_s * 1000)
    stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(whole_ms // 1000))
    return f"{stamp}.{whole_ms % 1000:03d}Z"
