"""States made by hand."""

from __future__ import annotations

from typing import Any

from edge.live.state import CameraState, LiveState
from tests.unit.live.sights_made import WALL_S


def make_state(**changes: Any) -> LiveState:
    """Return the state of a loop that has just begun."""
    facts: dict[str, Any] = {
        "version": "1",
        "model": "fake",
        "backend": "fake",
        "status": "starting",
        "started_at": WALL_S,
        "uptime_s": 0.0,
        "view": "dense",
        "frames": 0,
        "fps": 0.0,
        "target_fps": None,
        "latency_p50_ms": None,
        "latency_p90_ms": None,
        "score": None,
        "smoothed": None,
        "threshold": 0.9,
        "event_id": None,
        "events": 0,
        "camera": CameraState("drawn", "opening"),
    }
    return LiveState(**facts | changes)
