"""Facts about the machine that a figure was measured on."""

from __future__ import annotations

import os
import platform
import re
from collections.abc import Iterator
from pathlib import Path

from edge.files.versions import installed_versions
from edge.machine.processor import is_frequency, parse_cpuinfo
from edge.machine.procfs import clean_name, read_fact, read_number
from edge.machine.resources import (
    count_cores,
    find_board,
    find_processor,
    find_total_memory_mb,
)

_ROOT = Path("/")
_CORES = "sys/devices/system/cpu/cpu[0-9]*"
_PACKAGES = (
    "ai-edge-litert",
    "tflite-runtime",
    "onnxruntime",
    "onnxruntime-gpu",
    "numpy",
    "opencv-python-headless",
    "opencv-python",
    "opencv-contrib-python-headless",
    "opencv-contrib-python",
    "tensorflow",
    "tensorflow-cpu",
    "keras",
)

Facts = dict[str, str | int | float]


def describe_machine(root: Path = _ROOT) -> Facts:
    """Return what a speed depends on; no name of the machine or its user, and no path.

    A fact that the system does not report is left out.

    Args:
        root: below which ``/proc``, ``/sys`` and ``/etc`` are looked for.
    """
    facts: Facts = {
        "processor": clean_name(find_processor(root)),
        "cores": os.cpu_count() or 1,
        "system": f"{platform.system()} {platform.machine()}",
        "os": _find_system(root),
        "kernel": clean_name(platform.release()),
        "python": platform.python_version(),
    }
    if board := find_board(root):
        facts["board"] = board
    # A container, or an affinity, may lend less than the machine has.
    if (usable := count_cores(root)) != facts["cores"]:
        facts["usable_cores"] = usable
    if (memory_mb := find_total_memory_mb(root)) is not None:
        facts["memory_mb"] = round(memory_mb)
    if hasattr(os, "getloadavg"):
        facts["load of the last minute"] = round(os.getloadavg()[0], 2)
    return facts | _describe_processor(root) | installed_versions(_PACKAGES)


def read_frequencies_mhz(name: str, root: Path = _ROOT) -> list[float]:
    """Return a frequency of each core, MHz; empty where the system does not report them.

    Args:
        name: of a file of cpufreq, such as ``scaling_cur_freq``.
        root: below which ``/sys`` is looked for.
    """
    found = (read_number(core / "cpufreq" / name) for core in root.glob(_CORES))
    values = (khz / 1000 for khz in found if khz is not None)
    return [mhz for mhz in values if is_frequency(mhz)]


def _describe_processor(root: Path) -> Facts:
    processor = parse_cpuinfo(read_fact(root / "proc/cpuinfo"))
    facts: Facts = {}
    if processor.core_types:
        facts["core_types"] = ", ".join(processor.core_types)
    if processor.features:
        facts["features"] = " ".join(processor.features)
    if processor.is_virtual is not None:
        facts["virtual_machine"] = "yes" if processor.is_virtual else "no"
    siblings = {read_fact(core / "topology/thread_siblings_list") for core in root.glob(_CORES)}
    if siblings := siblings - {""}:
        facts["physical_cores"] = len(siblings)
    if caches := ", ".join(_list_caches(root)):
        facts["caches"] = caches
    governors = {_read_name(core / "cpufreq/scaling_governor") for core in root.glob(_CORES)}
    if governors := governors - {""}:
        facts["governor"] = ", ".join(sorted(governors))
    if lowest := read_frequencies_mhz("scaling_min_freq", root):
        facts["frequency_min_mhz"] = min(lowest)
    if highest := read_frequencies_mhz("scaling_max_freq", root):
        facts["frequency_max_mhz"] = max(highest)
    return facts


def _list_caches(root: Path) -> Iterator[str]:
    """Yield the caches of the first core, such as ``32K L1 data``."""
    for cache in sorted(root.glob("sys/devices/system/cpu/cpu0/cache/index[0-9]")):
        level, kind, size = (_read_name(cache / name) for name in ("level", "type", "size"))
        if level and size:
            yield f"{size} L{level}" + (f" {kind.lower()}" if kind != "Unified" else "")


def _find_system(root: Path) -> str:
    for name in ("etc/os-release", "usr/lib/os-release"):
        line = re.search(r"^PRETTY_NAME=(.+)$", read_fact(root / name), re.MULTILINE)
        if line and (pretty := clean_name(line[1].strip().strip("\"'"))):
            return pretty
    return clean_name(platform.platform(terse=True))


def _read_name(file: Path) -> str:
    return clean_name(read_fact(file), longest=40)
