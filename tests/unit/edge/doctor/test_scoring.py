"""The doctor's words about numpy, OpenCV and the runtimes."""

from __future__ import annotations

from typing import Any

import pytest

from edge.doctor.scoring import check_numpy, check_opencv, check_runtime
from edge.doctor.subprocess_probe import ProbeResult
from tests.unit.edge.doctor.machines_made import FINE, ends, installed, make_platform, never

_NO_BLAS = ProbeResult(1, "", "ImportError: libopenblas.so.0: cannot open shared object file")


@pytest.mark.parametrize(
    ("version", "result", "state", "remedy"),
    [
        ("2.4.6", FINE, "ok", ""),
        ("1.24.2", FINE, "warning", "pip install 'numpy>=1.26'"),
        ("2.4.6", _NO_BLAS, "failed", "sudo apt install -y libopenblas0"),
        ("2.4.6", ProbeResult(-4), "failed", "pip install --force-reinstall 'numpy==2.4.6'"),
    ],
)
def test_numpy_is_imported_and_its_remedy_fits(
    version: str, result: ProbeResult, state: str, remedy: str
) -> None:
    check = check_numpy(installed(numpy=version), ends(result))
    assert (check.state, check.remedy) == (state, remedy)
    assert (result.error or "") in check.found


def test_a_numpy_that_is_not_installed_is_not_imported() -> None:
    check = check_numpy(installed(), never)
    assert (check.state, check.remedy) == ("failed", "pip install 'numpy>=1.26'")


@pytest.mark.parametrize(
    ("versions", "state"),
    [
        ({"opencv_python_headless": "5.0.0.93"}, "ok"),
        ({"opencv_python": "4.11.0.86"}, "ok"),
        ({"opencv_python_headless": "4.10.0.84"}, "failed"),
        ({"opencv_python_headless": "5.0.0.93", "opencv_python": "5.0.0.93"}, "warning"),
    ],
)
def test_opencv_is_there_once_and_new_enough(versions: dict[str, str], state: str) -> None:
    check = check_opencv(installed(**versions), ends(FINE))
    assert check.state == state
    assert bool(check.remedy) == (state != "ok")


@pytest.mark.parametrize(("version", "state"), [("4.6.0", "failed"), ("4.12.0", "warning")])
def test_an_opencv_that_pip_does_not_know_is_held_against_its_own_version(
    version: str, state: str
) -> None:
    check = check_opencv(installed(), ends(ProbeResult(0, f"{version}\n")))
    assert check.state == state
    assert version in check.found


def test_an_opencv_that_cannot_be_imported_fails_with_its_reason() -> None:
    result = ProbeResult(1, "", "ImportError: libGL.so.1: cannot open shared object file")
    check = check_opencv(installed(opencv_python="5.0.0.93"), ends(result))
    assert check.state == "failed"
    assert "libGL.so.1" in check.found
    assert "pip uninstall --yes opencv-python &&" in check.remedy


def test_without_an_opencv_the_remedy_is_to_install_one() -> None:
    check = check_opencv(
        installed(), ends(ProbeResult(1, "", "ModuleNotFoundError: No module 'cv2'"))
    )
    assert (check.state, check.found) == ("failed", "not installed")
    assert check.remedy.startswith("pip install")


def test_an_opencv_is_not_tried_without_numpy() -> None:
    check = check_opencv(installed(opencv_python="5.0.0.93"), never, has_numpy=False)
    assert (check.state, check.remedy) == ("failed", "fix numpy first")


_PI_32: dict[str, Any] = {"machine": "armv7l", "is_64_bit": False}
_PI_32_ON_64: dict[str, Any] = {"machine": "aarch64", "is_64_bit": False}
_TFLITE = {"tflite_runtime": "2.14.0", "numpy": "1.26.4"}


@pytest.mark.parametrize(
    ("versions", "platform", "state", "remedy"),
    [
        ({"ai_edge_litert": "2.3.0", "numpy": "2.4.6"}, {}, "ok", ""),
        (_TFLITE, _PI_32, "ok", ""),
        (_TFLITE, _PI_32_ON_64, "ok", ""),
        (_TFLITE | {"numpy": "2.2.6"}, _PI_32, "failed", "'numpy<2'"),
        (_TFLITE, {}, "warning", "pip install ai-edge-litert"),
        ({}, {}, "failed", "pip install ai-edge-litert"),
        ({}, _PI_32, "failed", "pip install tflite-runtime 'numpy<2'"),
        ({}, _PI_32 | {"python": (3, 13, 5)}, "failed", "Raspberry Pi OS (64-bit)"),
        ({}, _PI_32 | {"machine": "armv6l"}, "failed", "Raspberry Pi Zero 2 W"),
        ({}, {"machine": "riscv64"}, "failed", "Linux on x86_64"),
    ],
)
def test_one_runtime_that_fits_is_enough(
    versions: dict[str, str], platform: dict[str, Any], state: str, remedy: str
) -> None:
    check = check_runtime(installed(**versions), make_platform(**platform))
    assert check.state == state
    assert remedy in check.remedy
    assert bool(check.remedy) == (state != "ok")


@pytest.mark.parametrize("python", [(3, 11, 2), (3, 13, 5)])
def test_a_32_bit_python_on_a_64_bit_kernel_is_not_sent_to_litert(
    python: tuple[int, int, int],
) -> None:
    check = check_runtime(installed(), make_platform(**_PI_32_ON_64, python=python))
    assert check.state == "failed"
    assert "Raspberry Pi OS (64-bit)" in check.remedy
    assert "pip install ai-edge-litert" not in check.remedy


def test_the_runtime_that_is_used_is_named_first() -> None:
    versions = installed(ai_edge_litert="2.3.0", **_TFLITE)
    check = check_runtime(versions, make_platform())
    assert (
        check.found
        == "ai-edge-litert 2.3.0 (tflite-runtime 2.14.0 is also installed, but not used)"
    )
    assert check.facts["used"] == "ai-edge-litert"


@pytest.mark.parametrize(
    ("versions", "platform", "state", "remedy"),
    [
        ({"onnxruntime": "1.23.2"}, {}, "ok", ""),
        ({"ai_edge_litert": "2.3.0"}, {}, "failed", "pip install 'crack-edge[onnx]'"),
        ({}, _PI_32, "failed", "Raspberry Pi OS (64-bit)"),
    ],
)
def test_an_onnx_model_needs_a_runtime_of_its_own(
    versions: dict[str, str], platform: dict[str, Any], state: str, remedy: str
) -> None:
    check = check_runtime(installed(**versions), make_platform(**platform), for_onnx=True)
    assert check.state == state
    assert remedy in check.remedy
