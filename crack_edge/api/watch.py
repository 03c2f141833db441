"""A camera or a video watched for cracks."""

from __future__ import annotations

import os
from collections.abc import Collection, Generator
from datetime import datetime, timezone
from functools import partial
from numbers import Integral
from typing import Any, get_args

from crack_edge.api.arguments import (
    FilePath,
    choose_among,
    require_count,
    require_number,
    require_text,
)
from crack_edge.api.model import Model, as_model
from crack_edge.api.photo import choose_settings, make_finding
from crack_edge.api.results import LiveEvent
from edge.detect.photo_scan import require_fitting
from edge.detect.settings import Scorers, View
from edge.files.errors import InputError, SourceHungError
from edge.live.capture.source import Source
from edge.live.events.event import Notice, Phase
from edge.live.loop.controls import DEFAULT_THRESHOLD, THRESHOLDS
from edge.live.loop.live_state import LiveState, SinkState
from edge.live.run.settings import LiveSettings
from edge.live.run.watch_camera import open_watch
from edge.live.scoring.frame_scorer import choose_frame_thresholds
from edge.live.scoring.overlay import draw_observation
from edge.live.scoring.roi import parse_roi
from edge.live.sources.choose import choose_source
from edge.live.sources.folder import FolderSource
from edge.model.classifier import Classifier

_FINISHED: tuple[Phase, ...] = ("end",)
# As of the overlay of a photo.
_LONGEST_PX = 2400


def watch(
    source: FilePath | int,
    model: FilePath | Model = "default",
    *,
    phases: Phase | Collection[Phase] = _FINISHED,
    threshold: float = DEFAULT_THRESHOLD,
    smooth_s: float | None = None,
    hold_s: float = 1.0,
    view: View = "dense",
    roi: str | None = None,
    scale: float = 1.0,
    fps: float | None = None,
    max_fps: float | None = None,
    size_wh: tuple[int, int] | None = None,
) -> Generator[LiveEvent, None, None]:
    """Watch a camera, a stream, a video or a folder, and yield the cracks that come into view.

    Leaving the loop closes the camera; an iterator that you keep in a variable has a ``close()``.
    While the body of the loop runs, no frames are looked at; a camera continues with its newest
    frame, a file with its next one. A camera that is lost is opened again and again, but one that
    cannot be opened at the start is an error. To run as a service, with a page, records and MQTT,
    use the command ``crack-edge live``.

    The photos of a folder count as taken one second apart, so cracks on neighbouring photos are a
    single event. To judge each photo, use ``scan_folder``.

    Args:
        source: ``0`` or ``/dev/video0``, ``picamera``, ``rtsp://...``, a video, a folder of photos,
            or ``drawn`` to try it without a camera.
        model: path or name as ``open_model`` takes it, or a model that it opened.
        phases: one or more of the moments at which an event is yielded: its ``end``, its ``begin``
            (for alarms), or each ``peak``, when a better frame of it came.
        threshold: score, smoothed over time, at which an event begins, 0.02 to 0.98.
        smooth_s: time constant of the smoothing, s: a crack must be in view for about as long
            until its event begins. 0 switches it off. If None, it is 0.5, but 0 for photos, of
            which each may show another place.
        hold_s: how long the score must stay low until an event ends, s.
        view: as in ``scan_photo``.
        roi: part of the frame to look at, such as ``10%,0,90%,100%``, or ``center`` for one
            window; all of it if None.
        scale: as in ``scan_photo``, but a single factor.
        fps: of a camera, or at which a file is played; its own if None.
        max_fps: most frames per second to look at; as many as possible if None.
        size_wh: width and height to ask a camera for, px; its own if None.

    Yields:
        Events, each with its best frame.

    Raises:
        CrackEdgeError: the source cannot be opened or gives no frame, or the model cannot be used.
            Also if the camera's driver hangs, so that the camera cannot be closed; then end the
            process with ``os._exit``, because Python may abort if it ends in the usual way.
        TypeError: a value is of the wrong type.
        ValueError: a value lies outside its range.

    Example:
        >>> for event in ce.watch("drawn"):
        ...     print(f"{event.began_at:%H:%M:%S} {event.duration_s:.1f} s, {event.peak_score:.2f}")
        ...     break
        14:03:12 2.4 s, 1.00
    """
    chosen = choose_among(phases, get_args(Phase), "phases")
    threshold = require_number(threshold, "threshold", *THRESHOLDS)
    scale = require_number(scale, "scale")
    name = _name_source(source)
    if fps is not None:
        fps = require_number(fps, "fps")
    if size_wh is not None:
        size_wh = _require_size(size_wh)
    opened = choose_source(name, fps=fps, size_wh=size_wh)
    if smooth_s is None:
        smooth_s = 0.0 if isinstance(opened, FolderSource) else LiveSettings.smooth_s
    settings = LiveSettings(
        source=name,
        view=view,
        roi=None if roi is None else parse_roi(require_text(roi, "roi")),
        scale=scale,
        threshold=threshold,
        smooth_s=require_number(smooth_s, "smooth_s", 0),
        hold_s=require_number(hold_s, "hold_s", 0),
        max_fps=None if max_fps is None else require_number(max_fps, "max_fps", 0, is_open=True),
        fps=fps,
        size_wh=size_wh,
    )
    classifier = as_model(model).classifier
    require_fitting(
        Scorers(classifier),
        choose_settings(
            classifier.card, threshold=threshold, crack_threshold=None, view=view, scale=scale
        ),
    )
    return _watch(opened, settings, classifier, chosen)


