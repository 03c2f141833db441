"""How many cracks of a panning video become events, and how many events are none."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.machine_facts import describe_machine
from benchmarks.project.event_match import FrameTruth, Span, match_events
from benchmarks.project.live_parts import (
    WINDOWS,
    SpanSink,
    StepCamera,
    make_frame_scorer,
    make_latest,
)
from benchmarks.project.pan_path import PanSettings
from benchmarks.project.pan_video import PanVideo
from edge.files.progress import Progress, Silent
from edge.live.capture.frame import Frame
from edge.live.events.tracker import EventSettings, EventTracker
from edge.live.loop.controls import DEFAULT_THRESHOLD, Controls
from edge.live.loop.watch_loop import WatchLoop, WatchSettings
from edge.live.scoring.observation import Observation
from edge.live.scoring.smoothing import Smoother
from edge.model.classifier import Classifier, open_classifier

# Smoothed scores at which events may begin.
THRESHOLDS = (0.5, 0.7, 0.8, 0.9, 0.95, 0.98)
# Tried at the threshold given: time constants of the smoothing, and how long an event is held, s.
SMOOTHINGS = (0.0, 0.5, 1.0, 2.0)
HOLDS = (1.0, 2.0, 3.0)

_SAID_EVERY = 100


@dataclass(frozen=True)
class Pass:
    """What the loop saw of a video.

    Attributes:
        scores: float64 (frames,), highest window of each frame.
        spans: of its events.
    """

    scores: NDArray[np.float64]
    spans: tuple[Span, ...]


def measure_live_pan(
    photos: Path,
    model: str | Path = "default",
    *,
    threshold: float = DEFAULT_THRESHOLD,
    views: Sequence[str] = tuple(WINDOWS),
    pan: PanSettings | None = None,
    settings: WatchSettings | None = None,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Run the loop over a panning video and compare its events with the truth.

    Args:
        photos: folder with whole photos and ``tiles.csv``.
        model: a model file or a shipped model.
        threshold: smoothed score at which an event begins.
        views: which windows of a frame are scored.
        pan: how the camera moves.
        settings: of the loop.
        progress: hears how far it is.

    Returns:
        For each view ``figures`` (``EventFigures.to_dict``) at the threshold and ``sweep``, the
        same for other thresholds and smoothings, from the scores of the one pass.

    Raises:
        CrackEdgeError: a photo, its squares or the model cannot be read.
    """
    settings = settings or WatchSettings()
    video = PanVideo(photos, pan)
    classifier = open_classifier(model, threads=os.cpu_count() or 1)
    results: dict[str, Any] = {}
    for view in views:
        seen = watch_video(video, classifier, view, threshold, settings=settings, progress=progress)
        results[view] = {
            "figures": match_events(video.truths, seen.spans).to_dict(),
            "sweep": sweep(seen.scores, video.truths, threshold, settings=settings),
        }
    return {
        "what": "events of the live loop over a panning video of labelled photos",
        "photos": len({frame.photo for frame in video.frames}),
        "frames": len(video.frames),
        "pan": asdict(video.settings),
        "model": classifier.card.name,
        "threshold": threshold,
        "settings": asdict(settings),
        "views": results,
        "machine": describe_machine(),
    }


def watch_video(
    video: PanVideo,
    classifier: Classifier,
    view: str,
    threshold: float,
    *,
    settings: WatchSettings,
    progress: Progress | None = None,
) -> Pass:
    """Let the loop itself watch a video, frame by frame."""
    progress = progress or Silent()
    camera, sink, controls = StepCamera(video), SpanSink(), Controls(threshold)
    watch = WatchLoop(
        make_frame_scorer(classifier, view),
        camera,
        settings=settings,
        latest=make_latest(classifier, view=view, threshold=threshold, source=video.name),
        controls=controls,
        sinks=[sink],
    )
    scores: list[float] = []
    while not camera.has_ended:
        if (observation := watch.turn()) is not None:
            scores.append(observation.score)
        if len(scores) % _SAID_EVERY == 0:
            progress.step(f"frames, {view}", len(scores), len(video.frames))
    # Reports the event that lasts.
    watch.run()
    return Pass(np.array(scores), tuple(sink.spans))


def sweep(
    scores: NDArray[np.float64],
    truths: Sequence[FrameTruth],
    threshold: float,
    *,
    settings: WatchSettings,
) -> list[dict[str, Any]]:
    """Return the figures of other thresholds; at the one given, of other smoothings and holds."""
    smooth_s, hold_s = settings.smooth_s, settings.events.hold_s
    tried = [(begin, smooth_s, hold_s) for begin in THRESHOLDS]
    tried += [(threshold, other_s, hold_s) for other_s in SMOOTHINGS]
    tried += [(threshold, smooth_s, other_s) for other_s in HOLDS]
    times_s = [truth.time_s for truth in truths]
    rows = []
    for begin, smoothing, hold in dict.fromkeys(tried):
        events = replace(settings.events, hold_s=hold)
        spans = replay(scores, times_s, begin, smooth_s=smoothing, events=events)
        figures = match_events(truths, spans).to_dict()
        rows.append({"threshold": begin, "smooth_s": smoothing, "hold_s": hold} | figures)
    return rows


def replay(
    scores: Sequence[float] | NDArray[np.float64],
    times_s: Sequence[float],
    threshold: float,
    *,
    smooth_s: float,
    events: EventSettings,
) -> list[Span]:
    """Return the events that the loop would make of scores that were noted.

    Args:
        scores: of each frame.
        times_s: of each frame.
        threshold: smoothed score at which an event begins.
        smooth_s: time constant of the smoothing.
        events: when events end.
    """
    smoother = Smoother(smooth_s, gap_s=events.gap_s)
    tracker = EventTracker(events, source="replay", model="replay")
    sink = SpanSink()
    picture = np.zeros((1, 1, 3), np.uint8)
    heat = np.zeros((1, 1), np.float32)
    for number, (score, time_s) in enumerate(zip(scores, times_s, strict=True), start=1):
        smoothed = smoother.add(float(score), time_s)
        observation = Observation(
            frame=Frame(number, picture, time_s, time_s, time_s),
            box=(0, 0, 1, 1),
            heat=heat,
            cell_px=1.0,
            score=float(score),
            smoothed=smoothed,
            threshold=threshold,
            regions=(),
            event_id=None,
            latency_ms=0.0,
        )
        for notice in tracker.add(observation):
            sink.take(notice)
    for notice in tracker.break_off("source"):
        sink.take(notice)
    return sink.spans
