"""The most memory that this process ever held. Imports nothing heavy: it is measured itself."""

from __future__ import annotations

import re
import sys
from pathlib import Path

_ROOT = Path("/")


def find_peak_mb(root: Path = _ROOT) -> float | None:
    """Return the process's peak of memory (RSS), 1 MB = 10^6 bytes; None where it is unknown.

    On Linux from VmHWM: ``ru_maxrss`` begins with the size of the process that started this one.

    Args:
        root: below which ``/proc`` is looked for.
    """
    try:
        status = (root / "proc/self/status").read_text(encoding="utf-8", errors="replace")
    except OSError:
        status = ""
    if found := re.search(r"^VmHWM:\s*(\d+) kB", status, re.MULTILINE):
        return int(found[1]) * 1024 / 1e6
    if sys.platform == "darwin":
        import resource

        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    return None
