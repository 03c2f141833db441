"""What this machine lends to a process: cores, memory; the names of its processor and system."""

from __future__ import annotations

import math
import os
import platform
import re
from collections.abc import Iterator
from pathlib import Path

from edge.machine.processor import parse_cpuinfo
from edge.machine.procfs import clean_name, parse_number, read_fact, read_number

_ROOT = Path("/")
_GROUPS = Path("sys/fs/cgroup")
# What stands in the DMI table of a board that nobody named.
_NO_NAMES = {
    "to be filled by o.e.m.",
    "system manufacturer",
    "system product name",
    "default string",
    "not specified",
    "not applicable",
    "none",
    "o.e.m.",
    "n/a",
}


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
    free_kb = _find_meminfo_kb(root, "MemAvailable")
    limits = [] if free_kb is None else [free_kb / 1000]
    for folder in _list_groups(root, "memory"):
        for name in ("memory.max", "memory.limit_in_bytes"):
            limit = read_number(folder / name)
            if limit is not None:
                limits.append(limit / 1e6)
    return min(limits, default=None)


def find_total_memory_mb(root: Path = _ROOT) -> float | None:
    """Return the machine's memory without what the kernel keeps, None where nobody says it.

    Args:
        root: below which ``/proc`` is looked for.
    """
    total_kb = _find_meminfo_kb(root, "MemTotal")
    # What the kernel calls kB are 1024 bytes.
    return None if total_kb is None else total_kb * 1024 / 1e6


def _find_meminfo_kb(root: Path, name: str) -> int | None:
    found = re.search(rf"^{name}:\s*(\d+) kB", read_fact(root / "proc/meminfo"), re.MULTILINE)
    return parse_number(found[1]) if found else None


def find_load() -> float:
    """Return the load average of the last minute; 0 where the system does not say.

    It counts what ran and what waited for a core or a disk: it can exceed the cores.
    """
    return os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0


def find_processor(root: Path = _ROOT) -> str:
    """Return the processor's name, or the board's where the processor does not tell its own.

    Args:
        root: below which ``/proc`` is looked for.
    """
    name = parse_cpuinfo(read_fact(root / "proc/cpuinfo")).name
    board = name or read_fact(root / "proc/device-tree/model")
    return board or platform.processor() or platform.machine() or "unknown"


def find_board(root: Path = _ROOT) -> str | None:
    """Return the name of the board or of the machine, None where neither tells it.

    Args:
        root: below which ``/proc`` and ``/sys`` are looked for.
    """
    board = clean_name(read_fact(root / "proc/device-tree/model"))
    if board:
        return board
    # Makers of boards leave the machine's name to those who build one of it.
    for names in (("sys_vendor", "product_name"), ("board_vendor", "board_name")):
        maker, product = (clean_name(read_fact(root / "sys/class/dmi/id" / name)) for name in names)
        if product and product.lower() not in _NO_NAMES:
            is_named = not maker or maker.lower() in _NO_NAMES or product.startswith(maker)
            return product if is_named else f"{maker} {product}"
    return None


def is_raspberry_pi(board: str | None) -> bool:
    """Tell whether a board, by its name from ``find_board``, is a Raspberry Pi of any kind."""
    return board is not None and board.startswith("Raspberry Pi")


def find_system_name(root: Path = _ROOT) -> str | None:
    """Return what a Linux distribution calls itself, None where it does not say.

    Args:
        root: below which ``/etc`` and ``/usr/lib`` are looked for.
    """
    for name in ("etc/os-release", "usr/lib/os-release"):
        found = re.search(r"^PRETTY_NAME=(.+)$", read_fact(root / name), re.MULTILINE)
        if found:
            return clean_name(found[1].strip().strip("\"'")) or None
    return None


def _read_quotas(root: Path) -> Iterator[float]:
    """Yield the quotas of the process's control group and of those above it, in cores."""
    for folder in _list_groups(root, "cpu"):
        quota, _, length = read_fact(folder / "cpu.max").partition(" ")
        allowed = parse_number(quota or read_fact(folder / "cpu.cfs_quota_us"))
        period = parse_number(length or read_fact(folder / "cpu.cfs_period_us"))
        if allowed is not None and period:
            yield allowed / period


def _list_groups(root: Path, controller: str) -> Iterator[Path]:
    """Yield the folders of the process's control group and of those above it.

    Args:
        root: below which ``/proc`` and ``/sys`` are looked for.
        controller: its name in version 1; version 2 has one tree for all.
    """
    for line in read_fact(root / "proc/self/cgroup").splitlines():
        _, names, path = (*line.split(":", 2), "", "")[:3]
        if names and controller not in names.split(","):
            continue
        top = root / _GROUPS / (controller if names else "")
        yield top
        # In a container the path can be the host's: then only the top is there.
        group = top
        for part in Path(path.lstrip("/")).parts:
            group /= part
            yield group
