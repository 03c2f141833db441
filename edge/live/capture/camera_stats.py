"""What happened to a source so far."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

CameraStatus = Literal["opening", "running", "lost", "ended"]


@dataclass(frozen=True)
class CameraState:
    """The state of a source.

    Attributes:
        source: what it is called, without passwords.
        status: opening (first or again), running, lost (waits to open again), ended (a file).
        reason: why it was lost; None while it runs.
        for_s: how long it is so.
        size_wh: of its frames, px; None before the first.
        frames: that came.
        dropped: of these, never looked at because a newer one came.
        bad: answers that were not a picture.
        losses: how many times it was lost.
    """

    source: str
    status: CameraStatus
    reason: str | None = None
    for_s: float = 0.0
    size_wh: tuple[int, int] | None = None
    frames: int = 0
    dropped: int = 0
    bad: int = 0
    losses: int = 0


class CameraStats:
    """Status and counts of a source; whoever has it locks it.

    Attributes:
        status: as in CameraState.
        reason: the same.
        since_s: when the status began, on the clock that never jumps.
        size_wh: of the newest frame.
        frames: that came.
        dropped: of these, never taken.
        bad: answers that were not a picture.
        losses: how many times it was lost.
    """

    def __init__(self, now_s: float) -> None:
        self.status: CameraStatus = "opening"
        self.reason: str | None = None
        self.since_s = now_s
        self.size_wh: tuple[int, int] | None = None
        self.frames = 0
        self.dropped = 0
        self.bad = 0
        self.losses = 0

    def begin(self, status: CameraStatus, now_s: float) -> None:
        """Note a new status, unless it is the present one."""
        if status != self.status:
            self.status, self.since_s = status, now_s
        self.reason = None

    def lose(self, reason: str, now_s: float) -> None:
        """Note that it is lost. What fails again while it is lost is the same loss."""
        self.losses += self.status != "lost"
        self.begin("lost", now_s)
        self.reason = reason

    def describe(
        self, name: str, now_s: float, *, silence: str | None, silent_since_s: float
    ) -> CameraState:
        """Return the state.

        Args:
            name: of the source.
            now_s: the time.
            silence: why it counts as lost although it has not said so; None if it does not.
            silent_since_s: since when.
        """
        is_silent = silence is not None
        return CameraState(
            source=name,
            status="lost" if is_silent else self.status,
            reason=silence if is_silent else self.reason,
            for_s=now_s - (silent_since_s if is_silent else self.since_s),
            size_wh=self.size_wh,
            frames=self.frames,
            dropped=self.dropped,
            bad=self.bad,
            losses=self.losses,
        )
