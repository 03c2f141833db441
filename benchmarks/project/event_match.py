"""Compare the events of a live watch with what is known of each frame of a video. Pure.

Frames of one video resemble each other, so passages and events are counted, not frames, as is usual
where events in time are sought:

- sed_eval and DCASE (sounds) ask that onset and end lie within a collar of 0.2 s around the true
  ones. That fits what begins sharply; a crack comes into view bit by bit, and nobody acts on the
  moment.
- SzCORE (seizures; Dan et al. 2024) counts an event as found if any part of it overlaps a detection
  and reports false alarms per time. So does this, with a collar of a second around a passage within
  which an event is not called false: smoothing lets an event end late.

Any overlap also rewards one event that never ends. So beside it stand the passages that an earlier
event was carried into, and the share of crack-free time that lies within events (what SzCORE's
sample-based and DCASE's segment-based figures are for).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from statistics import NormalDist
from typing import Any

# Passages with less than this between them are one: a shaking hand makes no new crack.
JOIN_S = 1.0
# An event so close to a passage is not false.
TOLERANCE_S = 1.0

_LEVEL = 0.95
# Times are sums of floats: what touches within this touches.
_EPSILON_S = 1e-6


@dataclass(frozen=True)
class Span:
    """A piece of time.

    Attributes:
        began_s: when it began, s of the video.
        ended_s: when it ended, not before it began.
    """

    began_s: float
    ended_s: float

    def __post_init__(self) -> None:
        """Refuse what ends before it begins."""
        if not self.began_s <= self.ended_s:
            raise ValueError(f"{self.began_s} to {self.ended_s} s: expected an end after the start")

    def meets(self, other: Span, *, within_s: float = 0.0) -> bool:
        """Tell whether both have a moment in common, or come so close."""
        return (
            self.began_s <= other.ended_s + within_s + _EPSILON_S
            and other.began_s <= self.ended_s + within_s + _EPSILON_S
        )

    def holds(self, time_s: float) -> bool:
        """Tell whether a moment lies in it."""
        return self.began_s - _EPSILON_S <= time_s <= self.ended_s + _EPSILON_S


@dataclass(frozen=True)
class FrameTruth:
    """What is known of a frame.

    Attributes:
        time_s: of the video.
        cracked: names of the cracked squares of which at least half is in view.
        is_free: no part of a cracked square is in view.
    """

    time_s: float
    cracked: tuple[str, ...]
    is_free: bool


@dataclass(frozen=True)
class EventFigures:
    """How events did against the truth.

    Attributes:
        passages: of a crack through the view.
        passages_found: of these, those that overlap an event.
        passages_carried: of the found ones, those where no event began: an earlier one went on.
        squares: cracked ones that were in view.
        squares_found: of these, those that were in view while an event lasted.
        events: how many there were.
        false_events: of these, those more than ``TOLERANCE_S`` away from any passage.
        false_on_free: of the false ones, those in which no part of a cracked square was in view;
            in the others less than half of one was.
        minutes: of video.
        free_minutes: of these, without any part of a cracked square in view.
        free_in_events: share of the crack-free time that lies within events.
        delay_s: median time from a passage's begin to the first event in it; None if none.
    """

    passages: int
    passages_found: int
    passages_carried: int
    squares: int
    squares_found: int
    events: int
    false_events: int
    false_on_free: int
    minutes: float
    free_minutes: float
    free_in_events: float | None
    delay_s: float | None

    @property
    def recall(self) -> float | None:
        """Return the share of passages found."""
        return self.passages_found / self.passages if self.passages else None

    @property
    def square_recall(self) -> float | None:
        """Return the share of cracked squares found."""
        return self.squares_found / self.squares if self.squares else None

    @property
    def false_per_minute(self) -> float | None:
        """Return false events per minute of video."""
        return self.false_events / self.minutes if self.minutes else None

    @property
    def false_per_free_minute(self) -> float | None:
        """Return false events per minute without a crack in view."""
        return self.false_events / self.free_minutes if self.free_minutes else None

    def to_dict(self) -> dict[str, Any]:
        """Return all figures by name, the interval of the recall among them."""
        interval = wilson_interval(self.passages_found, self.passages)
        rates = {
            "recall": self.recall,
            "recall_interval": None if interval is None else list(interval),
            "square_recall": self.square_recall,
            "false_per_minute": self.false_per_minute,
            "false_per_free_minute": self.false_per_free_minute,
        }
        return {name: _round(value) for name, value in (rates | asdict(self)).items()}


def find_passages(frames: Sequence[FrameTruth], *, join_s: float = JOIN_S) -> list[Span]:
    """Return from when to when a cracked square was in view, by at least half.

    Args:
        frames: in the order of time.
        join_s: passages with less than this between them are one.
    """
    passages: list[Span] = []
    for frame in frames:
        if not frame.cracked:
            continue
        if passages and frame.time_s - passages[-1].ended_s < join_s - _EPSILON_S:
            passages[-1] = Span(passages[-1].began_s, frame.time_s)
        else:
            passages.append(Span(frame.time_s, frame.time_s))
    return passages


def match_events(
    frames: Sequence[FrameTruth],
    events: Sequence[Span],
    *,
    join_s: float = JOIN_S,
    tolerance_s: float = TOLERANCE_S,
) -> EventFigures:
    """Compare events with what is known of each frame.

    A passage is found by any overlap, without a collar; an event is false without one even within
    the collar. So a late event can be neither.

    Args:
        frames: in the order of time, evenly spaced.
        events: in any order.
        join_s: passages with less than this between them are one.
        tolerance_s: the collar around passages.
    """
    passages = find_passages(frames, join_s=join_s)
    lasting = [any(event.holds(frame.time_s) for event in events) for frame in frames]
    seen = {name for frame in frames for name in frame.cracked}
    found = {
        name for frame, on in zip(frames, lasting, strict=True) if on for name in frame.cracked
    }
    false = [
        event
        for event in events
        if not any(event.meets(passage, within_s=tolerance_s) for passage in passages)
    ]
    partly = [frame.time_s for frame in frames if not frame.is_free]
    free = [on for frame, on in zip(frames, lasting, strict=True) if frame.is_free]
    frame_s = _find_frame_s(frames)
    meeting = [[event for event in events if event.meets(passage)] for passage in passages]
    return EventFigures(
        passages=len(passages),
        passages_found=sum(map(bool, meeting)),
        passages_carried=sum(
            bool(met)
            and all(event.began_s < passage.began_s - tolerance_s - _EPSILON_S for event in met)
            for met, passage in zip(meeting, passages, strict=True)
        ),
        squares=len(seen),
        squares_found=len(found),
        events=len(events),
        false_events=len(false),
        false_on_free=sum(not any(map(event.holds, partly)) for event in false),
        minutes=len(frames) * frame_s / 60,
        free_minutes=len(free) * frame_s / 60,
        free_in_events=sum(free) / len(free) if free else None,
        delay_s=_find_delay_s(passages, events),
    )


def wilson_interval(hits: int, count: int, *, level: float = _LEVEL) -> tuple[float, float] | None:
    """Return where a share may lie (Wilson 1927): right for few counts too, and for all or none.

    Args:
        hits: how many of them.
        count: of independent trials; None is returned for 0.
        level: of confidence.

    Raises:
        ValueError: more hits than trials, or fewer than none.
    """
    if not 0 <= hits <= count:
        raise ValueError(f"{hits} of {count}: expected 0 to {count}")
    if not count:
        return None
    z = NormalDist().inv_cdf((1 + level) / 2)
    share = hits / count
    middle = (share + z * z / (2 * count)) / (1 + z * z / count)
    half = z * math.sqrt(share * (1 - share) / count + (z / (2 * count)) ** 2) / (1 + z * z / count)
    # By rounding the ends could miss 0 and 1 by a hair.
    return min(max(0.0, middle - half), share), max(min(1.0, middle + half), share)


def _find_frame_s(frames: Sequence[FrameTruth]) -> float:
    """Return how long a frame stands for."""
    if len(frames) < 2:
        return 0.0
    return (frames[-1].time_s - frames[0].time_s) / (len(frames) - 1)


def _find_delay_s(passages: Sequence[Span], events: Sequence[Span]) -> float | None:
    """Return the median delay; 0 where an event already lasted when the passage began."""
    delays = sorted(
        max(0.0, min(starts) - passage.began_s)
        for passage in passages
        if (starts := [event.began_s for event in events if event.meets(passage)])
    )
    if not delays:
        return None
    middle = len(delays) // 2
    return delays[middle] if len(delays) % 2 else (delays[middle - 1] + delays[middle]) / 2


def _round(value: Any) -> Any:
    if isinstance(value, list):
        return [_round(one) for one in value]
    return round(value, 4) if isinstance(value, float) else value
