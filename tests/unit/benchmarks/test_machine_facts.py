"""Facts of the machine, read from drawn-up /proc, /sys and /etc trees."""

from __future__ import annotations

import getpass
import json
import os
import platform
from pathlib import Path

from benchmarks.machine_facts import describe_machine, read_frequencies_mhz

_CPU = "sys/devices/system/cpu"


def _write(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text + "\n", encoding="utf-8")
    return root


def _make_pi(root: Path) -> Path:
    core = (
        "processor\t: 0\nFeatures\t: fp asimd asimddp\nCPU implementer : 0x41\nCPU part\t: 0xd0b\n"
    )
    files = {
        "proc/cpuinfo": core,
        "proc/meminfo": "MemTotal: 4000000 kB\n",
        "proc/device-tree/model": "Raspberry Pi 5 Model B Rev 1.0\0",
        "etc/os-release": 'NAME="Debian"\nPRETTY_NAME="Debian GNU/Linux 12 (bookworm)"',
    }
    for number in range(4):
        files |= {
            f"{_CPU}/cpu{number}/topology/thread_siblings_list": str(number),
            f"{_CPU}/cpu{number}/cpufreq/scaling_governor": "ondemand",
            f"{_CPU}/cpu{number}/cpufreq/scaling_min_freq": "1500000",
            f"{_CPU}/cpu{number}/cpufreq/scaling_max_freq": "2400000",
        }
    cache = f"{_CPU}/cpu0/cache/index0"
    files |= {f"{cache}/level": "1", f"{cache}/type": "Data", f"{cache}/size": "64K"}
    cache = f"{_CPU}/cpu0/cache/index1"
    files |= {f"{cache}/level": "3", f"{cache}/type": "Unified", f"{cache}/size": "2048K"}
    return _write(root, files)


def test_a_board_tells_what_its_speed_depends_on(tmp_path: Path) -> None:
    facts = describe_machine(_make_pi(tmp_path))
    expected = {
        "board": "Raspberry Pi 5 Model B Rev 1.0",
        "core_types": "Cortex-A76",
        "features": "asimd asimddp",
        "physical_cores": 4,
        "caches": "64K L1 data, 2048K L3",
        "governor": "ondemand",
        "frequency_min_mhz": 1500,
        "frequency_max_mhz": 2400,
        "memory_mb": 4096,
        "os": "Debian GNU/Linux 12 (bookworm)",
    }
    assert expected.items() <= facts.items()
    assert "virtual_machine" not in facts


def test_threads_of_a_core_and_unlike_governors_are_told(tmp_path: Path) -> None:
    files = {f"{_CPU}/cpu{n}/topology/thread_siblings_list": "0-1" for n in range(2)}
    files |= {f"{_CPU}/cpu0/cpufreq/scaling_governor": "powersave"}
    files |= {f"{_CPU}/cpu1/cpufreq/scaling_governor": "performance"}
    files |= {"proc/cpuinfo": "processor : 0\nflags : avx2 hypervisor\n"}
    facts = describe_machine(_write(tmp_path, files))
    assert facts["physical_cores"] == 1
    assert facts["governor"] == "performance, powersave"
    assert facts["virtual_machine"] == "yes"


def test_cores_that_a_container_does_not_lend_are_told(tmp_path: Path) -> None:
    assert "usable_cores" not in describe_machine(tmp_path) or os.cpu_count() != 1
    files = {"proc/self/cgroup": "0::/", "sys/fs/cgroup/cpu.max": "50000 100000"}
    facts = describe_machine(_write(tmp_path, files))
    assert facts.get("usable_cores", facts["cores"]) == 1


def test_what_the_system_does_not_tell_is_left_out(tmp_path: Path) -> None:
    facts = describe_machine(tmp_path)
    always = {"processor", "cores", "system", "os", "kernel", "python", "crack-edge", "numpy"}
    assert always <= facts.keys()
    untold = {"board", "features", "memory_mb", "governor", "frequency_max_mhz", "caches"}
    assert not untold & facts.keys()


def test_odd_files_do_not_hurt(tmp_path: Path) -> None:
    _make_pi(tmp_path)
    for number, file in enumerate(sorted(path for path in tmp_path.rglob("*") if path.is_file())):
        file.write_bytes((b"\xff\0\x1b[2J\n:", b"9" * 100_000, b"PRETTY_NAME=\x07\n")[number % 3])
    facts = describe_machine(tmp_path)
    texts = [value for value in facts.values() if isinstance(value, str)]
    assert all(text.isprintable() and len(text) <= 400 for text in texts)
    json.dumps(facts, allow_nan=False)


def test_this_machine_is_described_without_names_and_paths() -> None:
    facts = describe_machine()
    text = json.dumps(facts, allow_nan=False)
    assert facts["cores"] == os.cpu_count()
    assert platform.node() not in facts.values()
    assert str(Path.home()) not in text
    assert getpass.getuser() not in facts.values()


def test_frequencies_that_no_core_has_are_no_readings(tmp_path: Path) -> None:
    values = ("2400000", "0", "18446744073709551615", "<unknown>")
    files = {
        f"{_CPU}/cpu{number}/cpufreq/scaling_cur_freq": value for number, value in enumerate(values)
    }
    assert read_frequencies_mhz("scaling_cur_freq", _write(tmp_path, files)) == [2400]
