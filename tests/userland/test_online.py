"""crack-edge as pip installs it on a Raspberry Pi, at work on its processors."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from edge.evaluation.synthetic import draw_concrete
from edge.photo.codec import write_photo
from tests.userland.installation import PROGRAM, run_tests
from tests.userland.root import Distribution
from tests.userland.userland import PI_3, PI_4, PI_5, Userland

pytestmark = pytest.mark.device

Measured = Callable[[str, object], None]

_SCORES = "tests/device/test_scores.py"


def test_no_compiler_was_there_to_install_it(online: Userland) -> None:
    found = online.run("sh", "-c", "command -v cc gcc c++ rustc || true").stdout
    assert found == ""


def test_the_tests_of_a_device_pass_on_a_pi_4(
    online: Userland, distribution: Distribution, measured: Measured
) -> None:
    measured(f"{distribution.suite}.{PI_4}", run_tests(online, "tests/device", cpu=PI_4))


@pytest.mark.parametrize("cpu", [PI_3, PI_5])
def test_the_scores_are_those_of_the_workstation(
    online: Userland, distribution: Distribution, measured: Measured, cpu: str
) -> None:
    measured(f"{distribution.suite}.{cpu}", run_tests(online, _SCORES, cpu=cpu))


def test_the_findings_on_a_photo_are_those_of_the_workstation(
    online: Userland, tmp_path: Path
) -> None:
    # Decoding, pieces, scores and regions: all of it.
    photo = online.shared / "wall.jpg"
    write_photo(photo, draw_concrete((640, 480), seed=3).photo)
    words = ("scan", photo, "--out", tmp_path / "here")
    subprocess.run([sys.executable, "-m", "crack_edge", *words], check=True)
    online.run(str(PROGRAM), "scan", "/shared/wall.jpg", "--out", "there")
    table = (tmp_path / "here" / "regions.csv").read_text()
    assert len(table.splitlines()) > 1
    assert online.run("cat", "there/regions.csv").stdout == table


@pytest.mark.soak
def test_the_tests_of_a_device_pass_on_a_pi_5(online: Userland) -> None:
    run_tests(online, "tests/device", "--soak", cpu=PI_5)


@pytest.mark.parametrize(
    ("cpu", "core", "has_dot"),
    [(PI_3, "Cortex-A53", False), (PI_4, "Cortex-A72", False), (PI_5, "Cortex-A76", True)],
)
def test_doctor_tells_the_processor(online: Userland, cpu: str, core: str, has_dot: bool) -> None:
    told = json.loads(online.run(str(PROGRAM), "doctor", "--json", cpu=cpu).stdout)
    assert told["ok"]
    (line,) = [check["found"] for check in told["checks"] if check["name"] == "CPU"]
    assert core in line
    assert ("no int8 dot product" in line) is not has_dot
