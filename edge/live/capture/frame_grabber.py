"""Frames of a source, the newest first: a thread of its own opens, reads and opens again.

The caller never waits for a driver. A camera that ends, freezes or never opens is opened again
and again; one whose driver hangs is left behind with its thread, and another thread tries.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from edge.files.errors import SourceHungError
from edge.live.capture.camera_stats import CameraState, CameraStats
from edge.live.capture.frame import Frame
from edge.live.capture.read_loop import read_frames
from edge.live.capture.source import RawFrame, Source, SourceEndedError, SourceLostError
from edge.live.timing.backoff import Backoff
from edge.live.timing.clock import Clock

Answer = TypeVar("Answer")

# So many threads that hang are enough: each may hold a device and the memory of its frames.
_MOST_HUNG = 3
# One that hangs for so many times the limit is enough too, if no frame came since: it may hold the
# device, so that nobody can open it.
_HUNG_TIMES = 10
# How often a wait looks at the clock, which is not the one that waits in tests.
_LOOK_S = 0.1


@dataclass(frozen=True)
class LossLimits:
    """When a source counts as lost, s.

    Attributes:
        stall_s: without a frame it is shown as lost.
        hang_s: in one call it is left behind.
        still_s: with the very same picture it is opened again.
    """

    stall_s: float = 10.0
    hang_s: float = 30.0
    still_s: float = 60.0


@dataclass(frozen=True)
class _Hung:
    """A thread that was left behind, and since when."""

    thread: threading.Thread
    since_s: float


class FrameGrabber:
    """The newest frame of a source, and the state of the source.

    Of a source that is live, frames that nobody took before the next one came are dropped and
    counted. Of one that is not, each frame waits until it is taken.

    Args:
        source: opened, read and closed in a thread of its own.
        clock: for times and limits.
        backoff: pauses before it is opened again.
        limits: when it counts as lost.
    """

    def __init__(
        self,
        source: Source,
        *,
        clock: Clock | None = None,
        backoff: Backoff | None = None,
        limits: LossLimits | None = None,
    ) -> None:
        self._source = source
        self._clock = clock or Clock()
        self._backoff = backoff or Backoff()
        self._limits = limits or LossLimits()
        self._changed = threading.Condition()
        self._failure: BaseException | None = None
        self._is_stopping = False
        self._is_to_reopen = False
        # A thread of another turn than this was left behind.
        self._turn = 0
        self._thread: threading.Thread | None = None
        self._hung: list[_Hung] = []
        self._newest: Frame | None = None
        now = self._clock.monotonic()
        self._stats = CameraStats(now)
        # Since when no frame came although one could have.
        self._quiet_since_s = now
        # Since when the thread is in a call of the source; None while it is not.
        self._called_s: float | None = None

    def start(self) -> None:
        """Begin to open and read."""
        with self._changed:
            self._quiet_since_s = self._stats.since_s = self._clock.monotonic()
            self._start_thread()

    def wait(self, timeout_s: float) -> Frame | None:
        """Return the newest frame that was not taken yet, which takes it; None if none comes.

        Raises:
            SourceHungError: the driver hangs again and again.
            RuntimeError: an error that nobody expected ended the thread.
        """
        left_s = timeout_s
        with self._changed:
            while True:
                self._look_after()
                if self._failure is not None:
                    raise self._failure
                if self._newest is not None:
                    frame, self._newest = self._newest, None
                    self._changed.notify_all()
                    return frame
                if left_s <= 0 or self._stats.status == "ended" or self._is_stopping:
                    return None
                self._changed.wait(min(left_s, _LOOK_S))
                left_s -= _LOOK_S

    @property
    def state(self) -> CameraState:
        """Return the state of the source now, also while its thread hangs."""
        with self._changed:
            self._look_after()
            now = self._clock.monotonic()
            return self._stats.describe(
                self._source.name,
                now,
                silence=self._find_silence(now),
                silent_since_s=self._quiet_since_s,
            )

    @property
    def has_ended(self) -> bool:
        """Return whether a file is at its end and its last frame was taken."""
        with self._changed:
            return self._stats.status == "ended" and self._newest is None

    @property
    def failure(self) -> BaseException | None:
        """Return the error that ended all this, which ``wait`` raises."""
        with self._changed:
            self._look_after()
            return self._failure

    def reopen(self) -> None:
        """Close the source and open it again, as soon as its thread is back from it."""
        with self._changed:
            self._is_to_reopen = self._stats.status != "ended"
            self._changed.notify_all()

    def stop(self, timeout_s: float) -> bool:
        """Close the source and end the thread; return whether it ended within the time.

        If it did not, end the process by ``os._exit``: Python's own end aborts when a thread comes
        back from a driver meanwhile.
        """
        with self._changed:
            self._is_stopping = True
            self._changed.notify_all()
            thread = self._thread
        if thread is None:
            return True
        thread.join(timeout_s)
        return not thread.is_alive()

    # What callers do, holding the lock.

    def _start_thread(self) -> None:
        self._turn += 1
        self._called_s = None
        self._thread = threading.Thread(
            target=self._run, args=(self._turn,), name=f"capture-{self._turn}", daemon=True
        )
        self._thread.start()

    def _find_silence(self, now: float) -> str | None:
        """Return why a source counts as lost although it has not said so."""
        silent_s = now - self._quiet_since_s
        is_expected = self._called_s is not None and self._stats.status in ("opening", "running")
        is_long = silent_s > self._limits.stall_s
        return f"no frame for {silent_s:.0f} s" if is_expected and is_long else None

    def _look_after(self) -> None:
        """Leave a thread behind that hangs in the source, and start another one."""
        now = self._clock.monotonic()
        if self._failure is not None or self._is_stopping or self._stats.status == "ended":
            return
        called_s, hang_s = self._called_s, self._limits.hang_s
        if called_s is not None and now - called_s > hang_s and self._thread is not None:
            self._hung.append(_Hung(self._thread, called_s))
            self._lose(f"its driver has not responded for {now - called_s:.0f} s")
            self._start_thread()
        self._hung = [hung for hung in self._hung if hung.thread.is_alive()]
        since_s = min((hung.since_s for hung in self._hung), default=now)
        is_held = now - max(since_s, self._quiet_since_s) > _HUNG_TIMES * hang_s
        if len(self._hung) >= _MOST_HUNG or is_held:
            self._turn += 1
            self._fail(
                SourceHungError(
                    f"{self._source.name}: its driver hangs ({len(self._hung)} calls never "
                    "returned); restart crack-edge, and unplug the camera if that does not help"
                )
            )

    def _lose(self, reason: str) -> None:
        now = self._clock.monotonic()
        if self._stats.status == "running":
            self._backoff.note_run(now - self._stats.since_s)
        self._stats.lose(reason, now)
        self._changed.notify_all()

    def _fail(self, error: BaseException) -> None:
        self._failure = error
        self._changed.notify_all()

    # What the source's thread does.

    def _run(self, turn: int) -> None:
        try:
            while self._is_on(turn):
                self._open_and_read(turn)
        except BaseException as error:
            with self._changed:
                if self._turn == turn:
                    unexpected = RuntimeError(f"{self._source.name}: {error!r}")
                    unexpected.__cause__ = error
                    self._fail(unexpected)
            raise

    def _open_and_read(self, turn: int) -> None:
        """Open the source, read until it is lost or at its end, and close it."""
        reason = None
        try:
            self._call(turn, self._source.open)
            read_frames(
                partial(self._call, turn, self._source.read),
                partial(self._put, turn),
                is_wanted=lambda: self._is_on(turn) and not self._is_to_reopen,
                note_bad=partial(self._note_bad, turn),
                now=self._clock.monotonic,
                still_s=self._limits.still_s,
            )
        except SourceEndedError:
            with self._changed:
                if self._turn == turn:
                    self._stats.begin("ended", self._clock.monotonic())
                    self._changed.notify_all()
        except SourceLostError as error:
            reason = str(error)
        # Of a thread that was left behind, another one has the source now.
        if not self._is_on(turn, even_if_stopping=True):
            return
        if reason is not None:
            self._note_loss(turn, reason)
        self._call(turn, self._source.close)
        if reason is not None:
            self._pause(turn)
        with self._changed:
            if self._is_to_reopen and self._turn == turn:
                self._is_to_reopen = False
                self._quiet_since_s = self._clock.monotonic()
                self._stats.begin("opening", self._quiet_since_s)

    def _note_loss(self, turn: int, reason: str) -> None:
        with self._changed:
            if self._turn == turn:
                self._lose(reason)

    def _call(self, turn: int, method: Callable[[], Answer]) -> Answer:
        """Call the source, and let others see for how long."""
        with self._changed:
            if self._turn == turn:
                self._called_s = self._clock.monotonic()
        try:
            return method()
        finally:
            with self._changed:
                if self._turn == turn:
                    self._called_s = None

    def _note_bad(self, turn: int) -> None:
        with self._changed:
            self._stats.bad += self._turn == turn

    def _put(self, turn: int, raw_frame: RawFrame) -> None:
        """Leave a frame for ``wait``; of a source that is not live, wait until it is taken."""
        now = self._clock.monotonic()
        with self._changed:
            if self._turn != turn:
                return
            stats = self._stats
            stats.frames += 1
            stats.dropped += self._newest is not None
            time_s = now if raw_frame.media_s is None else raw_frame.media_s
            self._newest = Frame(stats.frames, raw_frame.picture, time_s, now, self._clock.wall())
            stats.size_wh = self._newest.size_wh
            # A silence that was shown as a loss is counted as one too.
            is_late = now - self._quiet_since_s > self._limits.stall_s
            stats.losses += is_late and stats.status == "running"
            stats.begin("running", now)
            self._quiet_since_s = now
            self._changed.notify_all()
            if not self._source.is_live:
                self._changed.wait_for(lambda: self._newest is None or self._is_stopping)
                self._quiet_since_s = self._clock.monotonic()

    def _pause(self, turn: int) -> None:
        """Wait for the time of the back-off, unless somebody wants it opened at once."""
        with self._changed:
            due_s = self._clock.monotonic() + self._backoff.next_s()
            while self._turn == turn and not (self._is_stopping or self._is_to_reopen):
                left_s = due_s - self._clock.monotonic()
                if left_s <= 0:
                    return
                self._changed.wait(min(left_s, _LOOK_S))

    def _is_on(self, turn: int, *, even_if_stopping: bool = False) -> bool:
        with self._changed:
            is_over = self._stats.status == "ended" or self._is_stopping
            return self._turn == turn and (even_if_stopping or not is_over)
