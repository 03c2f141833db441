"""An event: from when a crack came into view until it was gone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from edge.detect.regions import Region
from edge.live.scoring.observation import Observation
from edge.live.timing.clock import iso_time

Phase = Literal["begin", "peak", "end"]
EndedBy = Literal["score", "source", "stop"]


@dataclass(frozen=True)
class Event:
    """A crack in view, as far as it is known.

    Attributes:
        id: unlike any other's, also after a restart or a jump of the clock; safe in a file name.
        source: as it is shown.
        model: name of the model.
        threshold: smoothed score at which it began.
        began_at: seconds since 1970 UTC.
        ended_at: the same; None while it lasts.
        duration_s: by the clock that does not jump, up to now.
        peak_at: when the best frame came, seconds since 1970 UTC.
        peak_score: of the best frame, its highest window's crack probability.
        frames: frames in which it was seen.
        size_wh: of the best frame, px.
        regions: of the best frame, px, the surest first.
        ended_by: the score fell, the source was lost or ended, or the program stopped.
    """

    id: str
    source: str
    model: str
    threshold: float
    began_at: float
    ended_at: float | None
    duration_s: float
    peak_at: float
    peak_score: float
    frames: int
    size_wh: tuple[int, int]
    regions: Sequence[Region] = ()
    ended_by: EndedBy | None = None


@dataclass(frozen=True, eq=False)
class Notice:
    """What sinks are told: an event began, has a better frame, or ended.

    Attributes:
        phase: which of these.
        event: as it is now.
        best: its best frame so far.
    """

    phase: Phase
    event: Event
    best: Observation


def describe_event(event: Event, phase: Phase) -> dict[str, Any]:
    """Return an event as plain values for JSON: the same in files, on the page and in MQTT."""
    return {
        "id": event.id,
        "phase": phase,
        "source": event.source,
        "model": event.model,
        "threshold": round(event.threshold, 4),
        "began_at": iso_time(event.began_at),
        "ended_at": None if event.ended_at is None else iso_time(event.ended_at),
        "ended_by": event.ended_by,
        "duration_s": round(event.duration_s, 3),
        "peak_at": iso_time(event.peak_at),
        "peak_score": round(event.peak_score, 4),
        "frames": event.frames,
        "size_wh": list(event.size_wh),
        "regions": [
            {
                "score": round(region.score, 4),
                "xyxy": list(region.xyxy),
                "length_px": region.length_px,
                "orientation_deg": region.orientation_deg,
            }
            for region in event.regions
        ],
    }
