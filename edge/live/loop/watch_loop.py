"""The loop: newest frame, scores, smoothing, events, sinks. It waits for nobody but the camera."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from edge.files.errors import InputError
from edge.files.formatting import count_of
from edge.live.capture.camera_stats import CameraState
from edge.live.capture.frame import Frame
from edge.live.events.event import Notice
from edge.live.events.tracker import EventSettings, EventTracker
from edge.live.loop.controls import Controls
from edge.live.loop.latest_observation import LatestObservation, stale_after_s
from edge.live.loop.live_state import HeatState, LiveState, LiveStatus
from edge.live.loop.sink import Sink
from edge.live.scoring.frame_scorer import FrameScorer
from edge.live.scoring.observation import LazyRegions, Observation
from edge.live.scoring.smoothing import Smoother
from edge.live.timing.clock import Clock
from edge.live.timing.frame_pacing import FrameSchedule
from edge.live.timing.rate_meter import RateMeter

# How long one turn waits for a frame: a request to stop is answered after so long at most.
_TURN_S = 0.2
# How often sinks receive the state.
_TELL_EVERY_S = 1.0


class FrameProvider(Protocol):
    """What the loop needs of a frame grabber."""

    @property
    def state(self) -> CameraState:
        """Return the state of the source."""

    @property
    def has_ended(self) -> bool:
        """Return whether a file is at its end and its last frame was taken."""

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


class Watchdog(Protocol):
    """What is told that the loop is alive."""

    def feed_watchdog(self, status: str) -> None:
        """Record a turn of the loop, and its status in one line."""


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


class WatchLoop:
    """The loop and what it keeps from frame to frame. One thread runs it."""

    def __init__(
        self,
        frame_scorer: FrameScorer,
        camera: FrameProvider,
        *,
        settings: WatchSettings,
        latest: LatestObservation,
        controls: Controls,
        sinks: Sequence[Sink] = (),
        cooling: Cooling | None = None,
        watchdog: Watchdog | None = None,
        clock: Clock | None = None,
    ) -> None:
        """Put the parts together.

        Args:
            frame_scorer: scores frames.
            camera: gives the newest frame.
            settings: how it decides and how fast it runs.
            latest: where it leaves what it saw; its state says who it is.
            controls: requests of users and signals.
            sinks: receive events and the state.
            cooling: slows it where the processor is hot.
            watchdog: is told that it is alive.
            clock: where times come from.
        """
        self._frame_scorer = frame_scorer
        self._camera = camera
        self._settings = settings
        self._latest = latest
        self._controls = controls
        self._sinks = sinks
        self._cooling = cooling
        self._watchdog = watchdog
        self._clock = clock or Clock()
        self._smoother = Smoother(settings.smooth_s, gap_s=settings.events.gap_s)
        self._tracker = EventTracker(
            settings.events, source=camera.state.source, model=frame_scorer.card.name
        )
        self._rate_meter = RateMeter()
        self._schedule = FrameSchedule(settings.max_fps)
        self._begun_s = self._clock.monotonic()
        self._told_s = self._begun_s - _TELL_EVERY_S
        self._frame_s: float | None = None
        # Why frames that came could not be looked at: a camera that was opened again may give
        # smaller ones, and larger ones later.
        self._trouble: str | None = None

    def run(self) -> None:
        """Watch until a file ends or somebody asks to stop.

        Raises:
            SourceHungError: the source hangs for good.
        """
        for _ in self.turns():
            pass

    def turns(self) -> Iterator[None]:
        """Do one turn after the other, as ``run`` does; at the end the event that lasts ends."""
        while not self._controls.stop.is_set() and not self._camera.has_ended:
            self.turn()
            yield
        self._tell(self._tracker.break_off("source" if self._camera.has_ended else "stop"))
        self._publish(None, "ended")

    def turn(self) -> Observation | None:
        """Do one turn: at most one frame. Return what was seen."""
        if self._controls.reopen.is_set():
            self._controls.reopen.clear()
            self._reopen()
        # First the pause, then the newest frame: one taken before it would be old by then.
        pause_s = self._schedule.wait_s(self._clock.monotonic())
        if pause_s > 0 and self._controls.stop.wait(min(pause_s, _TURN_S)):
            return None
        if pause_s > _TURN_S:
            self._publish(None, self._status())
            return None
        frame = self._camera.wait(_TURN_S)
        observation = self._see(frame) if frame else None
        if observation is None:
            self._notice_silence()
            self._publish(None, self._status())
            return None
        self._tell(self._tracker.add(observation))
        observation = replace(observation, event_id=self._tracker.event_id)
        self._publish(observation, "looking")
        return observation

    def _see(self, frame: Frame) -> Observation | None:
        """Look at a frame; None if nothing of what should be looked at lies in it."""
        self._schedule.done(self._clock.monotonic())
        try:
            scores = self._frame_scorer.score(frame.picture)
        except InputError as error:
            self._trouble = str(error)
            return None
        self._trouble = None
        threshold = self._controls.threshold
        now_s = self._clock.monotonic()
        latency_ms = (now_s - frame.arrived_s) * 1000
        self._rate_meter.add(now_s, latency_ms)
        self._frame_s = now_s
        return Observation(
            frame=frame,
            box=scores.box,
            heat=scores.heat,
            cell_px=scores.grid.cell_px,
            score=scores.score,
            smoothed=self._smoother.add(scores.score, frame.time_s),
            threshold=threshold,
            regions=LazyRegions(lambda: self._frame_scorer.find_regions(scores, threshold)),
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
        is_old = self._clock.monotonic() - self._frame_s > stale_after_s(self._latest.state)
        return "no picture" if is_old or self._camera.state.status == "lost" else "looking"

    def _publish(self, observation: Observation | None, status: LiveStatus) -> None:
        now_s = self._clock.monotonic()
        fps = self._rate_meter.fps(now_s)
        wanted = self._settings.max_fps
        target = self._cooling.limit_fps(wanted, fps) if self._cooling else wanted
        self._schedule.fps = target
        half_ms, most_ms = self._rate_meter.latencies_ms(0.5, 0.9)
        before = self._latest.state
        state = replace(
            before,
            status=status,
            uptime_s=now_s - self._begun_s,
            frames=before.frames + (observation is not None),
            fps=fps,
            target_fps=target,
            latency_p50_ms=half_ms,
            latency_p90_ms=most_ms,
            score=observation.score if observation else before.score,
            smoothed=observation.smoothed if observation else before.smoothed,
            threshold=self._controls.threshold,
            event_id=self._tracker.event_id,
            events=self._tracker.begun,
            camera=self._describe_camera(),
            heat=self._cooling.state if self._cooling else before.heat,
            sinks=tuple(found for sink in self._sinks if (found := sink.state)),
        )
        self._latest.show(observation, state)
        has_changed = (status, state.camera.status) != (before.status, before.camera.status)
        if has_changed or now_s - self._told_s >= _TELL_EVERY_S:
            self._told_s = now_s
            for sink in self._sinks:
                sink.tell(state)
        if self._watchdog:
            self._watchdog.feed_watchdog(describe_in_a_line(state))


def describe_in_a_line(state: LiveState) -> str:
    """Return the state as a line of text."""
    camera = state.camera
    if state.status == "looking":
        text = f"{state.fps:.1f} frames/s checked, {count_of(state.events, 'event')}"
        return f"{text}, slowed to cool down" if state.heat.is_slowed else text
    because = f": {camera.reason}" if camera.reason else ""
    return f"{state.status}, camera {camera.status}{because}"
