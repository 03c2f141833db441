"""The state of a live watch: what the page, ``/api/state``, metrics and MQTT show."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

from edge import __version__
from edge.live.capture.camera_stats import CameraState
from edge.live.timing.clock import Clock
from edge.model.card import Card

SinkStatus = Literal["working", "waiting", "stopped"]
LiveStatus = Literal["starting", "looking", "no picture", "ended"]


@dataclass(frozen=True)
class HeatState:
    """How hot the processor is, and what that costs.

    Attributes:
        temperature_c: of the hottest sensor; None where there is none.
        limits: what holds the processor back now, in words.
        is_slowed: the loop runs below its target rate to let it cool.
    """

    temperature_c: float | None = None
    limits: tuple[str, ...] = ()
    is_slowed: bool = False


@dataclass(frozen=True)
class SinkState:
    """The state of a sink.

    Attributes:
        name: record, mqtt.
        status: working, waiting (for its broker, say) or stopped (by a full disk, say).
        reason: why it does not work; None while it does.
        done: notices that it took care of.
        dropped: notices that it had to drop.
        waiting: notices that wait.
    """

    name: str
    status: SinkStatus
    reason: str | None = None
    done: int = 0
    dropped: int = 0
    waiting: int = 0


@dataclass(frozen=True)
class LiveState:
    """The state of a live watch.

    Attributes:
        version: of crack-edge.
        model: its name.
        backend: runtime that runs it.
        status: starting, looking, no picture (the source gives none), ended.
        started_at: seconds since 1970 UTC.
        uptime_s: since then, by the clock that does not jump.
        view: of the model, dense or tile.
        roi: part of the frame that is looked at, as ``--roi`` takes it; None for all of it.
        frames: that were looked at.
        fps: of these, over the last seconds.
        target_fps: what the loop aims at now; None for as many as it can.
        latency_p50_ms: from a frame's arrival to what was seen in it, over the last frames.
        latency_p90_ms: the same.
        score: of the newest frame.
        smoothed: the same, smoothed over time.
        threshold: at or above which an event begins.
        event_id: of the event that lasts.
        events: that began.
        camera: the source.
        heat: of the processor.
        sinks: record, MQTT.
    """

    version: str
    model: str
    backend: str
    status: LiveStatus
    started_at: float
    uptime_s: float
    view: str
    frames: int
    fps: float
    target_fps: float | None
    latency_p50_ms: float | None
    latency_p90_ms: float | None
    score: float | None
    smoothed: float | None
    threshold: float
    event_id: str | None
    events: int
    camera: CameraState
    roi: str | None = None
    heat: HeatState = HeatState()
    sinks: tuple[SinkState, ...] = ()


def state_at_start(
    card: Card,
    backend: str,
    *,
    view: str,
    source: str,
    threshold: float,
    roi: str | None = None,
    max_fps: float | None = None,
    clock: Clock | None = None,
) -> LiveState:
    """Return the state before the first frame.

    Args:
        card: of the model.
        backend: runtime that runs it.
        view: of the model, dense or tile.
        source: what it is called, without passwords.
        threshold: at or above which an event begins.
        roi: as in LiveState.
        max_fps: rate to aim at.
        clock: where times come from.
    """
    return LiveState(
        version=__version__,
        model=card.name,
        backend=backend,
        status="starting",
        started_at=(clock or Clock()).wall(),
        uptime_s=0.0,
        view=view,
        roi=roi,
        frames=0,
        fps=0.0,
        target_fps=max_fps,
        latency_p50_ms=None,
        latency_p90_ms=None,
        score=None,
        smoothed=None,
        threshold=threshold,
        event_id=None,
        events=0,
        camera=CameraState(source, "opening"),
    )


def describe_state(state: LiveState) -> dict[str, Any]:
    """Return a state as plain values for JSON."""
    return asdict(state)
