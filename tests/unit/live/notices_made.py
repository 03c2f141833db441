"""Events, notices and states made by hand, and a wait for what a sink makes of them."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from edge.live.event import Event, Notice, Phase
from edge.live.state import CameraState, LiveState
from edge.regions import Region
from tests.unit.live.sights_made import WALL_S, make_sight

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
        size_wh=(128, 96),
        regions=(REGION,),
    )
    return replace(event, **changes)


def make_notice(
    number: int = 1,
    phase: Phase = "begin",
    *,
    frame: int | None = None,
    size_wh: tuple[int, int] = (128, 96),
    regions: Sequence[Region] = (REGION,),
    at_s: float = WALL_S,
) -> Notice:
    """Return what is told of an event; each event has a frame of its own unless given."""
    event = make_event(number, began_at=at_s, peak_at=at_s, size_wh=size_wh, regions=regions)
    if phase == "end":
        event = replace(event, ended_at=at_s + 2, ended_by="score")
    sight = make_sight(number=number if frame is None else frame, size_wh=size_wh, regions=regions)
    return Notice(phase, event, replace(sight, event_id=event.id))


def make_state(**changes: Any) -> LiveState:
    """Return the state of a watch that looks."""
    state = LiveState(
        version="0.1.0",
        model="fake",
        backend="LiteRT",
        status="looking",
        started_at=WALL_S,
        uptime_s=60.0,
        view="center",
        frames=600,
        fps=10.0,
        target_fps=None,
        latency_p50_ms=20.0,
        latency_p90_ms=30.0,
        score=0.1,
        smoothed=0.1,
        threshold=0.9,
        event_id=None,
        events=0,
        camera=CameraState("camera 0", "running", size_wh=(128, 96)),
    )
    return replace(state, **changes)


def until(condition: Callable[[], bool], *, longest_s: float = 20.0) -> bool:
    """Wait until something is so; return whether it came to that."""
    until_s = time.monotonic() + longest_s
    while not condition():
        if time.monotonic() > until_s:
            return False
        time.sleep(0.01)
    return True
