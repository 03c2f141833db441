"""States made by hand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from edge.live.capture.camera_stats import CameraState
from edge.live.loop.live_state import LiveState
from tests.unit.edge.live.clocks_made import WALL_S
from tests.unit.edge.live.observations_made import SIZE_WH


def make_state(*, camera: Mapping[str, Any] | None = None, **changes: Any) -> LiveState:
    """Return the state of a watch that looks, with changes of it and of its camera."""
    of_camera: dict[str, Any] = {
        "source": "camera 0",
        "status": "running",
        "size_wh": SIZE_WH,
        "frames": 120,
    }
    facts: dict[str, Any] = {
        "version": "0.1.0",
        "model": "fake",
        "backend": "fake 1.0",
        "status": "looking",
        "started_at": WALL_S,
        "uptime_s": 90.5,
        "view": "tile",
        "frames": 100,
        "fps": 9.5,
        "target_fps": 10.0,
        "latency_p50_ms": 40.0,
        "latency_p90_ms": 60.0,
        "score": 0.2,
        "smoothed": 0.1,
        "threshold": 0.9,
        "event_id": None,
        "events": 0,
        "camera": CameraState(**of_camera | dict(camera or {})),
    }
    return LiveState(**facts | changes)
