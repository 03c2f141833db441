"""Whether the live loop's memory stays flat over many frames with everything on."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.machine_facts import describe_machine
from benchmarks.project.live_crowd import open_crowd
from benchmarks.project.live_parts import make_frame_scorer, make_latest, open_page
from edge.evaluation.synthetic import draw_concrete
from edge.files.errors import EnvironmentLacksError
from edge.files.progress import Progress, Silent
from edge.live.capture.frame_grabber import FrameGrabber
from edge.live.capture.source import RawFrame, SourceLostError
from edge.live.loop.controls import DEFAULT_THRESHOLD, Controls
from edge.live.loop.cooling import HeatMonitor
from edge.live.loop.live_state import LiveState
from edge.live.loop.sink import Sink
from edge.live.loop.watch_loop import WatchLoop, WatchSettings
from edge.live.mqtt.address import MqttAddress
from edge.live.mqtt.sink import MqttSink
from edge.live.record.folder import RecordSettings
from edge.live.record.recorder import Recorder
from edge.live.scoring.observation import Observation
from edge.live.scoring.overlay import draw_observation
from edge.live.timing.backoff import Backoff
from edge.model.classifier import open_classifier

# The system's allocator takes memory in steps, one of which is worth about 100 kB per 10,000 frames
# here. A frame kept of each event would be a thousand times as much.
LIMIT_KB = 250.0
PER_FRAMES = 10_000

_STATM = Path("/proc/self/statm")
_SIZES_WH = ((640, 480), (480, 640), (320, 256), (800, 600))
_FPS = 10.0
# Cracked for so many frames, then sound for as many.
_CRACK_FRAMES = 40
_PAGE_PX = 640
_RECORD_MB = 5.0
_STOP_S = 10.0


class ChangingSource:
    """Pictures with and without a crack in turn, of one size after the other; lost now and then.

    Attributes:
        name: what it is called.
        is_live: no: every frame is looked at.
        opened: how often it was opened.
    """

    name = "changing pictures"
    is_live = False

    def __init__(self, *, lost_every: int, size_every: int) -> None:
        """Draw the pictures.

        Args:
            lost_every: frames after which it is lost once.
            size_every: frames after which their size changes.
        """
        self.opened = 0
        self._lost_every = lost_every
        self._size_every = size_every
        self._number = 0
        self._pictures = [
            [draw_concrete(size_wh, seed=seed, cracks=3 * seed).photo for seed in (0, 1)]
            for size_wh in _SIZES_WH
        ]

    def open(self) -> None:
        """Go on where it was."""
        self.opened += 1

    def read(self) -> RawFrame:
        """Return the next frame.

        Raises:
            SourceLostError: so many frames came since the last loss.
        """
        self._number += 1
        if self._number % self._lost_every == 0:
            raise SourceLostError("lost as planned")
        size = self._number // self._size_every % len(self._pictures)
        sound, cracked = self._pictures[size]
        picture = cracked if self._number // _CRACK_FRAMES % 2 else sound
        # As a camera does: every picture has memory of its own.
        return RawFrame(picture.copy(), media_s=self._number / _FPS)

    def close(self) -> None:
        """Do nothing."""


def measure_live_soak(
    *,
    frames: int = 100_000,
    model: str | Path = "small",
    every: int | None = None,
    warm_up: int | None = None,
    lost_every: int = 5000,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Run the loop with all its sinks and a viewer, and watch the memory of its process.

    MQTT is among them where mosquitto is installed; ``sinks`` says so.

    The source is lost and opened again, its frames change their size, events come and go, and what
    is recorded is rotated. The viewer is a process of its own.

    Args:
        frames: that are looked at.
        model: a model file or a shipped model; the view is the window in the middle.
        every: memory is noted so often, frames; a hundred times in all if None.
        warm_up: frames that do not count; a tenth of all if None.
        lost_every: the source is lost so often, frames.
        progress: hears how far it is.

    Returns:
        ``rss_mb`` at each note; the straight line through those after the warm-up as
        ``slope_kb_per_10000_frames`` with its standard error; what happened meanwhile.

    Raises:
        EnvironmentLacksError: the system has no /proc.
    """
    if not _STATM.exists():
        raise EnvironmentLacksError("memory is measured by /proc, which only Linux has")
    progress = progress or Silent()
    every = every or max(1, frames // 100)
    warm_up = frames // 10 if warm_up is None else warm_up
    # All sizes come between two notes, so that these are of the same one.
    source = ChangingSource(lost_every=lost_every, size_every=max(1, every // len(_SIZES_WH)))
    capture = FrameGrabber(source, backoff=Backoff(least_s=0.02, most_s=0.1))
    at: list[int] = []
    rss_mb: list[float] = []
    with _run_all(capture, model) as (turn, get_state):
        capture.start()
        while (done := get_state().frames) < frames:
            turn()
            if done // every == len(at):
                continue
            at.append(done)
            rss_mb.append(read_rss_mb())
            progress.step("frames", done, frames)
        state = get_state()
    return {
        "what": "memory (RSS) of the live loop with recording, MQTT, page and a viewer",
        "model": state.model,
        "view": state.view,
        "frames": frames,
        "warm_up_frames": warm_up,
        "events": state.events,
        "losses": state.camera.losses,
        "opened": source.opened,
        "bad": state.camera.bad,
        "sinks": {sink.name: [sink.status, sink.done, sink.dropped] for sink in state.sinks},
        **fit_memory(at, rss_mb, warm_up=warm_up),
        "every_frames": every,
        "rss_mb": [round(value, 2) for value in rss_mb],
        "machine": describe_machine(),
    }


def fit_memory(at: Sequence[int], rss_mb: Sequence[float], *, warm_up: int) -> dict[str, Any]:
    """Lay a straight line (least squares) through the memory after the warm-up.

    Args:
        at: frame of each note.
        rss_mb: memory, MB.
        warm_up: frames that do not count.

    Raises:
        ValueError: fewer than three notes count.
    """
    counted = np.array(at) > warm_up
    x = np.array(at, np.float64)[counted] / PER_FRAMES
    y = np.array(rss_mb, np.float64)[counted] * 1000
    if len(x) < 3:
        raise ValueError(f"{len(x)} notes of memory after the warm-up; a line needs three")
    slope, offset = _fit_line(x, y)
    left = y - (slope * x + offset)
    error = float(np.sqrt((left @ left) / (len(x) - 2) / np.square(x - x.mean()).sum()))
    return {
        "slope_kb_per_10000_frames": round(slope, 1),
        "slope_error_kb": round(error, 1),
        "limit_kb_per_10000_frames": LIMIT_KB,
        "passes": slope <= LIMIT_KB,
        "begin_mb": round(float(y[0]) / 1000, 2),
        "end_mb": round(float(y[-1]) / 1000, 2),
        "rise_mb": round(float(y[-1] - y[0]) / 1000, 2),
        "highest_mb": round(float(y.max()) / 1000, 2),
    }


def read_rss_mb() -> float:
    """Return the memory of this process, 1 MB = 1,000,000 bytes."""
    return int(_STATM.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


def _fit_line(x: NDArray[np.float64], y: NDArray[np.float64]) -> tuple[float, float]:
    slope = float(((x - x.mean()) @ (y - y.mean())) / np.square(x - x.mean()).sum())
    return slope, float(y.mean() - slope * x.mean())


@contextmanager
def _run_all(
    capture: FrameGrabber, model: str | Path
) -> Iterator[tuple[Callable[[], object], Callable[[], LiveState]]]:
    """Put everything together; yield what does a turn and what returns the state."""
    classifier = open_classifier(model)
    latest = make_latest(classifier, view="center", threshold=DEFAULT_THRESHOLD)
    controls = Controls(DEFAULT_THRESHOLD)
    draw = partial(draw_observation, longest_px=_PAGE_PX)
    with (
        tempfile.TemporaryDirectory() as folder,
        open_page(latest, controls, longest_px=_PAGE_PX) as (page, port),
        open_crowd(port) as crowd,
        _start_broker() as broker,
    ):
        record = Recorder(
            Path(folder) / "events", draw=draw, settings=RecordSettings(max_mb=_RECORD_MB)
        )
        sinks: list[Sink] = [page, record]
        if broker:
            sinks.append(_tell_broker(broker, latest.state, draw))
        cooling = HeatMonitor()
        watch = WatchLoop(
            make_frame_scorer(classifier, "center"),
            capture,
            settings=WatchSettings(),
            latest=latest,
            controls=controls,
            sinks=sinks,
            cooling=cooling,
        )
        crowd.come(1)
        try:
            yield watch.turn, lambda: latest.state
        finally:
            crowd.go()
            capture.stop(_STOP_S)
            cooling.close()
            # The page closes with its context.
            for sink in sinks[1:]:
                sink.close(timeout_s=_STOP_S)


@contextmanager
def _start_broker() -> Iterator[int | None]:
    """Run a broker of this machine on a free port; yield the port, None where there is none."""
    program = shutil.which("mosquitto", path=os.defpath + ":/usr/sbin:/usr/local/sbin")
    if program is None:
        yield None
        return
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = int(found.getsockname()[1])
    process = subprocess.Popen([program, "-p", str(port)], stderr=subprocess.DEVNULL)
    try:
        yield port
    finally:
        process.terminate()
        process.wait(_STOP_S)


def _tell_broker(
    port: int, state: LiveState, draw: Callable[[Observation], NDArray[np.uint8]]
) -> MqttSink:
    address = MqttAddress("127.0.0.1", port, "soak")
    return MqttSink(address, name="soak", model=state.model, version=state.version, draw=draw)
