"""Events kept on the disk: a line for each notice, and the best frame as it came and drawn on."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from edge.files.errors import OutputError
from edge.files.strict_json import dump_strictly
from edge.live.events.event import Notice, describe_event
from edge.live.loop.background_queue import BackgroundQueue
from edge.live.loop.live_state import LiveState, SinkState
from edge.live.record.folder import NoRoomError, RecordFolder, RecordSettings, measure_free_mb
from edge.live.record.json_lines import DRAWN, PLAIN, is_safe_id
from edge.live.scoring.observation import Observation
from edge.live.timing.clock import Clock
from edge.photo.codec import encode_photo

# Notices hold whole frames: what waits must be few.
_QUEUE = 8
# How often old events are looked for, and room where there was none.
_SWEEP_EVERY_S = 60.0
_RETRY_EVERY_S = 10.0
# A folder that cannot be locked in this time lies on a disk that does not answer.
_LOCK_S = 30.0
# The frame as it came is for labelling and training; what is drawn on is for people.
_PLAIN_QUALITY = 95
_DRAWN_QUALITY = 85

Job = Notice | Literal["lock", "sweep", "reopen", "close"]


class Recorder:
    """A sink that keeps events in a folder, within bounds; all its disk work is its thread's.

    What goes wrong stops it, not the loop: its state says why, and it goes on by itself when it
    can. What came meanwhile is lost and counted, but an event that ends later is recorded whole.
    """

    def __init__(
        self,
        folder: Path,
        *,
        draw: Callable[[Observation], NDArray[np.uint8]],
        settings: RecordSettings | None = None,
        clock: Clock | None = None,
        free_mb: Callable[[Path], float] = measure_free_mb,
    ) -> None:
        """Begin to record.

        Args:
            folder: is made if it is not there.
            draw: makes the picture to look at, uint8 (h, w, 3) RGB.
            settings: the bounds.
            clock: where times come from.
            free_mb: of a folder's disk.

        Raises:
            OutputError: it cannot be written, or another process records into it.
        """
        self._clock = clock or Clock()
        self._draw = draw
        self._folder = RecordFolder(
            folder, settings=settings or RecordSettings(), clock=self._clock, free_mb=free_mb
        )
        self._guard = threading.Lock()
        self._state = SinkState("record", "waiting", f"{folder}: reading the folder")
        self._lost = 0
        self._lasting: set[str] = set()
        self._recorded: tuple[str, int] | None = None
        self._closing = threading.Event()
        self._locked = threading.Event()
        self._refusal: OSError | OutputError | None = None
        self._told_s = self._clock.monotonic()
        self._queue: BackgroundQueue[Job] = BackgroundQueue(
            self._handle, name="record", capacity=_QUEUE
        )
        self._queue.put("lock")
        self._wait_for_lock(folder)

    @property
    def state(self) -> SinkState:
        """Return its state."""
        with self._guard:
            state, lost = self._state, self._lost
        if (failure := self._queue.failure) is not None:
            state = replace(state, status="stopped", reason=f"{type(failure).__name__}: {failure}")
        return replace(state, dropped=lost + self._queue.dropped, waiting=self._queue.waiting)

    def take(self, notice: Notice) -> None:
        """Take a notice; it is written later."""
        if not is_safe_id(notice.event.id):
            raise ValueError(f"event id {notice.event.id!r}: expected letters, digits, _ and -")
        self._queue.put(notice)

    def tell(self, state: LiveState) -> None:
        """Receive the state of the watch; now and then look for what is too old."""
        with self._guard:
            is_stopped = self._state.status == "stopped"
        now_s = self._clock.monotonic()
        every_s = _RETRY_EVERY_S if is_stopped else _SWEEP_EVERY_S
        if now_s - self._told_s >= every_s and not self._queue.waiting:
            self._told_s = now_s
            self._queue.put("sweep")

    def reopen(self) -> None:
        """Read the folder anew: others may have taken files away."""
        self._queue.put("reopen")

    def close(self, *, timeout_s: float) -> None:
        """Write what waits, for so long at most, and let others have the folder."""
        if self._closing.is_set():
            return
        # Whoever handles the last job lets go: a job for it could push a notice out.
        self._closing.set()
        if not self._queue.waiting and self._queue.failure is None:
            self._queue.put("close")
        self._queue.close(timeout_s=timeout_s)

    def _wait_for_lock(self, folder: Path) -> None:
        if not self._locked.wait(_LOCK_S):
            raise OutputError(f"--record {folder}: the disk did not respond within {_LOCK_S:.0f} s")
        refusal = self._refusal
        if refusal is not None:
            self.close(timeout_s=1)
            if isinstance(refusal, OSError):
                why = f"--record {folder}: cannot be written ({_explain(refusal)})"
                raise OutputError(why) from refusal
            raise refusal

    def _handle(self, job: Job) -> None:
        is_last = True
        try:
            self._try(job)
            is_last = self._closing.is_set() and not self._queue.waiting
        finally:
            # Also where an error that nobody expected ends the thread.
            if is_last:
                self._folder.close()

    def _try(self, job: Job) -> None:
        try:
            self._do(job)
        except NoRoomError as error:
            self._stop(str(error), job)
        except (OSError, OutputError) as error:
            self._folder.distrust()
            self._stop(_explain(error), job)

    def _do(self, job: Job) -> None:
        if isinstance(job, Notice):
            self._record(job)
        elif job == "lock":
            self._lock()
            if self._refusal is not None:
                return
            self._folder.sweep()
        elif job != "close":
            if job == "reopen":
                self._folder.distrust()
            self._folder.sweep(spared=self._lasting)
        with self._guard:
            done = self._state.done + isinstance(job, Notice)
            self._state = SinkState("record", "working", done=done)

    def _lock(self) -> None:
        try:
            self._folder.lock()
        except (OSError, OutputError) as error:
            self._refusal = error
        finally:
            self._locked.set()

    def _record(self, notice: Notice) -> None:
        event, best = notice.event, notice.best
        # Of an earlier event that never ended, nothing more comes.
        self._lasting = set() if notice.phase == "end" else {event.id}
        picture = event.id, best.frame.number
        pictures = {} if picture == self._recorded else self._encode(best)
        self._recorded = None
        self._folder.write(
            event.id,
            (dump_strictly(describe_event(event, notice.phase)) + "\n").encode(),
            pictures,
            at_s=event.peak_at if event.ended_at is None else event.ended_at,
            spared=self._lasting,
        )
        self._recorded = picture

    def _encode(self, observation: Observation) -> dict[str, bytes]:
        return {
            PLAIN: encode_photo(observation.frame.picture, ".jpg", jpeg_quality=_PLAIN_QUALITY),
            DRAWN: encode_photo(self._draw(observation), ".jpg", jpeg_quality=_DRAWN_QUALITY),
        }

    def _stop(self, reason: str, job: Job) -> None:
        with self._guard:
            self._lost += isinstance(job, Notice)
            self._state = SinkState("record", "stopped", reason, done=self._state.done)


def _explain(error: OSError | OutputError) -> str:
    """Return what an error says in one line, with the file that it is about."""
    if isinstance(error, OutputError):
        return str(error)
    text = error.strerror or type(error).__name__
    return f"{error.filename}: {text}" if error.filename else text
