"""The doctor's words about picamera2: each way in which it can be there, hidden or broken."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from edge.doctor.check import Check
from edge.doctor.picamera import PicameraProbe, check_picamera2, try_picamera2
from edge.doctor.subprocess_probe import ProbeResult, run_python
from tests.unit.edge.doctor.machines_made import ends, make_platform

_NUMPY_CHANGED = (
    "ValueError: numpy.dtype size changed, may indicate binary incompatibility. Expected 96 from C "
    "header, got 88 from PyObject"
)
_VENV = "/usr/bin/python3 -m venv --system-site-packages"


def look(
    probe: PicameraProbe | None, platform: dict[str, Any] | None = None, **changes: Any
) -> Check:
    facts: dict[str, Any] = {
        "version": "0.3.30" if probe else None,
        "numpy": "2.2.6",
        "is_in_apt": True,
        "is_pi": True,
    }
    check = check_picamera2(probe, make_platform(**platform or {}), **facts | changes)
    assert check is not None
    return check


def test_a_picamera2_that_can_be_imported_is_fine() -> None:
    check = look(PicameraProbe(("imx708",)), {"sees_apt": True})
    assert (check.state, check.found, check.remedy) == ("ok", "0.3.30", "")
    assert look(PicameraProbe(()), version=None).found == "can be imported"


def test_elsewhere_than_on_a_raspberry_pi_nobody_misses_it() -> None:
    missing: dict[str, Any] = {"version": None, "numpy": None, "is_in_apt": False, "is_pi": False}
    assert check_picamera2(None, make_platform(), **missing) is None
    assert look(PicameraProbe(()), is_in_apt=False, is_pi=False).state == "ok"
    assert look(None, is_pi=False).state == "optional"


@pytest.mark.parametrize(
    ("platform", "remedy"),
    [
        ({}, f"{_VENV} /home/pi/.venv (keeps"),
        ({"prefix": Path("/home/pi/my env")}, f"{_VENV} '/home/pi/my env' (keeps"),
        ({"base_prefix": Path("/home/pi/.pyenv")}, f"{_VENV} DIR, and install crack-edge there"),
        ({"prefix": Path("/usr")}, f"{_VENV} DIR, and install crack-edge there"),
    ],
    ids=["environment", "blank in its name", "another Python", "no environment"],
)
def test_one_of_apts_that_the_environment_does_not_see_is_optional(
    platform: dict[str, Any], remedy: str
) -> None:
    check = look(None, platform)
    assert (check.state, check.facts["is_in_apt"]) == ("optional", True)
    assert "does not see it" in check.found
    assert check.remedy.startswith(remedy)


@pytest.mark.parametrize(
    ("sees_apt", "remedy"),
    [
        (True, "for the Raspberry Pi's own camera: sudo apt install -y python3-picamera2"),
        (
            False,
            "for the Raspberry Pi's own camera: sudo apt install -y python3-picamera2, then "
            f"{_VENV} /home/pi/.venv (keeps what is installed there)",
        ),
    ],
)
def test_one_that_is_not_installed_is_optional(sees_apt: bool, remedy: str) -> None:
    check = look(None, {"sees_apt": sees_apt}, is_in_apt=False)
    assert (check.state, check.found) == ("optional", "not installed")
    assert check.remedy == remedy


@pytest.mark.parametrize(
    ("probe", "platform", "numpy", "remedy"),
    [
        (
            PicameraProbe(None, _NUMPY_CHANGED, False, wants_numpy=True),
            {"sees_apt": True},
            "2.2.6",
            "pip install 'numpy<2' 'opencv-python-headless<4.12'",
        ),
        (
            PicameraProbe(None, _NUMPY_CHANGED, False, wants_numpy=True),
            {"sees_apt": True},
            "1.26.4",
            "pip install --upgrade numpy",
        ),
        (
            PicameraProbe(None, "ModuleNotFoundError: No module named 'libcamera'", False),
            {"sees_apt": False},
            "2.2.6",
            "this one is from pip and lacks libcamera: pip uninstall --yes picamera2",
        ),
        (
            PicameraProbe(None, "killed by SIGSEGV", False),
            {"sees_apt": True},
            "1.26.4",
            "sudo apt update && sudo apt full-upgrade",
        ),
    ],
    ids=["numpy 2", "numpy 1", "pip's", "crash"],
)
def test_one_that_cannot_be_imported_is_a_warning(
    probe: PicameraProbe, platform: dict[str, Any], numpy: str, remedy: str
) -> None:
    check = look(probe, platform, numpy=numpy)
    assert check.state == "warning"
    assert check.found == f"0.3.30 cannot be imported ({probe.error})"
    assert check.remedy.startswith(remedy)
    assert check.facts["error"] == probe.error


def test_one_that_cannot_list_its_cameras_is_a_warning() -> None:
    check = look(PicameraProbe(None, "RuntimeError: no camera manager", is_imported=True))
    assert check.state == "warning"
    assert check.found == "0.3.30 cannot list its cameras (RuntimeError: no camera manager)"
    assert "rpicam-hello" in check.remedy


@pytest.mark.parametrize(
    "said",
    [
        _NUMPY_CHANGED,
        "A module that was compiled using NumPy 1.x cannot be run in\nImportError: simplejpeg",
        "ImportError: numpy.core.multiarray failed to import",
        "AttributeError: _ARRAY_API not found",
    ],
)
def test_words_about_another_numpy_are_known(said: str) -> None:
    probe = try_picamera2(ends(ProbeResult(1, "", f"Traceback\n{said}\n")))
    assert (probe.is_imported, probe.wants_numpy) == (False, True)


@pytest.fixture
def run_with(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return what runs programs where picamera2 is a file of this text."""

    def make(text: str, *, limit_s: float = 60.0) -> Any:
        (tmp_path / "picamera2.py").write_text(text, encoding="utf-8")
        prepare = f"sys.path.insert(0, {str(tmp_path)!r})\n"

        def run(program: str, arguments: Sequence[str]) -> ProbeResult:
            return run_python(prepare + program, arguments, limit_s=limit_s)

        return run

    return make


_CAMERAS = """
print("libcamera says hello")
class Picamera2:
    @staticmethod
    def global_camera_info():
        return [{"Model": "imx708", "Id": "/base/i2c@1/imx708@1a"},
                {"Model": "HD Webcam", "Id": "/base/usb@1/video"}]
"""


def test_the_boards_own_cameras_are_listed_by_the_process(run_with: Any) -> None:
    assert try_picamera2(run_with(_CAMERAS)) == PicameraProbe(("imx708",))


@pytest.mark.parametrize(
    ("text", "is_imported", "error"),
    [
        ("raise ValueError('numpy.dtype size changed')", False, "numpy.dtype size changed"),
        ("raise ImportError('libcamera.so.0.5: cannot open')", False, "libcamera.so.0.5"),
        ("import os\nos.abort()", False, "killed by SIGABRT"),
        ("class Picamera2: pass", True, "AttributeError"),
    ],
    ids=["numpy", "import", "crash", "list"],
)
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")
def test_a_broken_picamera2_is_named_and_ends_its_own_process_only(
    run_with: Any, text: str, is_imported: bool, error: str
) -> None:
    probe = try_picamera2(run_with(text))
    assert (probe.cameras, probe.is_imported) == (None, is_imported)
    assert error in (probe.error or "")


def test_a_picamera2_that_hangs_is_given_up(run_with: Any) -> None:
    probe = try_picamera2(run_with("import time\ntime.sleep(60)", limit_s=0.5))
    assert probe.error == "takes longer than 60 s"
