"""What is installed on this machine, what is missing, and what to do about it.

Versions come from the installed distributions, not from imports: a broken TensorFlow must not keep
the doctor from talking. Only what scoring needs, and picamera2, is really opened, each in a process
of its own.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path

from edge import __version__
from edge.doctor.cameras import check_cameras
from edge.doctor.check import Check, VersionOf
from edge.doctor.heat import check_temperature, check_throttling
from edge.doctor.host import APT_PACKAGES, HostPlatform, read_host_platform
from edge.doctor.machine import (
    check_board,
    check_cpu,
    check_disk,
    check_memory,
    check_python,
    check_system,
)
from edge.doctor.model import check_model
from edge.doctor.packages import EXTRAS, check_extra, check_folders, find_folders
from edge.doctor.picamera import check_picamera2, try_picamera2
from edge.doctor.scoring import (
    ONNX_RUNTIMES,
    TFLITE_RUNTIMES,
    check_numpy,
    check_opencv,
    check_runtime,
)
from edge.doctor.subprocess_probe import Run, run_python
from edge.doctor.user import User, find_user
from edge.files.versions import find_version
from edge.live.sources.devices import Abilities, list_devices, query_device
from edge.machine.heat import Vcgencmd, read_heat, read_limits
from edge.machine.procfs import read_fact
from edge.machine.resources import (
    count_cores,
    find_board,
    find_memory_mb,
    find_system_name,
    find_total_memory_mb,
    is_raspberry_pi,
)

_ROOT = Path("/")


def _is_visible(module: str) -> bool:
    return importlib.util.find_spec(module) is not None


def _may_open(device: Path) -> bool:
    return os.access(device, os.R_OK | os.W_OK)


@dataclass(frozen=True)
class Probes:
    """What the doctor looks with; the defaults look at this machine.

    Attributes:
        root: below which ``/proc``, ``/sys``, ``/dev``, ``/etc`` and ``/usr`` are looked for.
        platform: of the running Python.
        user: who runs this.
        version_of: version of a distribution, None if it is not installed.
        is_visible: whether Python finds a module, which is not imported.
        run: runs a program with its arguments in a Python of its own.
        ask_firmware: gives ``throttled=0x...`` where ``/sys`` does not say it.
        query: asks a video device; returns None where it gives no answer.
        may_open: whether this process may read and write a device.
    """

    root: Path = _ROOT
    platform: HostPlatform = field(default_factory=read_host_platform)
    user: User = field(default_factory=find_user)
    version_of: VersionOf = find_version
    is_visible: Callable[[str], bool] = _is_visible
    run: Run = run_python
    ask_firmware: Callable[[], str | None] = field(default_factory=Vcgencmd)
    query: Callable[[Path], Abilities | None] = query_device
    may_open: Callable[[Path], bool] = _may_open


def examine_machine(
    folder: Path, *, model: str = "default", probes: Probes | None = None
) -> list[Check]:
    """Look at the machine, at what scoring needs, at cameras, and at what is optional.

    Args:
        folder: where results would be written; its disk is measured.
        model: a model file, or the name of a shipped model.
        probes: what to look with.
    """
    tools = probes or Probes()
    is_pi = is_raspberry_pi(find_board(tools.root))
    return [
        *_examine_board(folder, tools, is_pi=is_pi),
        *_examine_scoring(model, tools),
        *_examine_cameras(tools, is_pi=is_pi),
        *(check_extra(extra, tools.version_of) for extra in EXTRAS),
    ]


def _examine_board(folder: Path, tools: Probes, *, is_pi: bool) -> list[Check]:
    root, platform = tools.root, tools.platform
    cpuinfo = read_fact(root / "proc/cpuinfo")
    temperature_c, _ = read_heat(root)
    return [
        check_board(find_board(root)),
        check_system(platform, find_system_name(root), is_pi=is_pi),
        check_python(platform.python),
        check_cpu(cpuinfo, platform.system, usable_cores=count_cores(root)),
        check_memory(find_memory_mb(root), find_total_memory_mb(root)),
        check_disk(folder, shutil.disk_usage(folder).free),
        check_temperature(temperature_c),
        check_throttling(read_limits(root, ask_firmware=tools.ask_firmware)),
    ]


def _examine_scoring(model: str, tools: Probes) -> list[Check]:
    for_onnx = Path(model).suffix == ".onnx"
    numpy = check_numpy(tools.version_of, tools.run)
    parts = [
        check_folders(__version__, metadata.packages_distributions(), find_folders()),
        numpy,
        check_opencv(tools.version_of, tools.run, has_numpy=numpy.state != "failed"),
        check_runtime(tools.version_of, tools.platform, for_onnx=for_onnx),
    ]
    lacking = [part.name for part in parts if part.state == "failed"]
    wanted = ONNX_RUNTIMES if for_onnx else TFLITE_RUNTIMES
    runtime = next(filter(tools.version_of, wanted), wanted[0])
    return [*parts, check_model(model, lacking, runtime=runtime, run=tools.run)]


def _examine_cameras(tools: Probes, *, is_pi: bool) -> list[Check]:
    picamera = try_picamera2(tools.run) if tools.is_visible("picamera2") else None
    cameras = check_cameras(
        list_devices(root=tools.root, query=tools.query),
        tools.user,
        own=None if picamera is None else picamera.cameras,
        system=tools.platform.system,
        is_pi=is_pi,
        may_open=tools.may_open,
    )
    picamera2 = check_picamera2(
        picamera,
        tools.platform,
        version=tools.version_of("picamera2"),
        numpy=tools.version_of("numpy"),
        is_in_apt=(tools.root / APT_PACKAGES / "picamera2").is_dir(),
        is_pi=is_pi,
    )
    return [cameras] if picamera2 is None else [cameras, picamera2]
