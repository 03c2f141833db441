"""The doctor on whole machines that are not at hand."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from edge.doctor.check import Check
from edge.doctor.examine import Probes, examine_machine
from edge.doctor.subprocess_probe import ProbeResult
from edge.doctor.user import User
from edge.files.versions import find_version
from edge.live.sources.devices import Abilities
from tests.unit.edge.doctor.machines_made import installed, make_platform, write_files

_CORE = "processor\t: {}\nFeatures\t: fp asimd\nCPU implementer\t: 0x41\nCPU part\t: 0xd08\n\n"
_PI_4 = {
    "proc/device-tree/model": "Raspberry Pi 4 Model B Rev 1.4\0",
    "proc/cpuinfo": "".join(_CORE.format(number) for number in range(4)),
    "proc/meminfo": "MemTotal: 3884000 kB\nMemAvailable: 3300000 kB\n",
    "etc/os-release": 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nID=debian\n',
    "sys/class/thermal/thermal_zone0/type": "cpu-thermal\n",
    "sys/class/thermal/thermal_zone0/temp": "83200\n",
    "sys/devices/platform/soc/soc:firmware/get_throttled": "50005\n",
    "sys/class/video4linux/video0/name": "HD Webcam\n",
    "dev/video0": "",
    "usr/lib/python3/dist-packages/picamera2/__init__.py": "",
}
_DEVICE = {
    "ai_edge_litert": "2.3.0",
    "numpy": "2.2.6",
    "opencv_python_headless": "4.12.0.88",
}
_PROBE = {"file": "/m", "is_shipped": True, "backend": "LiteRT", "error": "", "kinds": []}


def answer_fine(program: str, arguments: Sequence[str]) -> ProbeResult:
    """Answer as programs do where all is well: as those that open a model do."""
    return ProbeResult(0, json.dumps(_PROBE | {"is_denied": False}))


def make_probes(root: Path, **changes: Any) -> Probes:
    """Return what sees a Raspberry Pi 4 that has all that scoring needs."""
    facts: dict[str, Any] = {
        "root": root,
        "platform": make_platform(),
        "user": User("pi", frozenset({"pi"}), frozenset({"pi"})),
        "version_of": installed(**_DEVICE),
        "is_visible": lambda module: False,
        "run": answer_fine,
        "ask_firmware": lambda: None,
        "query": lambda path: Abilities("uvcvideo", True),
        "may_open": lambda path: False,
    }
    return Probes(**facts | changes)


def examine(root: Path, **changes: Any) -> dict[str, Check]:
    probes = make_probes(root, **changes)
    return {check.name: check for check in examine_machine(root, probes=probes)}


def test_a_raspberry_pi_is_described_from_the_machine_to_what_is_optional(tmp_path: Path) -> None:
    checks = examine(write_files(tmp_path, _PI_4))
    assert list(checks) == [
        *("board", "system", "Python", "CPU", "memory", "disk", "temperature", "throttling"),
        *("crack-edge", "numpy", "OpenCV", "runtime", "model"),
        *("cameras", "picamera2"),
        *("extra live", "extra geo", "extra onnx", "extra plots", "extra train", "extra convert"),
        "extra bundle",
    ]
    states = {name: check.state for name, check in checks.items() if check.state != "ok"}
    assert states == {
        "temperature": "warning",
        "throttling": "warning",
        "picamera2": "optional",
        **dict.fromkeys([name for name in checks if name.startswith("extra")], "optional"),
    }


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("board", "Raspberry Pi 4 Model B Rev 1.4"),
        ("system", "Debian GNU/Linux 12 (bookworm), Linux"),
        ("CPU", "Cortex-A72, 4 cores"),
        ("memory", "MB free of 3977 MB"),
        ("temperature", "83 °C"),
        ("throttling", "now: under-voltage, throttled"),
        ("model", "default passes its self-test"),
        ("cameras", "video0 (HD Webcam)"),
        ("picamera2", "installed by apt"),
    ],
)
def test_each_fact_of_a_raspberry_pi_is_read(tmp_path: Path, name: str, words: str) -> None:
    assert words in examine(write_files(tmp_path, _PI_4))[name].found


def test_a_32_bit_raspberry_pi_os_is_sent_to_the_64_bit_one(tmp_path: Path) -> None:
    lacking = {name: version for name, version in _DEVICE.items() if name != "ai_edge_litert"}
    checks = examine(
        write_files(tmp_path, _PI_4),
        platform=make_platform(is_64_bit=False),
        version_of=installed(**lacking),
    )
    assert [checks[name].state for name in ("system", "runtime", "model")] == [
        *("warning", "failed", "failed")
    ]
    assert checks["system"].remedy.endswith("install Raspberry Pi OS (64-bit)")
    assert checks["model"].remedy == "fix runtime first"


def test_a_machine_that_tells_nothing_gets_no_warning_for_it(tmp_path: Path) -> None:
    platform = make_platform(system="Darwin", machine="arm64", release="24.1.0")
    checks = examine(tmp_path, platform=platform)
    assert "picamera2" not in checks
    assert {check.state for check in checks.values()} == {"ok", "optional"}


def test_the_firmware_is_asked_where_its_files_are_silent(tmp_path: Path) -> None:
    checks = examine(tmp_path, ask_firmware=lambda: "throttled=0x50000")
    assert checks["throttling"].found == "earlier since boot: under-voltage, throttled"


def test_the_boards_own_camera_is_listed_by_picamera2(tmp_path: Path) -> None:
    def run(program: str, arguments: Sequence[str]) -> ProbeResult:
        if "picamera2" in program:
            return ProbeResult(0, 'picamera2 is imported\n["imx708"]\n')
        return answer_fine(program, arguments)

    checks = examine(
        write_files(tmp_path, _PI_4),
        is_visible=lambda module: module == "picamera2",
        version_of=installed(**_DEVICE, picamera2="0.3.30"),
        run=run,
    )
    assert checks["cameras"].found.startswith("picamera (imx708), ")
    assert (checks["picamera2"].state, checks["picamera2"].found) == ("ok", "0.3.30")


def test_a_closed_camera_names_the_user_who_may_not_open_it(tmp_path: Path) -> None:
    checks = examine(write_files(tmp_path, _PI_4), query=lambda path: None)
    assert checks["cameras"].state == "warning"
    assert checks["cameras"].facts["cameras"] == []
    assert "sudo usermod --append --groups video pi" in checks["cameras"].remedy


def test_an_onnx_model_is_opened_by_the_runtime_of_its_format(tmp_path: Path) -> None:
    probes = make_probes(tmp_path, version_of=installed(**_DEVICE))
    checks = examine_machine(tmp_path, model="my.onnx", probes=probes)
    runtime = next(check for check in checks if check.name == "runtime")
    assert runtime.remedy == "pip install 'crack-edge[onnx]'"


def test_this_machine_has_what_its_tests_run_with(tmp_path: Path) -> None:
    checks = {check.name: check for check in examine_machine(tmp_path)}
    assert checks["numpy"].found == find_version("numpy")
    assert checks["OpenCV"].state != "failed"
    assert checks["model"].state == "ok", checks["model"].found
    for check in checks.values():
        assert (check.state == "ok") == (not check.remedy)


def test_facts_of_every_check_can_be_written_as_json(tmp_path: Path) -> None:
    for check in examine(write_files(tmp_path, _PI_4)).values():
        assert json.loads(json.dumps(dict(check.facts))) == dict(check.facts)
