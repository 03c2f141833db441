"""Whether fifty viewers slow the live loop down, and how many frames of a camera it drops."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks.machine_facts import describe_machine
from benchmarks.project.live_crowd import Crowd, open_crowd
from benchmarks.project.live_parts import make_frame_scorer, make_latest, open_page
from benchmarks.project.time_ratio import ratio_of
from edge.files.timing import measure_interleaved
from edge.live.capture.frame_grabber import FrameGrabber
from edge.live.loop.controls import DEFAULT_THRESHOLD, Controls
from edge.live.loop.latest_observation import LatestObservation
from edge.live.loop.watch_loop import WatchLoop, WatchSettings
from edge.live.sources.drawn import DrawnSource
from edge.model.classifier import Classifier, open_classifier

# The loop's rate with viewers to that without them.
LIMIT = 0.95

# Target rate of the loop, such as one for a Raspberry Pi, and rate of the camera, frames a second.
CASES: Mapping[str, tuple[float | None, float]] = {
    "paced": (10.0, 30.0),
    "camera's rate": (None, 30.0),
    "flat out": (None, 90.0),
}

_FRAME_WH = (1280, 720)
_PAGE_PX = 1280
_START_S = 60.0
_STOP_S = 10.0


def measure_live_viewers(
    model: str | Path = "default",
    *,
    view: str = "dense",
    viewers: int = 50,
    seconds: float = 10.0,
    rounds: int = 7,
    frame_wh: tuple[int, int] = _FRAME_WH,
    cases: Mapping[str, tuple[float | None, float]] = CASES,
) -> dict[str, Any]:
    """Let viewers come and go while the loop watches a drawn camera.

    The viewers are a process of their own on the same machine, so they take from its cores too.

    Args:
        model: a model file or a shipped model.
        view: which windows of a frame are scored.
        viewers: how many come.
        seconds: that each turn with or without them is measured.
        rounds: of both turns, in random order.
        frame_wh: of the camera, px.
        cases: target rate of the loop and rate of the camera, by name.

    Returns:
        For each case the rates with and without viewers, their ratio round by round,
        pictures that the viewers got, and what of the camera was dropped without viewers.
    """
    classifier = open_classifier(model, threads=os.cpu_count() or 1)
    return {
        "what": "the live loop's rate with viewers of its page to that without, interleaved",
        "model": classifier.card.name,
        "view": view,
        "viewers": viewers,
        "frame_wh": list(frame_wh),
        "seconds": seconds,
        "rounds": rounds,
        "limit": LIMIT,
        "cases": {
            name: _measure(classifier, view, frame_wh, *rates, viewers, seconds, rounds)
            for name, rates in cases.items()
        },
        "machine": describe_machine(),
    }


def _measure(
    classifier: Classifier,
    view: str,
    frame_wh: tuple[int, int],
    max_fps: float | None,
    camera_fps: float,
    viewers: int,
    seconds: float,
    rounds: int,
) -> dict[str, Any]:
    capture = FrameGrabber(DrawnSource(size_wh=frame_wh, fps=camera_fps))
    pictures: list[int] = []
    with _watched(classifier, view, capture, max_fps) as latest, _served(latest) as crowd:
        turns: dict[str, Callable[[], float]] = {
            "alone": lambda: _count_rate(latest, seconds),
            "watched": lambda: _count_with(crowd, viewers, latest, seconds, pictures),
        }
        rates = measure_interleaved(turns, rounds=rounds, warm_up=1)
        drops = _count_drops(capture, latest, seconds)
    ratio = ratio_of(rates["watched"], rates["alone"])
    return {
        "max_fps": max_fps,
        "camera_fps": camera_fps,
        "fps": {name: round(float(sum(of) / len(of)), 2) for name, of in rates.items()},
        "ratio": asdict(ratio),
        "passes": ratio.median >= LIMIT,
        "pictures_a_viewer_s": round(sum(pictures) / (len(pictures) * viewers * seconds), 2),
        "camera_alone": drops,
    }


@contextmanager
def _watched(
    classifier: Classifier, view: str, capture: FrameGrabber, max_fps: float | None
) -> Iterator[LatestObservation]:
    """Run the loop in a thread; yield its latest observation once it looks."""
    latest = make_latest(classifier, view=view, threshold=DEFAULT_THRESHOLD)
    controls = Controls(DEFAULT_THRESHOLD)
    watch = WatchLoop(
        make_frame_scorer(classifier, view),
        capture,
        settings=WatchSettings(max_fps=max_fps),
        latest=latest,
        controls=controls,
    )
    capture.start()
    loop = threading.Thread(target=watch.run, name="loop", daemon=True)
    loop.start()
    try:
        _wait_for_frame(latest)
        yield latest
    finally:
        controls.stop.set()
        loop.join(_STOP_S)
        capture.stop(_STOP_S)


@contextmanager
def _served(latest: LatestObservation) -> Iterator[Crowd]:
    """Open the page and a process of viewers."""
    controls = Controls(DEFAULT_THRESHOLD)
    with open_page(latest, controls, longest_px=_PAGE_PX) as (_, port), open_crowd(port) as crowd:
        yield crowd


def _count_rate(latest: LatestObservation, seconds: float) -> float:
    """Return how many frames a second the loop looks at, counted from one frame to another."""
    first, begun = _wait_for_frame(latest)
    time.sleep(seconds)
    last, ended = _wait_for_frame(latest)
    return (last - first) / (ended - begun)


def _wait_for_frame(latest: LatestObservation) -> tuple[int, float]:
    """Return the number of frames looked at, right after the last of them, and the time."""
    before = latest.wait_newer(0, _START_S)
    if before is None or latest.wait_newer(before.frame.number, _START_S) is None:
        raise RuntimeError("the loop sees no frame")
    return latest.state.frames, time.perf_counter()


def _count_with(
    crowd: Crowd, viewers: int, latest: LatestObservation, seconds: float, pictures: list[int]
) -> float:
    crowd.come(viewers)
    rate = _count_rate(latest, seconds)
    pictures.append(crowd.go())
    return rate


def _count_drops(
    capture: FrameGrabber, latest: LatestObservation, seconds: float
) -> dict[str, Any]:
    """Return what came from the camera and what was not looked at, without viewers."""
    first, begun = capture.state, time.perf_counter()
    rate = _count_rate(latest, seconds)
    last, passed = capture.state, time.perf_counter() - begun
    came, dropped = last.frames - first.frames, last.dropped - first.dropped
    return {
        "fps_of_camera": round(came / passed, 2),
        "fps_looked_at": round(rate, 2),
        "frames": came,
        "dropped": dropped,
        "dropped_share": round(dropped / came, 3) if came else None,
    }
