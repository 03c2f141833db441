"""Cores, memory and processor, read from drawn-up /proc and /sys trees."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from edge.machine.resources import (
    count_cores,
    find_board,
    find_memory_mb,
    find_processor,
    find_system_name,
    find_total_memory_mb,
    is_raspberry_pi,
)


def _write(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


def test_without_a_quota_all_cores_count(tmp_path: Path) -> None:
    allowed = (
        len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    )
    assert count_cores(tmp_path) == allowed


@pytest.mark.parametrize(
    "files",
    [
        {"proc/self/cgroup": "0::/\n", "sys/fs/cgroup/cpu.max": "50000 100000\n"},
        {
            "proc/self/cgroup": "0::/user/shell\n",
            "sys/fs/cgroup/user/shell/cpu.max": "max 100000\n",
            "sys/fs/cgroup/user/cpu.max": "100000 100000\n",
        },
        {
            "proc/self/cgroup": "5:devices:/\n3:cpuacct,cpu:/docker/1f\n",
            "sys/fs/cgroup/cpu/cpu.cfs_quota_us": "100000\n",
            "sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000\n",
        },
    ],
    ids=["version 2", "the group above", "version 1"],
)
def test_a_quota_bounds_the_cores(tmp_path: Path, files: dict[str, str]) -> None:
    assert count_cores(_write(tmp_path, files)) == 1


@pytest.mark.parametrize("quota", ["max 100000", "-1", "", "100000 0", "9" * 12 + " 100000"])
def test_no_quota_and_a_senseless_one_bound_nothing(tmp_path: Path, quota: str) -> None:
    files = {"proc/self/cgroup": "0::/\n", "sys/fs/cgroup/cpu.max": quota}
    assert count_cores(_write(tmp_path, files)) == count_cores(tmp_path / "empty")


def test_free_memory_is_what_the_system_says_is_available(tmp_path: Path) -> None:
    text = "MemTotal: 8000000 kB\nMemFree: 1000000 kB\nMemAvailable:    2000000 kB\n"
    assert find_memory_mb(_write(tmp_path, {"proc/meminfo": text})) == 2000


def test_a_group_bounds_the_memory(tmp_path: Path) -> None:
    files = {
        "proc/meminfo": "MemAvailable: 2000000 kB\n",
        "proc/self/cgroup": "4:memory:/\n0::/\n",
        "sys/fs/cgroup/memory.max": "max\n",
        "sys/fs/cgroup/memory/memory.limit_in_bytes": "512000000\n",
    }
    assert find_memory_mb(_write(tmp_path, files)) == 512


def test_a_system_that_does_not_tell_its_memory_has_no_bound(tmp_path: Path) -> None:
    assert find_memory_mb(tmp_path) is None


def test_the_processor_is_named(tmp_path: Path) -> None:
    files = {"proc/cpuinfo": "processor\t: 0\nmodel name\t: A CPU @ 2 GHz\nflags\t: avx2\n"}
    assert find_processor(_write(tmp_path, files)) == "A CPU @ 2 GHz"


def test_a_board_stands_for_a_processor_without_a_name(tmp_path: Path) -> None:
    files = {
        "proc/cpuinfo": "processor\t: 0\nCPU part\t: 0xd0b\n",
        "proc/device-tree/model": "Raspberry Pi 5 Model B Rev 1.0\0",
    }
    assert find_processor(_write(tmp_path, files)) == "Raspberry Pi 5 Model B Rev 1.0"


def test_there_is_always_some_name(tmp_path: Path) -> None:
    assert find_processor(tmp_path)


def test_the_machines_memory_is_counted_in_units_of_1024_bytes(tmp_path: Path) -> None:
    _write(tmp_path, {"proc/meminfo": "MemTotal: 1000000 kB\nMemAvailable: 500000 kB\n"})
    assert find_total_memory_mb(tmp_path) == 1024
    assert find_total_memory_mb(tmp_path / "empty") is None


_DMI = "sys/class/dmi/id"


@pytest.mark.parametrize(
    ("files", "board"),
    [
        ({}, None),
        ({"proc/device-tree/model": "A Pi\0", f"{_DMI}/product_name": "X"}, "A Pi"),
        ({f"{_DMI}/sys_vendor": "Maker", f"{_DMI}/product_name": "Box 7\n"}, "Maker Box 7"),
        ({f"{_DMI}/sys_vendor": "Maker", f"{_DMI}/product_name": "Maker 7"}, "Maker 7"),
        ({f"{_DMI}/sys_vendor": "Default string", f"{_DMI}/product_name": "Box 7"}, "Box 7"),
        (
            {
                f"{_DMI}/sys_vendor": "To Be Filled By O.E.M.",
                f"{_DMI}/product_name": "System Product Name",
                f"{_DMI}/board_vendor": "Maker",
                f"{_DMI}/board_name": "B-1",
            },
            "Maker B-1",
        ),
        ({f"{_DMI}/product_name": "Default string"}, None),
    ],
)
def test_the_board_is_named_by_those_who_built_it(
    tmp_path: Path, files: dict[str, str], board: str | None
) -> None:
    assert find_board(_write(tmp_path, files)) == board


@pytest.mark.parametrize("line", ["0:", "", "no colons", "::", "0::/\0/x"])
def test_an_odd_control_group_bounds_nothing(tmp_path: Path, line: str) -> None:
    found = count_cores(_write(tmp_path, {"proc/self/cgroup": line}))
    assert found == count_cores(tmp_path / "empty")


@pytest.mark.parametrize(
    ("board", "is_one"),
    [
        ("Raspberry Pi 5 Model B Rev 1.0", True),
        ("Raspberry Pi Compute Module 4 Rev 1.1", True),
        ("Radxa ROCK 5B", False),
        (None, False),
    ],
)
def test_a_raspberry_pi_is_known_by_its_name(board: str | None, is_one: bool) -> None:
    assert is_raspberry_pi(board) is is_one


@pytest.mark.parametrize(
    ("files", "name"),
    [
        ({"etc/os-release": 'NAME="x"\nPRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\n'}, None),
        ({"usr/lib/os-release": "PRETTY_NAME='Debian GNU/Linux 12 (bookworm)'\n"}, None),
        ({"etc/os-release": "PRETTY_NAME=Alpine\n", "usr/lib/os-release": ""}, "Alpine"),
    ],
    ids=["quoted", "of the vendor", "bare"],
)
def test_a_system_says_its_name(tmp_path: Path, files: dict[str, str], name: str | None) -> None:
    assert find_system_name(_write(tmp_path, files)) == (name or "Debian GNU/Linux 12 (bookworm)")


@pytest.mark.parametrize("files", [{}, {"etc/os-release": 'NAME="x"\nPRETTY_NAME=""\n'}])
def test_a_system_may_have_no_name(tmp_path: Path, files: dict[str, str]) -> None:
    assert find_system_name(_write(tmp_path, files)) is None
