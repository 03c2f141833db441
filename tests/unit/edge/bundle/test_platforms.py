"""What a bundle's system is, is written down and not looked up here."""

from __future__ import annotations

import pytest
from packaging.markers import Marker, default_environment
from packaging.tags import parse_tag

from edge.bundle.platforms import PLATFORMS, Platform, fitting_tags, marker_environment

BOOKWORM, TRIXIE = PLATFORMS["pi-bookworm"], PLATFORMS["pi-trixie"]


@pytest.mark.parametrize("platform", PLATFORMS.values(), ids=PLATFORMS)
def test_nothing_that_a_marker_sees_is_left_to_this_machine(platform: Platform) -> None:
    assert set(marker_environment(platform)) == set(default_environment())


@pytest.mark.parametrize(
    ("marker", "on_bookworm", "on_trixie"),
    [
        ('python_version < "3.13"', True, False),
        ('python_version < "3.11"', False, False),
        ('python_full_version < "3.11.3"', True, False),
        ('sys_platform == "win32" or platform_system == "Windows"', False, False),
        ('platform_machine == "aarch64" and sys_platform == "linux"', True, True),
        ('platform_machine == "x86_64"', False, False),
        ('platform_python_implementation == "PyPy"', False, False),
        ('implementation_name == "cpython" and os_name == "posix"', True, True),
    ],
)
def test_a_marker_is_true_or_false_of_the_device(
    marker: str, on_bookworm: bool, on_trixie: bool
) -> None:
    assert Marker(marker).evaluate(marker_environment(BOOKWORM)) is on_bookworm
    assert Marker(marker).evaluate(marker_environment(TRIXIE)) is on_trixie


@pytest.mark.parametrize(
    ("tag", "on_bookworm", "on_trixie"),
    [
        ("py3-none-any", True, True),
        ("py2.py3-none-any", True, True),
        ("py2-none-any", False, False),
        ("cp311-cp311-manylinux_2_28_aarch64", True, False),
        ("cp313-cp313-manylinux_2_28_aarch64", False, True),
        ("cp313-cp313t-manylinux_2_28_aarch64", False, False),
        ("cp37-abi3-manylinux2014_aarch64", True, True),
        ("cp312-abi3-manylinux_2_17_aarch64", False, True),
        ("cp39-abi3-manylinux_2_36_aarch64", True, True),
        ("cp39-abi3-manylinux_2_41_aarch64", False, True),
        ("cp39-abi3-manylinux_2_42_aarch64", False, False),
        ("py3-none-linux_aarch64", True, True),
        ("cp311-cp311-manylinux_2_28_x86_64", False, False),
        ("cp311-cp311-linux_armv7l", False, False),
        ("cp311-cp311-musllinux_1_2_aarch64", False, False),
        ("cp311-cp311-win_arm64", False, False),
    ],
)
def test_a_wheel_runs_on_the_device_or_not(tag: str, on_bookworm: bool, on_trixie: bool) -> None:
    assert bool(parse_tag(tag) & set(fitting_tags(BOOKWORM))) is on_bookworm
    assert bool(parse_tag(tag) & set(fitting_tags(TRIXIE))) is on_trixie


def test_the_newest_c_library_comes_first() -> None:
    assert BOOKWORM.tags[:2] == ("manylinux_2_36_aarch64", "manylinux_2_35_aarch64")
    assert BOOKWORM.tags[-3:] == (
        *("manylinux_2_17_aarch64", "manylinux2014_aarch64", "linux_aarch64"),
    )


def test_apt_packages_of_bookworm_keep_numpy_old() -> None:
    assert BOOKWORM.bounds_of_apt == ("numpy<2", "opencv-python-headless<4.12")
    assert TRIXIE.bounds_of_apt == ()
