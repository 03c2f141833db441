"""What this machine lends to a process: cores, memory, and the name of its processor."""

from __future__ import annotations

import math
import os
import platform
import re
from collections.abc import Iterator
from pathlib import Path

_ROOT = Path("/")
_GROUPS = Path("sys/fs/cgroup")


def count_cores(root: Path = _ROOT) -> int:
    """Return how many cores this process can keep busy: its affinity, its control group's quota.

    Args:
        root: below which ``/proc`` and ``/sys`` are looked for.
    """
    if hasattr(os, "sched_getaffinity"):
        cores = len(os.sched_getaffinity(0))
    else:
        cores = os.cpu_count() or 1
    # A quota of two cores and a half is work for a third thread.
    return max(1, min([cores, *(math.ceil(quota) for quota in _read_quotas(root))]))


def find_memory_mb(root: Path = _ROOT) -> float | None:
    """Return how much memory this process may still take, None where the system does not say.

    Args:
        root: below which ``/proc`` and ``/sys`` are looked for.
    """
    free = re.search(r"^MemAvailable:\s*(\d+) kB", _read(root / "proc/meminfo"), re.MULTILINE)
    limits = [int(free[1]) / 1000] if free else []
    for folder in _list_groups(root, "memory"):
        limit = _read(folder / "memory.max") or _read(folder / "memory.limit_in_bytes")
        if limit.isdigit():
            limits.append(int(limit) / 1e6)
    return min(limits, default=None)


def find_load() -> float:
    """Return how many cores were busy in the last minute; 0 where the system does not say."""
    return os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0


def find_processor(root: Path = _ROOT) -> str:
    """Return the processor's name, or the board's where the processor does not tell its own.

    Args:
        root: below which ``/proc`` is looked for.
    """
    named = re.search(r"^model name\s*:\s*(.+)$", _read(root / "proc/cpuinfo"), re.MULTILINE)
    if named:
        return named[1].strip()
    board = _read(root / "proc/device-tree/model").strip("\0")
    return board or platform.processor() or platform.machine() or "unknown"


def _read_quotas(root: Path) -> Iterator[float]:
    """Yield the quotas of the process's control group and of those above it, in cores."""
    for folder in _list_groups(root, "cpu"):
        allowed, _, period = _read(folder / "cpu.max").partition(" ")
        allowed = allowed or _read(folder / "cpu.cfs_quota_us")
        period = period or _read(folder / "cpu.cfs_period_us")
        if allowed.isdigit() and period.isdigit() and int(period) > 0:
            yield int(allowed) / int(period)


def _list_groups(root: Path, controller: str) -> Iterator[Path]:
    """Yield the folders of the process's control group and of those above it.

    Args:
        root: below which ``/proc`` and ``/sys`` are looked for.
        controller: its name in version 1; version 2 has one tree for all.
    """
    for line in _read(root / "proc/self/cgroup").splitlines():
        _, names, path = line.split(":", 2)
        if names and controller not in names.split(","):
            continue
        top = root / _GROUPS / (controller if names else "")
        yield top
        # In a container the path can be the host's: then only the top is there.
        group = top
        for part in Path(path.lstrip("/")).parts:
            group /= part
            yield group


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""
