"""Where no userland can be emulated, it is said why."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.userland import needs
from tests.userland.qemu import PROGRAMS
from tests.userland.root import DISTRIBUTIONS


def test_what_is_missing_is_said_and_is_no_good_end() -> None:
    done = subprocess.run(
        [sys.executable, Path(needs.__file__)],
        env={"PATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert all(line.startswith("no emulated userland here: ") for line in done.stderr.splitlines())
    assert "debootstrap" in done.stderr or "Linux on x86_64" in done.stderr


@pytest.mark.parametrize("name", DISTRIBUTIONS)
def test_there_is_an_emulator_for_each_userland(name: str) -> None:
    assert DISTRIBUTIONS[name].architecture in PROGRAMS
