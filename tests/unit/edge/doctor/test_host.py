"""Which runtime has a wheel for which Python."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from edge.doctor.host import read_host_platform
from tests.unit.edge.doctor.machines_made import make_platform


@pytest.mark.parametrize(
    ("system", "machine", "is_64_bit", "fits"),
    [
        ("Linux", "aarch64", True, True),
        ("Linux", "aarch64", False, False),
        ("Linux", "x86_64", True, True),
        ("Linux", "riscv64", True, False),
        ("Darwin", "arm64", True, True),
        ("Darwin", "x86_64", True, False),
        ("Windows", "AMD64", True, True),
        ("Windows", "ARM64", True, False),
    ],
)
def test_litert_fits_64_bit_pythons_of_the_machines_it_is_made_for(
    system: str, machine: str, is_64_bit: bool, fits: bool
) -> None:
    platform = make_platform(system=system, machine=machine, is_64_bit=is_64_bit)
    assert platform.fits_litert == fits


@pytest.mark.parametrize(
    ("machine", "is_64_bit", "python", "fits"),
    [
        ("armv7l", False, (3, 11, 2), True),
        ("aarch64", False, (3, 11, 2), True),
        ("armv7l", False, (3, 12, 0), False),
        ("armv6l", False, (3, 11, 2), False),
        ("i686", False, (3, 11, 2), False),
        ("aarch64", True, (3, 11, 2), False),
    ],
)
def test_tflite_runtime_fits_32_bit_pythons_of_arm_up_to_3_11(
    machine: str, is_64_bit: bool, python: tuple[int, int, int], fits: bool
) -> None:
    platform = make_platform(machine=machine, is_64_bit=is_64_bit, python=python)
    assert platform.fits_tflite_runtime == fits


def test_this_python_is_read() -> None:
    platform = read_host_platform()
    assert platform.python == sys.version_info[:3]
    assert platform.prefix == Path(sys.prefix)
