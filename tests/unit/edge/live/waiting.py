"""A wait for what another thread or process does."""

from __future__ import annotations

import time
from collections.abc import Callable


def until(condition: Callable[[], object], *, within_s: float = 20.0) -> bool:
    """Wait until something is true; fails the test if that does not come in time."""
    end_s = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < end_s, f"not true within {within_s:g} s"
        time.sleep(0.01)
    return True
