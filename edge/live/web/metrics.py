"""The state as Prometheus reads it (text format 0.0.4)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from edge.files.text_encoding import replace_undecodable
from edge.live.loop.live_state import LiveState

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_PREFIX = "crack_edge_live"

Labels = Mapping[str, str]
Samples = list[tuple[Labels, float]]


@dataclass(frozen=True)
class _Family:
    """All samples of one name; those whose value is unknown are not there."""

    name: str
    kind: str
    words: str
    samples: Samples


def format_metrics(state: LiveState, *, viewers: int, frame_age_s: float | None) -> str:
    """Return the state as text; a family without a sample is left out.

    Args:
        state: as the loop last said.
        viewers: of the live picture.
        frame_age_s: age of the newest frame; None before the first.
    """
    families = (
        *_whole(state),
        *_camera(state),
        *_sinks(state),
        _gauge("viewers", "Viewers of the live picture.", viewers),
        _gauge("frame_age_seconds", "Age of the newest frame, in seconds.", frame_age_s),
    )
    lines = (line for family in families if family.samples for line in _lines_of(family))
    return "".join(f"{line}\n" for line in lines)


def _whole(state: LiveState) -> Iterator[_Family]:
    names = {
        "version": state.version,
        "model": state.model,
        "backend": state.backend,
        "source": state.camera.source,
        "view": state.view,
    }
    yield _Family(
        "info", "gauge", "Version, model, backend, source and view; always 1.", [(names, 1)]
    )
    yield _gauge("looking", "1 while frames are being checked.", state.status == "looking")
    yield _gauge("uptime_seconds", "Time since the start, in seconds.", state.uptime_s)
    yield _counter("frames", "Frames checked since the start.", state.frames)
    yield _gauge(
        "frames_per_second", "Frames checked per second, over the last seconds.", state.fps
    )
    yield _gauge("target_frames_per_second", "Frame rate that is aimed for now.", state.target_fps)
    quantiles = {"0.5": state.latency_p50_ms, "0.9": state.latency_p90_ms}
    latency: Samples = [
        ({"quantile": key}, ms / 1000) for key, ms in quantiles.items() if ms is not None
    ]
    yield _Family("latency_seconds", "gauge", "Time from a frame's arrival to its score.", latency)
    yield _gauge("score", "Crack score of the newest frame, 0 to 1.", state.score)
    yield _gauge("smoothed_score", "Crack score smoothed over time, 0 to 1.", state.smoothed)
    yield _gauge("threshold", "Smoothed score at which an event begins.", state.threshold)
    yield _gauge("event_open", "1 while a crack is in view.", state.event_id is not None)
    yield _counter("events", "Events since the start.", state.events)
    yield _gauge(
        "temperature_celsius",
        "Temperature of the processor's hottest sensor.",
        state.heat.temperature_c,
    )
    yield _gauge(
        "slowed",
        "1 while fewer frames are checked so that the processor cools down.",
        state.heat.is_slowed,
    )
    limits: Samples = [({"limit": limit}, 1) for limit in dict.fromkeys(state.heat.limits)]
    yield _Family("limit", "gauge", "What slows the processor down now; 1 for each reason.", limits)


def _camera(state: LiveState) -> Iterator[_Family]:
    camera = state.camera
    yield _gauge(
        "camera_running", "1 while the camera delivers frames.", camera.status == "running"
    )
    yield _counter("camera_frames", "Frames received from the camera.", camera.frames)
    yield _counter(
        "camera_dropped_frames", "Frames skipped in favour of a newer one.", camera.dropped
    )
    yield _counter("camera_bad_answers", "Frames that could not be read.", camera.bad)
    yield _counter("camera_losses", "Times the camera was lost.", camera.losses)


def _sinks(state: LiveState) -> Iterator[_Family]:
    def of_each(name: str, kind: str, words: str, key: str) -> _Family:
        samples: Samples = [({"sink": sink.name}, getattr(sink, key)) for sink in state.sinks]
        return _Family(name, kind, words, samples)

    working: Samples = [({"sink": sink.name}, sink.status == "working") for sink in state.sinks]
    yield _Family("sink_working", "gauge", "1 while the sink is working.", working)
    yield of_each("sink_notices_total", "counter", "Notices that the sink has handled.", "done")
    yield of_each(
        "sink_dropped_notices_total", "counter", "Notices that the sink has dropped.", "dropped"
    )
    yield of_each("sink_waiting_notices", "gauge", "Notices waiting in the sink.", "waiting")


def _gauge(name: str, words: str, value: float | None) -> _Family:
    return _Family(name, "gauge", words, [] if value is None else [({}, value)])


def _counter(name: str, words: str, value: float) -> _Family:
    return _Family(f"{name}_total", "counter", words, [({}, value)])


def _lines_of(family: _Family) -> Iterator[str]:
    name = f"{_PREFIX}_{family.name}"
    yield f"# HELP {name} {family.words}"
    yield f"# TYPE {name} {family.kind}"
    for labels, value in family.samples:
        inside = ",".join(f'{key}="{_escape(text)}"' for key, text in labels.items())
        yield f"{name}{{{inside}}} {float(value)!r}" if inside else f"{name} {float(value)!r}"


def _escape(text: str) -> str:
    return replace_undecodable(text).replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
