"""The memory that a scan of a very large GeoTIFF takes, measured from another process."""

from __future__ import annotations

import importlib.util
import json
import math
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.machine_facts import describe_machine
from benchmarks.project.big_raster import write_big_raster
from edge.files.errors import EnvironmentLacksError, InputError, OutputError
from edge.files.versions import installed_versions

LIMIT_MB = 400

_PROC = Path("/proc")
_SAMPLE_S = 0.05


@dataclass(frozen=True)
class Watched:
    """A command that ended.

    Attributes:
        stdout: what it printed.
        peak_mb: of memory (RSS), 1 MB = 1,000,000 bytes. Of a command with child processes the
            peaks of those that lived at the same time are added up.
        seconds: that it took.
    """

    stdout: str
    peak_mb: float
    seconds: float


def measure_scan_memory(
    folder: Path, *, megapixels: float = 1000.0, model: str | Path = "default"
) -> dict[str, Any]:
    """Generate a GeoTIFF, scan it in a fresh process and watch how much memory that takes.

    Args:
        folder: where the GeoTIFF and the results lie for the time of the measurement.
        megapixels: of the GeoTIFF, Mpx.
        model: a model file or a shipped model.

    Returns:
        ``peak_mb``, ``limit_mb``, the GeoTIFF's size, what the scan said of itself, ``machine``.

    Raises:
        EnvironmentLacksError: rasterio is not installed, or the system has no /proc.
        OutputError: the folder cannot be written.
        InputError: the scan failed.
    """
    if importlib.util.find_spec("rasterio") is None:
        raise EnvironmentLacksError(
            "rasterio is not installed, it writes and reads GeoTIFF: pip install 'crack-edge[geo]'"
        )
    side = round(math.sqrt(megapixels * 1e6))
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{folder}: cannot be made ({error.strerror})") from error
    # Not in the system's own folder for such: that may be in memory, and this is large.
    with tempfile.TemporaryDirectory(dir=folder) as name:
        path = Path(name) / "generated.tif"
        write_big_raster(path, size_wh=(side, side), seed=1)
        size_bytes = path.stat().st_size
        out = str(Path(name) / "scan")
        words = ["scan", str(path), "--out", out, "--model", str(model), "--json"]
        watched = watch_memory([sys.executable, "-m", "crack_edge", *words])
    summary = json.loads(watched.stdout)
    return {
        "what": "one GeoTIFF scanned by crack-edge scan in a process of its own; peak of RSS",
        "raster_wh": [side, side],
        "file_mb": round(size_bytes / 1e6, 1),
        "peak_mb": round(watched.peak_mb, 1),
        "limit_mb": LIMIT_MB,
        "seconds": round(watched.seconds, 1),
        "scan": {key: summary[key] for key in ("photos", "failed", "regions", "megapixels")},
        "machine": describe_machine() | installed_versions(["rasterio"]),
    }


def watch_memory(command: Sequence[str]) -> Watched:
    """Run a command to its end and watch the memory of its processes.

    The system keeps each process's peak (VmHWM), so nothing is missed between two looks. The
    ``ru_maxrss`` of a child would not do: it begins with the size of the process that started it.

    Raises:
        EnvironmentLacksError: the system has no /proc.
        InputError: the command failed; holds the last line that it wrote to stderr.
    """
    if not (_PROC / "self" / "status").exists():
        raise EnvironmentLacksError("memory is measured by /proc, which only Linux has")
    peak_kib = 0
    begun = time.monotonic()
    with tempfile.TemporaryFile() as stdout, tempfile.TemporaryFile() as stderr:
        process = subprocess.Popen(command, stdout=stdout, stderr=stderr)
        while process.poll() is None:
            peak_kib = max(peak_kib, sum(map(_read_peak_kib, _list_family(process.pid))))
            time.sleep(_SAMPLE_S)
        seconds = time.monotonic() - begun
        stdout.seek(0)
        stderr.seek(0)
        if process.returncode:
            last = stderr.read().decode(errors="replace").strip().splitlines()[-1:]
            raise InputError(
                f"{command[0]} ended with exit code {process.returncode}: {''.join(last)}"
            )
        return Watched(stdout.read().decode(), peak_kib * 1024 / 1e6, seconds)


def _list_family(pid: int) -> list[int]:
    """Return a process and all that it started, as far as they live."""
    family = [pid]
    for one in family:
        for file in (_PROC / str(one) / "task").glob("*/children"):
            family += map(int, _read_gone(file).split())
    return family


def _read_peak_kib(pid: int) -> int:
    for line in _read_gone(_PROC / str(pid) / "status").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1])
    return 0


def _read_gone(path: Path) -> str:
    """Read a file of a process; empty if that ended meanwhile."""
    try:
        return path.read_text()
    except OSError:
        return ""
