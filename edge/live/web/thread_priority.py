"""Threads that stand back behind the loop."""

from __future__ import annotations

import contextlib
import os
import sys
import threading

_NICE = 10


def lower_priority() -> None:
    """Let the calling thread run after others; only Linux has a priority for each thread."""
    if sys.platform == "linux":
        # Some sandboxes forbid it; then it runs as all do.
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICE)