def _name_source(source: Any) -> str:
    if isinstance(source, str | os.PathLike):
        return os.fspath(source)
    if isinstance(source, Integral):
        return str(int(source))
    raise TypeError(
        f"source is of type {type(source).__name__}; expected a path or address, or a camera's "
        "number"
    )


def _require_size(size_wh: tuple[int, int]) -> tuple[int, int]:
    if not isinstance(size_wh, tuple | list) or len(size_wh) != 2:
        raise ValueError(f"size_wh is {size_wh!r}; expected (width, height), px")
    width, height = (require_count(side, "size_wh", 1) for side in size_wh)
    return width, height


def _watch(
    source: Source, settings: LiveSettings, classifier: Classifier, phases: Collection[Phase]
) -> Generator[LiveEvent, None, None]:
    notices = _Notices()
    with open_watch(
        settings,
        source=source,
        classifier=classifier,
        sinks=[notices],
        on_hang=partial(_report_hang, source.name),
    ) as running:
        for _ in running.loop.turns():
            _require_frames(running.latest.state)
            yield from map(_make_event, notices.take_out(phases))
        _require_frames(running.latest.state)
        yield from map(_make_event, notices.take_out(phases))


def _report_hang(source: str, error: BaseException | None) -> None:
    """Say that a camera could not be closed, unless an error is on its way to the caller already.

    Raises:
        SourceHungError: says what to do.
    """
    if not isinstance(error, GeneratorExit | None):
        return
    raise SourceHungError(
        f"{source}: its driver hangs, so that it cannot be closed; end this process with "
        "os._exit(1), and unplug the camera if it does not come back"
    )


def _require_frames(state: LiveState) -> None:
    """Stop where the source does not even begin: nobody sees a log that says so.

    Raises:
        InputError: says why.
    """
    if state.frames:
        return
    camera = state.camera
    if camera.reason:
        raise InputError(f"{camera.source}: {camera.reason}")
    if camera.status == "ended":
        raise InputError(f"{camera.source}: not a single frame of it could be read")


class _Notices:
    """A sink that keeps notices until the loop's turn is over."""

    state: SinkState | None = None

    def __init__(self) -> None:
        self._kept: list[Notice] = []

    def take(self, notice: Notice) -> None:
        self._kept.append(notice)

    def take_out(self, phases: Collection[Phase]) -> list[Notice]:
        """Return the notices of these phases, and forget all."""
        kept, self._kept = self._kept, []
        return [notice for notice in kept if notice.phase in phases]

    def tell(self, state: LiveState) -> None:
        pass

    def reopen(self) -> None:
        pass

    def close(self, *, timeout_s: float) -> None:
        pass


def _make_event(notice: Notice) -> LiveEvent:
    event, best = notice.event, notice.best
    thresholds = choose_frame_thresholds(best.threshold)
    return LiveEvent(
        phase=notice.phase,
        id=event.id,
        source=event.source,
        began_at=_to_time(event.began_at),
        ended_at=None if event.ended_at is None else _to_time(event.ended_at),
        duration_s=event.duration_s,
        peak_score=event.peak_score,
        frames=event.frames,
        picture=best.frame.picture,
        findings=tuple(
            make_finding("", number, thresholds.triage(region.score), region)
            for number, region in enumerate(event.regions, start=1)
        ),
        _draw=partial(draw_observation, best, longest_px=_LONGEST_PX),
    )


def _to_time(wall_s: float) -> datetime:
    return datetime.fromtimestamp(wall_s, timezone.utc)
