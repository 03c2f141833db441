"""The loop: newest frame, scores, smoothing, events, sinks. It waits for nobody but the camera."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from edge.files.errors import InputError
from edge.live.board import Board, stale_after_s
from edge.live.clock import Clock
from edge.live.controls import Controls
from edge.live.event import Notice
from edge.live.figures import RecentFigures
from edge.live.frame import Frame
from edge.live.look import Looker
from edge.live.pace import Pace
from edge.live.sight import LazyRegions, Sight
from edge.live.sink import Sink
from edge.live.smoothing import Smoother
from edge.live.state import CameraState, HeatState, LiveState, LiveStatus
from edge.live.tracker import EventSettings, EventTracker

# How long one turn waits for a frame: so late is a wish to stop heard, and the watchdog fed.
_TURN_S = 0.2
# Sinks hear how it goes so often.
_TELL_EVERY_S = 1.0


class Camera(Protocol):
    """What the loop needs of a capture."""

    @property
    def state(self) -> CameraState:
        """Return how the source is doing."""

    @property
    def has_ended(self) -> bool:
        """Tell whether a file is at its end and its last frame was taken."""

    def wait(self, timeout_s: float) -> Frame | None:
        """Return the newest frame that was not taken yet; None if none came in time."""

    def reopen(self) -> None:
        """Close the source and open it again."""


class Cooling(Protocol):
    """What slows the loop where the processor is hot."""

    @property
    def state(self) -> HeatState:
        """Return temperature and limits."""

    def limit_fps(self, wanted_fps: float | None, measured_fps: float) -> float | None:
        """Return the rate to aim at; None for as many as it can."""


class Heart(Protocol):
    """What hears that the loop is alive."""

    def beat(self, status: str) -> None:
        """Take note of a turn of the loop and how it goes, in a line."""


@dataclass(frozen=True)
class WatchSettings:
    """How the loop decides and how fast it runs.

    Attributes:
        smooth_s: time constant of the smoothing, s.
        max_fps: frames a second to look at, at most; None for as many as it can.
        events: when events begin and end.
    """

    smooth_s: float = 0.5
    max_fps: float | None = None
    events: EventSettings = field(default_factory=EventSettings)


class Watch:
    """The loop and what it keeps from frame to frame. One thread runs it."""

    def __init__(
        self,
        looker: Looker,
        camera: Camera,
        *,
        settings: WatchSettings,
        board: Board,
        controls: Controls,
        sinks: Sequence[Sink] = (),
        cooling: Cooling | None = None,
        heart: Heart | None = None,
        clock: Clock | None = None,
    ) -> None:
        """Put the parts together.

        Args:
            looker: scores frames.
            camera: gives the newest frame.
            settings: how it decides and how fast it runs.
            board: where it leaves what it saw; its state says who it is.
            controls: wishes of users and signals.
            sinks: hear of events.
            cooling: slows it where the processor is hot.
            heart: hears that it is alive.
            clock: where times come from.
        """
        self._looker = looker
        self._camera = camera
        self._settings = settings
        self._board = board
        self._controls = controls
        self._sinks = sinks
        self._cooling = cooling
        self._heart = heart
        self._clock = clock or Clock()
        self._smoother = Smoother(settings.smooth_s, gap_s=settings.events.gap_s)
        self._tracker = EventTracker(
            settings.events, source=camera.state.source, model=looker.card.name
        )
        self._figures = RecentFigures()
        self._pace = Pace(settings.max_fps)
        self._begun_s = self._clock.monotonic()
        self._told_s = self._begun_s - _TELL_EVERY_S
        self._frame_s: float | None = None
        # Why frames that came could not be looked at: a camera that was opened again may give
        # smaller ones, and larger ones later.
        self._trouble: str | None = None

    def run(self) -> None:
        """Watch until a file ends or somebody asks to stop.

        Raises:
            CaptureError: the source hangs for good.
        """
        while not self._controls.stop.is_set() and not self._camera.has_ended:
            self.turn()
        self._tell(self._tracker.break_off("source" if self._camera.has_ended else "stop"))
        self._publish(None, "ended")

    def turn(self) -> Sight | None:
        """Do one turn: at most one frame. Return what was seen."""
        if self._controls.reopen.is_set():
            self._controls.reopen.clear()
            self._reopen()
        # First the pause, then the newest frame: one taken before it would be old by then.
        pause_s = self._pace.wait_s(self._clock.monotonic())
        if pause_s > 0 and self._controls.stop.wait(min(pause_s, _TURN_S)):
            return None
        if pause_s > _TURN_S:
            self._publish(None, self._status())
            return None
        frame = self._camera.wait(_TURN_S)
        sight = self._see(frame) if frame else None
        if sight is None:
            self._notice_silence()
            self._publish(None, self._status())
            return None
        self._tell(self._tracker.add(sight))
        sight = replace(sight, event_id=self._tracker.event_id)
        self._publish(sight, "looking")
        return sight

    def _see(self, frame: Frame) -> Sight | None:
        """Look at a frame; None if nothing of what should be looked at lies in it."""
        self._pace.done(self._clock.monotonic())
        try:
            look = self._looker.look(frame.picture)
        except InputError as error:
            self._trouble = str(error)
            return None
        self._trouble = None
        threshold = self._controls.threshold
        now_s = self._clock.monotonic()
        latency_ms = (now_s - frame.arrived_s) * 1000
        self._figures.add(now_s, latency_ms)
        self._frame_s = now_s
        return Sight(
            frame=frame,
            box=look.box,
            heat=look.heat,
            cell_px=look.grid.cell_px,
            score=look.score,
            smoothed=self._smoother.add(look.score, frame.time_s),
            threshold=threshold,
            regions=LazyRegions(lambda: self._looker.find_regions(look, threshold)),
            event_id=None,
            latency_ms=latency_ms,
        )

    def _notice_silence(self) -> None:
        """End the event that lasts where frames stay away; their own time stands still then."""
        silent_s = self._clock.monotonic() - (self._frame_s or self._begun_s)
        if silent_s > self._settings.events.gap_s:
            self._tell(self._tracker.break_off("source"))

    def _reopen(self) -> None:
        self._camera.reopen()
        for sink in self._sinks:
            sink.reopen()

    def _tell(self, notices: Sequence[Notice]) -> None:
        for notice in notices:
            for sink in self._sinks:
                sink.take(notice)

    def _describe_camera(self) -> CameraState:
        camera = self._camera.state
        return replace(camera, reason=self._trouble) if self._trouble else camera

    def _status(self) -> LiveStatus:
        if self._frame_s is None:
            is_new = self._camera.state.losses == 0 and not self._trouble
            return "starting" if is_new else "no picture"
        is_old = self._clock.monotonic() - self._frame_s > stale_after_s(self._board.state)
        return "no picture" if is_old or self._camera.state.status == "lost" else "looking"

    def _publish(self, sight: Sight | None, status: LiveStatus) -> None:
        now_s = self._clock.monotonic()
        fps = self._figures.fps(now_s)
        wanted = self._settings.max_fps
        target = self._cooling.limit_fps(wanted, fps) if self._cooling else wanted
        self._pace.fps = target
        half_ms, most_ms = self._figures.latencies_ms(0.5, 0.9)
        before = self._board.state
        state = replace(
            before,
            status=status,
            uptime_s=now_s - self._begun_s,
            frames=before.frames + (sight is not None),
            fps=fps,
            target_fps=target,
            latency_p50_ms=half_ms,
            latency_p90_ms=most_ms,
            score=sight.score if sight else before.score,
            smoothed=sight.smoothed if sight else before.smoothed,
            threshold=self._controls.threshold,
            event_id=self._tracker.event_id,
            events=self._tracker.begun,
            camera=self._describe_camera(),
            heat=self._cooling.state if self._cooling else before.heat,
            sinks=tuple(found for sink in self._sinks if (found := sink.state)),
        )
        self._board.show(sight, state)
        has_changed = (status, state.camera.status) != (before.status, before.camera.status)
        if has_changed or now_s - self._told_s >= _TELL_EVERY_S:
            self._told_s = now_s
            for sink in self._sinks:
                sink.tell(state)
        if self._heart:
            self._heart.beat(describe_in_a_line(state))


def describe_in_a_line(state: LiveState) -> str:
    """Return how it goes in the words of a status line."""
    camera = state.camera
    if state.status == "looking":
        text = f"{state.fps:.1f} frames/s, {state.events} events"
        return f"{text}, slowed: hot" if state.heat.is_slowed else text
    because = f": {camera.reason}" if camera.reason else ""
    return f"{state.status}, camera {camera.status}{because}"
