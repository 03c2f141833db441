"""Why there is no picture, in words."""

from __future__ import annotations

from edge.live.loop.live_state import LiveState

_CAMERA = {
    "opening": "opening the camera",
    "running": "the camera is running, but its frames are not being checked",
    "lost": "camera lost",
    "ended": "the source has ended",
}


def why_no_picture(state: LiveState, age_s: float | None, *, with_reason: bool = True) -> str:
    """Say for how long there has been no picture, and why.

    Args:
        state: of the whole.
        age_s: of the newest frame; None before the first.
        with_reason: also what the source says of itself, which may hold names and addresses.
    """
    status = state.camera.status
    if age_s is None:
        # A camera that never came cannot have been lost.
        why = "no camera" if status == "lost" else _CAMERA[status]
        text = f"no picture yet: {why}"
    else:
        text = f"no picture for {format_duration(age_s)}: {_CAMERA[status]}"
    reason = state.camera.reason
    return f"{text} ({reason})" if with_reason and reason else text


def format_duration(seconds: float) -> str:
    """Return a duration in words such as ``12 s``, ``3 min 5 s`` or ``2 d 4 h``."""
    whole = max(0, int(seconds))
    parts = [
        (whole // 86400, "d"),
        (whole // 3600 % 24, "h"),
        (whole // 60 % 60, "min"),
        (whole % 60, "s"),
    ]
    first = next((i for i, (count, _) in enumerate(parts) if count), len(parts) - 1)
    return " ".join(f"{count} {unit}" for count, unit in parts[first : first + 2] if count) or "0 s"
