"""What a live watch tells on the screen or in the journal: a line where something changes."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from edge.files.formatting import count_of
from edge.live.timing.clock import iso_time

if TYPE_CHECKING:
    from edge.live.capture.camera_stats import CameraState
    from edge.live.events.event import Event, Notice
    from edge.live.loop.live_state import LiveState

_ENDS = {"score": "it left the view", "source": "no more frames", "stop": "stopped"}


class LogSink:
    """Says when events begin and end and when camera, processor or sinks change."""

    def __init__(
        self, say: Callable[[str], None], put: Callable[[str], None] | None = None
    ) -> None:
        """Begin.

        Args:
            say: takes a line for people.
            put: takes each event that ended as a line of JSON, for machines.
        """
        self._say = say
        self._put = put
        self._camera: tuple[object, ...] | None = None
        self._is_slowed = False
        self._sinks: dict[str, str] = {}

    @property
    def state(self) -> None:
        """Return nothing: who reads the log sees that it works."""

    def take(self, notice: Notice) -> None:
        """Say that an event began or ended."""
        from edge.live.events.event import describe_event

        if notice.phase != "peak":
            self._say(describe_in_words(notice.event))
        if notice.phase == "end" and self._put:
            self._put(json.dumps(describe_event(notice.event, "end")))

    def tell(self, state: LiveState) -> None:
        """Say what changed since the last time."""
        camera = state.camera
        # A reason may count seconds: that is no news.
        key = camera.status, re.sub(r"\d+", "", camera.reason or ""), camera.size_wh
        if key != self._camera:
            self._camera = key
            self._say(_describe_camera(camera))
        if state.heat.is_slowed != self._is_slowed:
            self._is_slowed = state.heat.is_slowed
            self._say(_describe_heat(state))
        for sink in state.sinks:
            before = self._sinks.get(sink.name, "working")
            self._sinks[sink.name] = sink.status
            if sink.status != before:
                self._say(
                    f"{sink.name} {sink.status}" + (f": {sink.reason}" if sink.reason else "")
                )

    def reopen(self) -> None:
        """Say that source and sinks are opened again."""
        self._say("reopening source and sinks, as requested")

    def close(self, *, timeout_s: float) -> None:
        """Do nothing: lines are not kept back."""


def describe_in_words(event: Event) -> str:
    """Return a line about an event that began or ended."""
    if event.ended_by is None:
        return f"event {event.id} began {iso_time(event.began_at)}, score {event.peak_score:.3f}"
    return (
        f"event {event.id} ended after {event.duration_s:.1f} s: highest score "
        f"{event.peak_score:.3f}, {event.frames} frames; {_ENDS[event.ended_by]}"
    )


def describe_the_end(state: LiveState) -> str:
    """Return a line about all that was seen."""
    camera = state.camera
    losses = f"; camera lost {count_of(camera.losses, 'time')}" if camera.losses else ""
    return (
        f"{count_of(state.frames, 'frame')} checked, {camera.dropped:,} skipped, "
        f"{camera.bad:,} unreadable; {count_of(state.events, 'event')}{losses}"
    )


def _describe_camera(camera: CameraState) -> str:
    text = f"{camera.source}: {camera.status}"
    if camera.reason:
        return f"{text}: {camera.reason}"
    return f"{text}, {camera.size_wh[0]} x {camera.size_wh[1]} px" if camera.size_wh else text


def _describe_heat(state: LiveState) -> str:
    heat = state.heat
    if not heat.is_slowed:
        return "cooled down: full rate"
    facts = [] if heat.temperature_c is None else [f"{heat.temperature_c:.0f} °C"]
    rate = "" if state.target_fps is None else f" to {state.target_fps:.1f} frames/s"
    return f"slowed{rate}: {', '.join([*facts, *heat.limits])}"
