"""A camera or a video watched for cracks."""

from __future__ import annotations

from collections.abc import Collection, Generator
from datetime import datetime, timezone
from functools import partial
from typing import get_args

from crack_edge.api.arguments import FilePath
from crack_edge.api.model import Model, as_model
from crack_edge.api.photo import make_finding
from crack_edge.api.results import LiveEvent
from edge.detect.settings import View
from edge.files.errors import InputError
from edge.live.events.event import Notice, Phase
from edge.live.loop.controls import DEFAULT_THRESHOLD, Controls
from edge.live.loop.live_state import LiveState, SinkState
from edge.live.run.settings import LiveSettings
from edge.live.run.watch_camera import open_watch
from edge.live.scoring.frame_scorer import choose_frame_thresholds
from edge.live.scoring.overlay import draw_observation
from edge.live.scoring.roi import parse_roi
from edge.model.classifier import Classifier

_FINISHED: tuple[Phase, ...] = ("end",)
# As of the overlay of a photo.
_LONGEST_PX = 2400


def watch(
    source: FilePath | int,
    model: FilePath | Model = "default",
    *,
    phases: Collection[Phase] = _FINISHED,
    threshold: float = DEFAULT_THRESHOLD,
    smooth_s: float = 0.5,
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

    Args:
        source: ``0`` or ``/dev/video0``, ``picamera``, ``rtsp://...``, a video, a folder of photos,
            or ``drawn`` to try it without a camera.
        model: path or name as ``open_model`` takes it, or a model that it opened.
        phases: when an event is yielded: at its ``end``, at its ``begin`` (for alarms), or at each
            ``peak``, when a better frame of it came.
        threshold: score, smoothed over time, at which an event begins, 0.02 to 0.98.
        smooth_s: time constant of the smoothing, s.
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
        ValueError: a value lies outside its range.

    Example:
        >>> for event in ce.watch("drawn"):
        ...     print(f"{event.began_at:%H:%M:%S} {event.duration_s:.1f} s, {event.peak_score:.2f}")
        ...     break
        14:03:12 2.4 s, 1.00
    """
    if unknown := set(phases) - set(get_args(Phase)) or not phases:
        raise ValueError(f"phases {unknown}: expected some of {', '.join(get_args(Phase))}")
    settings = LiveSettings(
        source=str(source),
        view=view,
        roi=None if roi is None else parse_roi(roi),
        scale=scale,
        threshold=Controls(threshold).threshold,
        smooth_s=smooth_s,
        hold_s=hold_s,
        max_fps=max_fps,
        fps=fps,
        size_wh=size_wh,
    )
    return _watch(settings, as_model(model).classifier, phases)


def _watch(
    settings: LiveSettings, classifier: Classifier, phases: Collection[Phase]
) -> Generator[LiveEvent, None, None]:
    notices = _Notices()
    with open_watch(settings, classifier=classifier, sinks=[notices]) as running:
        for _ in running.loop.turns():
            _require_frames(running.latest.state)
            yield from map(_make_event, notices.take_out(phases))
        _require_frames(running.latest.state)
        yield from map(_make_event, notices.take_out(phases))


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
