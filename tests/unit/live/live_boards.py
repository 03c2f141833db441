"""What tests of a live watch share: boards, sights, states, events and clocks to put in."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edge.live.board import Board
from edge.live.clock import Clock
from edge.live.event import Event, Notice, Phase
from edge.live.frame import Frame
from edge.live.sight import Sight
from edge.live.state import CameraState, LiveState
from edge.regions import Region

# 2026-05-06T07:08:09.010Z
WALL_S = 1778051289.01


class FakeTime:
    """Time that passes only when it is told to."""

    def __init__(self, now_s: float = 1000.0) -> None:
        self.now_s = now_s
        self.clock = Clock(monotonic=lambda: self.now_s, wall=lambda: WALL_S + self.now_s - 1000)

    def pass_by(self, seconds: float) -> None:
        self.now_s += seconds


def until(condition: Callable[[], object], *, within_s: float = 20.0) -> None:
    """Wait until something is true."""
    end = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < end, "never came true"
        time.sleep(0.01)


def make_state(**changes: Any) -> LiveState:
    camera = {"source": "camera 0", "status": "running", "size_wh": (64, 48), "frames": 120}
    camera |= changes.pop("camera", {})
    facts: dict[str, Any] = {
        "version": "0.1.0",
        "model": "fake",
        "backend": "fake 1.0",
        "status": "looking",
        "started_at": WALL_S,
        "uptime_s": 90.5,
        "view": "grid",
        "frames": 100,
        "fps": 9.5,
        "target_fps": 10.0,
        "latency_p50_ms": 40.0,
        "latency_p90_ms": 60.0,
        "score": 0.2,
        "smoothed": 0.1,
        "threshold": 0.5,
        "event_id": None,
        "events": 0,
        "camera": CameraState(**camera),
    }
    return LiveState(**facts | changes)


def plain_picture(level: int = 128, size_wh: tuple[int, int] = (64, 48)) -> NDArray[np.uint8]:
    return np.full((size_wh[1], size_wh[0], 3), level, np.uint8)


def make_sight(
    number: int = 1,
    picture: NDArray[np.uint8] | None = None,
    *,
    arrived_s: float | None = None,
    **changes: Any,
) -> Sight:
    """Return a sight of a frame that arrived now, if no other time is given."""
    picture = plain_picture() if picture is None else picture
    arrived_s = time.monotonic() if arrived_s is None else arrived_s
    height, width = picture.shape[:2]
    facts: dict[str, Any] = {
        "frame": Frame(number, picture, arrived_s, arrived_s, WALL_S),
        "box": (0, 0, width, height),
        "heat": np.zeros((3, 4), np.float32),
        "cell_px": width / 4,
        "score": 0.2,
        "smoothed": 0.1,
        "threshold": 0.5,
        "regions": (),
        "event_id": None,
        "latency_ms": 40.0,
    }
    return Sight(**facts | changes)


def make_board(sight: Sight | None = None, *, clock: Clock | None = None, **changes: Any) -> Board:
    board = Board(make_state(**changes), clock=clock)
    board.show(sight, make_state(**changes))
    return board


def make_event(event_id: str = "e1", **changes: Any) -> Event:
    facts: dict[str, Any] = {
        "id": event_id,
        "source": "camera 0",
        "model": "fake",
        "threshold": 0.5,
        "began_at": WALL_S,
        "ended_at": None,
        "duration_s": 1.5,
        "peak_at": WALL_S + 1,
        "peak_score": 0.93,
        "frames": 12,
        "size_wh": (64, 48),
        "regions": (Region(0.93, (4, 6, 30, 40), 400, 42.0, 77.0),),
    }
    return Event(**facts | changes)


def make_notice(event_id: str = "e1", phase: Phase = "begin", *, number: int = 1) -> Notice:
    event = make_event(event_id)
    if phase == "end":
        event = replace(event, ended_at=WALL_S + 4, duration_s=4.0, ended_by="score")
    return Notice(phase, event, make_sight(number, plain_picture(number % 200)))
