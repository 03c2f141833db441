"""What is installed on this machine, what is missing, and what to do about it.

Versions come from the installed distributions, not from imports: a broken TensorFlow must not keep
the doctor from talking. Only what scoring needs is really opened: OpenCV and the shipped model.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
import platform
import re
import shutil
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Literal

from edge.errors import CrackEdgeError, SelfTestError
from edge.processor import parse_cpuinfo

State = Literal["ok", "optional", "warning", "failed"]
VersionOf = Callable[[str], str | None]

FOLDERS = ("crack_edge", "edge", "trainer", "converters", "benchmarks")
DISTRIBUTION = "crack-edge"

_OLDEST_PYTHON = (3, 10)
_NEWEST_PYTHON = (3, 13)
# cv2.IMREAD_COLOR_RGB came with it.
_OLDEST_OPENCV = (4, 11)
_OPENCV_DISTRIBUTIONS = (
    "opencv-python-headless",
    "opencv-python",
    "opencv-contrib-python-headless",
    "opencv-contrib-python",
)
# Machines for which ai-edge-litert has wheels; the marker in setup.cfg says the same.
_LITERT_MACHINES = {
    ("Linux", "x86_64"),
    ("Linux", "aarch64"),
    ("Darwin", "arm64"),
    ("Windows", "AMD64"),
}
# Package, its distributions, the extra that brings it.
_OPTIONAL: tuple[tuple[str, tuple[str, ...], str], ...] = (
    ("tensorflow", ("tensorflow", "tensorflow-cpu", "tensorflow-intel"), "train"),
    ("keras", ("keras",), "train"),
    ("matplotlib", ("matplotlib",), "train"),
    ("onnx", ("onnx",), "convert"),
    ("tf2onnx", ("tf2onnx",), "convert"),
    ("onnxruntime", ("onnxruntime", "onnxruntime-gpu"), "onnx"),
    ("rasterio", ("rasterio",), "geo"),
    ("starlette", ("starlette",), "live"),
    ("uvicorn", ("uvicorn",), "live"),
    ("paho", ("paho-mqtt",), "live"),
)
_USED_BY = {
    "train": "train",
    "convert": "convert",
    "onnx": "with .onnx models",
    "geo": "scan large TIFFs",
    "live": "live: its page and MQTT",
}
_MIB = 1 << 20
# A 20 MP photo, its heat map and overlay take about 250 MiB beside the model.
_ENOUGH_MEMORY_MIB = 400
# Overlay and heat map of some hundred photos.
_ENOUGH_DISK_MIB = 500


@dataclass(frozen=True)
class Check:
    """One thing that was looked at.

    Attributes:
        name: what was looked at.
        state: ok; optional: not installed and not needed to score; warning: works, but; failed:
            scoring cannot work.
        found: what there is.
        remedy: what to do, empty if nothing.
    """

    name: str
    state: State
    found: str
    remedy: str = ""


def examine_machine(folder: Path) -> list[Check]:
    """Look at everything that scoring and the extras need.

    Args:
        folder: where results would be written; its disk is measured.
    """
    system, machine = platform.system(), platform.machine()
    checks = [
        check_python(sys.version_info[:3]),
        check_system(system, machine, wide=sys.maxsize > 1 << 32, release=platform.release()),
        check_cpu(_read_proc("cpuinfo"), system),
        check_runtime(find_version, (system, machine)),
        check_opencv(find_version, _import_cv2),
        check_numpy(find_version),
    ]
    lacking = [check.name for check in checks if check.state == "failed"]
    return [
        *checks,
        check_model(_open_shipped_model, lacking),
        *(check_extra(*package, find_version) for package in _OPTIONAL),
        check_folders(metadata.packages_distributions(), find_folders()),
        check_memory(_read_proc("meminfo")),
        check_disk(folder, shutil.disk_usage(folder).free),
    ]


def find_version(distribution: str) -> str | None:
    """Return the version of an installed distribution, None if it is not installed."""
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return None


def find_folders() -> dict[str, Path | None]:
    """Return where each of our top-level packages would be imported from."""
    places: dict[str, Path | None] = {}
    for name in FOLDERS:
        spec = importlib.util.find_spec(name)
        found = list(spec.submodule_search_locations or ()) if spec else []
        places[name] = Path(found[0]) if found else None
    return places


def check_python(version: Sequence[int]) -> Check:
    """Hold the Python version against those that are tested."""
    found = ".".join(str(part) for part in version)
    low, high = (".".join(map(str, v)) for v in (_OLDEST_PYTHON, _NEWEST_PYTHON))
    remedy = f"use Python {low} to {high}"
    if tuple(version[:2]) < _OLDEST_PYTHON:
        return Check("Python", "failed", found, remedy)
    if tuple(version[:2]) > _NEWEST_PYTHON:
        return Check("Python", "warning", f"{found}, not tested", remedy)
    return Check("Python", "ok", found)


def check_system(system: str, machine: str, *, wide: bool, release: str = "") -> Check:
    """Name the operating system and machine.

    Args:
        system: as ``platform.system()`` says.
        machine: as ``platform.machine()`` says.
        wide: whether Python itself has 64 bits.
        release: of the system.
    """
    found = f"{system} {release}".strip() + f", {machine}, {64 if wide else 32}-bit Python"
    # Raspberry Pi OS 32-bit runs on a 64-bit kernel: pip's markers see aarch64, for which there
    # are no 32-bit wheels.
    if machine in ("aarch64", "x86_64") and not wide:
        return Check("system", "warning", found, "install the 64-bit system: it has the runtime")
    return Check("system", "ok", found)


def check_cpu(cpuinfo: str | None, system: str) -> Check:
    """Name the processor's features that make inference fast.

    Args:
        cpuinfo: text of ``/proc/cpuinfo``, None where there is none.
        system: as ``platform.system()`` says.
    """
    if cpuinfo is None:
        if system == "Linux":
            remedy = "mount /proc and /sys: without them LiteRT uses its slow kernels"
            return Check("CPU", "warning", "/proc/cpuinfo cannot be read", remedy)
        return Check("CPU", "ok", f"{os.cpu_count()} cores")
    processor = parse_cpuinfo(cpuinfo)
    parts = [processor.name, f"{processor.cores} cores", " ".join(processor.features)]
    return Check("CPU", "ok", ", ".join(part for part in parts if part))


def check_runtime(version_of: VersionOf, machine: tuple[str, str]) -> Check:
    """Look for a runtime that opens ``.tflite`` files.

    Args:
        version_of: version of a distribution, None if it is not installed.
        machine: ``platform.system()`` and ``platform.machine()``.
    """
    name, litert_fits = "runtime", machine in _LITERT_MACHINES
    litert = version_of("ai-edge-litert")
    if litert is not None:
        return Check(name, "ok", f"ai-edge-litert {litert}")
    tflite, numpy = version_of("tflite-runtime"), version_of("numpy")
    if tflite is None:
        if litert_fits:
            remedy = "pip install ai-edge-litert"
        else:
            remedy = "use a 64-bit machine; 32-bit ARM has tflite-runtime up to Python 3.11"
        return Check(name, "failed", "neither ai-edge-litert nor tflite-runtime", remedy)
    found = f"tflite-runtime {tflite}"
    if numpy is not None and _parse_version(numpy) >= (2,):
        remedy = "pip install 'numpy<2' 'opencv-python-headless<4.12'"
        return Check(name, "failed", f"{found}, which needs numpy 1, not {numpy}", remedy)
    if litert_fits:
        remedy = "pip install ai-edge-litert: int8 runs many times faster and is exact"
        return Check(name, "warning", found, remedy)
    return Check(name, "ok", found)


def check_opencv(version_of: VersionOf, load: Callable[[], object]) -> Check:
    """Look for one OpenCV that can be imported.

    Args:
        version_of: version of a distribution, None if it is not installed.
        load: imports cv2.
    """
    name = "OpenCV"
    there = {d: v for d in _OPENCV_DISTRIBUTIONS if (v := version_of(d)) is not None}
    found = ", ".join(f"{distribution} {version}" for distribution, version in there.items())
    again = "pip install --force-reinstall 'opencv-python-headless>=4.11'"
    if there:
        again = f"pip uninstall --yes {' '.join(there)} && {again}"
    try:
        load()
    except ImportError as error:
        # The usual reason: opencv-python wants libGL, which a machine without a screen lacks.
        what = f"{found} cannot be imported ({error})" if there else "not installed"
        return Check(name, "failed", what, again)
    if not there:
        return Check(name, "warning", "cv2 that pip does not know", again)
    oldest = min(_parse_version(version) for version in there.values())
    if oldest < _OLDEST_OPENCV:
        return Check(name, "failed", f"{found}, older than 4.11", again)
    if len(there) > 1:
        return Check(name, "warning", f"{found}: each overwrites the other's cv2", again)
    return Check(name, "ok", found)


def check_numpy(version_of: VersionOf) -> Check:
    """Look for numpy."""
    version = version_of("numpy")
    if version is None:
        return Check("numpy", "failed", "not installed", "pip install 'numpy>=1.26'")
    return Check("numpy", "ok", version)


def check_model(open_model: Callable[[], object], lacking: Sequence[str]) -> Check:
    """Open the shipped model, which runs its self-test.

    Args:
        open_model: opens it.
        lacking: names of what is missing already; with any, the model is not tried.
    """
    name = "shipped model"
    if lacking:
        return Check(name, "failed", f"not tried: {', '.join(lacking)} first")
    try:
        open_model()
    except SelfTestError as error:
        return Check(name, "failed", str(error), "pip install --upgrade ai-edge-litert")
    except (ImportError, CrackEdgeError) as error:
        return Check(name, "failed", str(error), f"pip install --force-reinstall {DISTRIBUTION}")
    return Check(name, "ok", "default opens and gives its own scores (self-test)")


def check_extra(
    package: str, distributions: Sequence[str], extra: str, version_of: VersionOf
) -> Check:
    """Look for a package that scoring does not need.

    Args:
        package: its name.
        distributions: those that bring it, the usual one first.
        extra: the extra of ours that asks for it.
        version_of: version of a distribution, None if it is not installed.
    """
    for distribution in distributions:
        version = version_of(distribution)
        if version is not None:
            other = "" if distribution == package else f" ({distribution})"
            return Check(package, "ok", f"{version}{other}")
    remedy = f"for crack-edge {_USED_BY[extra]}: pip install '{DISTRIBUTION}[{extra}]'"
    return Check(package, "optional", "not installed", remedy)


def check_folders(owners: Mapping[str, Sequence[str]], places: Mapping[str, Path | None]) -> Check:
    """Look whether our folders' generic names belong to us alone.

    Args:
        owners: top-level name -> distributions that bring it.
        places: each of our folders' names -> where it would be imported from, None if nowhere.
    """
    name = "packages"
    remedy = f"install {DISTRIBUTION} into an environment of its own (venv, pipx)"
    foreign = [
        f"{folder} is also in {distribution}"
        for folder in places
        for distribution in sorted(set(owners.get(folder, ())))
        if re.sub(r"[-_.]+", "-", distribution).lower() != DISTRIBUTION
    ]
    if foreign:
        return Check(name, "warning", "; ".join(foreign), remedy)
    home = places["edge"]
    missing = [folder for folder, place in places.items() if place is None]
    if home is None or missing:
        return Check(name, "warning", f"not found: {', '.join(missing)}", remedy)
    astray = [
        f"{folder} comes from {place}"
        for folder, place in places.items()
        if place is not None and place.parent != home.parent
    ]
    if astray:
        return Check(name, "warning", f"{'; '.join(astray)}, edge from {home}", remedy)
    return Check(name, "ok", f"in {home.parent}")


def check_memory(meminfo: str | None) -> Check:
    """Say how much memory is free.

    Args:
        meminfo: text of ``/proc/meminfo``, None where there is none.
    """
    match = re.search(r"^MemAvailable:\s*(\d+) kB", meminfo or "", re.MULTILINE)
    if match is None:
        return Check("memory", "ok", "not known on this system")
    free_mib = int(match[1]) // 1024
    if free_mib < _ENOUGH_MEMORY_MIB:
        remedy = f"free {_ENOUGH_MEMORY_MIB} MiB before scanning photos of 20 MP"
        return Check("memory", "warning", f"{free_mib} MiB free", remedy)
    return Check("memory", "ok", f"{free_mib} MiB free")


def check_disk(folder: Path, free_bytes: int) -> Check:
    """Say how much room there is for results.

    Args:
        folder: where they would go.
        free_bytes: on its disk.
    """
    found = f"{free_bytes // _MIB} MiB free at {folder}"
    if free_bytes < _ENOUGH_DISK_MIB * _MIB:
        remedy = f"free {_ENOUGH_DISK_MIB} MiB, or write reports to another disk"
        return Check("disk", "warning", found, remedy)
    return Check("disk", "ok", found)


def _parse_version(text: str) -> tuple[int, ...]:
    """Return the leading numbers of a version."""
    match = re.match(r"\d+(\.\d+)*", text)
    return tuple(int(part) for part in match[0].split(".")) if match else ()


def _read_proc(name: str) -> str | None:
    try:
        return Path("/proc", name).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None


def _import_cv2() -> object:
    return importlib.import_module("cv2")


def _open_shipped_model() -> object:
    from edge.classifier import open_classifier

    return open_classifier("default")
