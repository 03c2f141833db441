"""The machine itself: board, system, Python, processor, memory and disk."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from edge.doctor.check import UNKNOWN, Check
from edge.doctor.host import HostPlatform
from edge.files.formatting import count_of
from edge.machine.processor import parse_cpuinfo

# As the Raspberry Pi Imager lists it.
PI_OS_64 = "Raspberry Pi OS (64-bit)"

_OLDEST_PYTHON = (3, 10)
_NEWEST_PYTHON = (3, 13)
# A 20 MP photo, its heat map and overlay take about 260 MB beside the model.
_ENOUGH_MEMORY_MB = 400
# Overlay and heat map of some hundred photos.
_ENOUGH_DISK_MB = 500


def check_board(board: str | None) -> Check:
    """Name the board or the machine, where its name is known."""
    return Check("board", "ok", board or UNKNOWN, facts={"board": board})


def check_system(platform: HostPlatform, name: str | None, *, is_pi: bool) -> Check:
    """Name the operating system, its kernel, and the bits that its programs have.

    Args:
        platform: of the running Python.
        name: of the distribution, None where it does not say.
        is_pi: whether the board is a Raspberry Pi.
    """
    bits = 64 if platform.is_64_bit else 32
    kernel = f"{platform.system} {platform.release}".strip()
    found = ", ".join(filter(None, [name, kernel, platform.machine, f"{bits}-bit Python"]))
    facts = {"name": name, "kernel": kernel, "machine": platform.machine, "bits": bits}
    # The 32-bit Raspberry Pi OS runs on a 64-bit kernel: pip's markers see aarch64, for which
    # there are no 32-bit wheels.
    if platform.machine in ("aarch64", "x86_64") and not platform.is_64_bit:
        what = PI_OS_64 if is_pi else "the 64-bit system"
        remedy = f"the kernel is 64-bit, but the system's programs are 32-bit: install {what}"
        return Check("system", "warning", found, remedy, facts)
    return Check("system", "ok", found, facts=facts)


def check_python(version: Sequence[int]) -> Check:
    """Compare the Python version with those that are tested."""
    found = ".".join(str(part) for part in version)
    low, high = (".".join(map(str, v)) for v in (_OLDEST_PYTHON, _NEWEST_PYTHON))
    remedy = f"use Python {low} to {high}"
    facts = {"version": found}
    if tuple(version[:2]) < _OLDEST_PYTHON:
        return Check("Python", "failed", found, remedy, facts)
    if tuple(version[:2]) > _NEWEST_PYTHON:
        return Check("Python", "warning", f"{found}, not tested", remedy, facts)
    return Check("Python", "ok", found, facts=facts)


def check_cpu(cpuinfo: str, system: str, *, usable_cores: int) -> Check:
    """Name the processor, and its features that make inference fast.

    Args:
        cpuinfo: text of ``/proc/cpuinfo``, empty where there is none.
        system: as ``platform.system()`` says.
        usable_cores: those that this process can keep busy.
    """
    if not cpuinfo:
        cores = _say_cores(os.cpu_count() or 1, usable_cores)
        if system == "Linux":
            remedy = "mount /proc and /sys: without them LiteRT runs slowly"
            return Check("CPU", "warning", f"{cores}; /proc/cpuinfo cannot be read", remedy)
        return Check("CPU", "ok", cores, facts={"usable_cores": usable_cores})
    processor = parse_cpuinfo(cpuinfo)
    parts = [
        processor.name,
        " and ".join(processor.core_types),
        _say_cores(processor.cores, usable_cores) if processor.cores else "",
        " ".join(processor.features),
        _say_int8_dot(processor.has_int8_dot, is_arm=processor.is_virtual is None),
    ]
    facts = {
        "name": processor.name or None,
        "core_types": list(processor.core_types),
        "cores": processor.cores,
        "usable_cores": usable_cores,
        "features": list(processor.features),
        "int8_dot_product": processor.has_int8_dot,
    }
    return Check("CPU", "ok", ", ".join(filter(None, parts)), facts=facts)


def _say_cores(cores: int, usable: int) -> str:
    text = count_of(cores, "core")
    return f"{text}, {usable} usable by this process" if usable < cores else text


def _say_int8_dot(has_it: bool | None, *, is_arm: bool) -> str:
    """Say what decides how fast int8 is: a Raspberry Pi 5 has it, 3 and 4 have not."""
    if has_it is None:
        return ""
    return (
        "int8 dot product" if has_it else f"no int8 dot product ({'asimddp' if is_arm else 'VNNI'})"
    )


def check_memory(free_mb: float | None, total_mb: float | None) -> Check:
    """Say how much memory is free.

    Args:
        free_mb: what a process may still take; None where nobody knows.
        total_mb: of the machine; None where nobody knows.
    """
    if free_mb is None:
        return Check("memory", "ok", UNKNOWN)
    found = f"{free_mb:.0f} MB free" + (f" of {total_mb:.0f} MB" if total_mb else "")
    facts = {"free_mb": round(free_mb), "total_mb": round(total_mb) if total_mb else None}
    if free_mb < _ENOUGH_MEMORY_MB:
        remedy = f"close other programs: scanning photos of 20 MP needs {_ENOUGH_MEMORY_MB} MB"
        return Check("memory", "warning", found, remedy, facts)
    return Check("memory", "ok", found, facts=facts)


def check_disk(folder: Path, free_bytes: int) -> Check:
    """Say how much room there is for results.

    Args:
        folder: where they would go.
        free_bytes: on its disk.
    """
    found = f"{free_bytes / 1e6:.0f} MB free in {folder}"
    facts = {"folder": str(folder), "free_mb": round(free_bytes / 1e6)}
    if free_bytes < _ENOUGH_DISK_MB * 1e6:
        remedy = f"make room for {_ENOUGH_DISK_MB} MB, or write results to another disk"
        return Check("disk", "warning", found, remedy, facts)
    return Check("disk", "ok", found, facts=facts)
