"""The doctor's words about board, system, Python, processor, memory and disk."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from edge.doctor.machine import (
    check_board,
    check_cpu,
    check_disk,
    check_memory,
    check_python,
    check_system,
)
from tests.unit.edge.doctor.machines_made import make_platform

_ARM = (
    "processor\t: {number}\nFeatures\t: fp asimd{dot}\n"
    "CPU implementer\t: 0x41\nCPU part\t: {part}\n"
)
_X86 = "processor\t: {number}\nmodel name\t: Fast One\nflags\t\t: fpu {flags}\n"


@pytest.mark.parametrize(
    ("board", "found"),
    [("Raspberry Pi 5 Model B Rev 1.0", "Raspberry Pi 5 Model B Rev 1.0"), (None, "unknown")],
)
def test_a_board_is_named_and_one_without_a_name_is_fine(board: str | None, found: str) -> None:
    check = check_board(board)
    assert check.state == "ok"
    assert check.found.startswith(found)
    assert check.facts == {"board": board}


def test_the_system_is_called_by_its_name() -> None:
    check = check_system(make_platform(), "Debian GNU/Linux 12 (bookworm)", is_pi=True)
    assert check.state == "ok"
    assert check.found == (
        "Debian GNU/Linux 12 (bookworm), Linux 6.12.47+rpt-rpi-v8, aarch64, 64-bit Python"
    )


def test_a_system_without_a_name_is_called_by_its_kernel() -> None:
    platform = make_platform(system="Darwin", release="24.1.0", machine="arm64")
    assert check_system(platform, None, is_pi=False).found == "Darwin 24.1.0, arm64, 64-bit Python"


@pytest.mark.parametrize(
    ("machine", "is_64_bit", "state"),
    [
        ("aarch64", True, "ok"),
        ("aarch64", False, "warning"),
        ("x86_64", False, "warning"),
        ("armv7l", False, "ok"),
    ],
)
def test_a_32_bit_python_on_a_64_bit_kernel_is_a_warning(
    machine: str, is_64_bit: bool, state: str
) -> None:
    platform = make_platform(machine=machine, is_64_bit=is_64_bit)
    assert check_system(platform, None, is_pi=True).state == state


@pytest.mark.parametrize(
    ("is_pi", "what"), [(True, "Raspberry Pi OS (64-bit)"), (False, "the 64-bit system")]
)
def test_the_remedy_for_32_bits_names_the_boards_own_system(is_pi: bool, what: str) -> None:
    check = check_system(make_platform(is_64_bit=False), None, is_pi=is_pi)
    assert check.remedy.endswith(f"install {what}")
    assert check.facts["bits"] == 32


@pytest.mark.parametrize(
    ("version", "state"),
    [((3, 9, 2), "failed"), ((3, 10, 0), "ok"), ((3, 13, 5), "ok"), ((3, 14, 0), "warning")],
)
def test_python_is_held_against_the_tested_versions(
    version: tuple[int, int, int], state: str
) -> None:
    check = check_python(version)
    assert check.state == state
    assert bool(check.remedy) == (state != "ok")


@pytest.mark.parametrize(
    ("cpuinfo", "found"),
    [
        (
            _X86.format(number=0, flags="avx2 avx512_vnni")
            + _X86.format(number=1, flags="avx2 avx512_vnni"),
            "Fast One, 2 cores, avx2 avx512_vnni, int8 dot product",
        ),
        (
            _X86.format(number=0, flags="avx2"),
            "Fast One, 1 core, avx2, no int8 dot product (VNNI)",
        ),
        (
            "".join(_ARM.format(number=n, dot="", part="0xd08") for n in range(4)),
            "Cortex-A72, 4 cores, asimd, no int8 dot product (asimddp)",
        ),
        (
            "".join(_ARM.format(number=n, dot=" asimddp", part="0xd0b") for n in range(4)),
            "Cortex-A76, 4 cores, asimd asimddp, int8 dot product",
        ),
        (
            _ARM.format(number=0, dot="", part="0xd05")
            + _ARM.format(number=1, dot="", part="0xd0b"),
            "Cortex-A55 and Cortex-A76, 2 cores, asimd, no int8 dot product (asimddp)",
        ),
        ("processor\t: 0\nisa\t: rv64imafdc\n", "1 core"),
    ],
    ids=["VNNI", "old x86", "Pi 4", "Pi 5", "two types", "no features"],
)
def test_the_cpu_line_names_cores_and_what_makes_int8_fast(cpuinfo: str, found: str) -> None:
    check = check_cpu(cpuinfo, "Linux", usable_cores=8)
    assert (check.state, check.found, check.remedy) == ("ok", found, "")


def test_the_cpu_line_says_how_many_cores_a_container_leaves() -> None:
    cpuinfo = "".join(_ARM.format(number=n, dot="", part="0xd08") for n in range(4))
    check = check_cpu(cpuinfo, "Linux", usable_cores=2)
    assert "4 cores, 2 usable by this process" in check.found
    assert (check.facts["cores"], check.facts["usable_cores"]) == (4, 2)


def test_a_linux_without_proc_is_a_warning_and_a_mac_is_not() -> None:
    linux, mac = (check_cpu("", system, usable_cores=1) for system in ("Linux", "Darwin"))
    assert (linux.state, mac.state) == ("warning", "ok")
    assert "mount /proc" in linux.remedy


@pytest.mark.parametrize(
    ("free_mb", "total_mb", "state", "found"),
    [
        (900.4, 1000.0, "ok", "900 MB free of 1000 MB"),
        (200.0, None, "warning", "200 MB free"),
        (None, None, "ok", "unknown on this system"),
    ],
)
def test_little_memory_is_a_warning(
    free_mb: float | None, total_mb: float | None, state: str, found: str
) -> None:
    check = check_memory(free_mb, total_mb)
    assert (check.state, check.found) == (state, found)


def test_a_full_disk_is_a_warning() -> None:
    def look(free_bytes: int) -> Any:
        return check_disk(Path("/home/pi"), free_bytes).state

    assert (look(100_000_000), look(10_000_000_000)) == ("warning", "ok")
