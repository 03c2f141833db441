"""Events and notices made by hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from edge.detect.regions import Region
from edge.live.events.event import Event, Notice, Phase
from tests.unit.edge.live.clocks_made import WALL_S
from tests.unit.edge.live.observations_made import SIZE_WH, make_observation, plain_picture

REGION = Region(0.98, (10, 20, 90, 60), 3200, 80.5, 12.0)


def event_id(number: int) -> str:
    """Return an id as a tracker makes it."""
    return f"20260506T070809Z-{number:08x}"


def make_event(number: int = 1, **changes: Any) -> Event:
    """Return an event that lasts."""
    event = Event(
        id=event_id(number),
        source="camera 0",
        model="fake",
        threshold=0.9,
        began_at=WALL_S,
        ended_at=None,
        duration_s=1.5,
        peak_at=WALL_S + 1,
        peak_score=0.99,
        frames=12,
        size_wh=SIZE_WH,
        regions=(REGION,),
    )
    return replace(event, **changes)


def make_notice(
    number: int = 1,
    phase: Phase = "begin",
    *,
    frame: int | None = None,
    size_wh: tuple[int, int] = SIZE_WH,
    regions: Sequence[Region] = (REGION,),
) -> Notice:
    """Return what is reported of an event.

    Each event has a frame of its own unless given, and each frame a grey level: its number.
    """
    event = make_event(number, size_wh=size_wh, regions=regions)
    if phase == "end":
        event = replace(event, ended_at=WALL_S + 4, duration_s=4.0, ended_by="score")
    frame = number if frame is None else frame
    picture = plain_picture(frame, size_wh)
    return Notice(
        phase,
        event,
        make_observation(number=frame, picture=picture, regions=regions, event_id=event.id),
    )
