"""What every score needs: numpy, one OpenCV, a runtime that opens the model's file."""

from __future__ import annotations

from collections.abc import Mapping

from edge.doctor.check import NUMPY_1, Check, VersionOf, parse_version
from edge.doctor.host import HostPlatform
from edge.doctor.machine import PI_OS_64
from edge.doctor.subprocess_probe import Run

# Each in the order in which crack-edge takes it.
TFLITE_RUNTIMES = ("ai-edge-litert", "tflite-runtime")
ONNX_RUNTIMES = ("onnxruntime", "onnxruntime-gpu")

_OLDEST_NUMPY = (1, 26)
# cv2.IMREAD_COLOR_RGB came with it.
_OLDEST_OPENCV = (4, 11)
_OPENCV_DISTRIBUTIONS = (
    "opencv-python-headless",
    "opencv-python",
    "opencv-contrib-python-headless",
    "opencv-contrib-python",
)
_WIDE_SYSTEM = f"install a 64-bit system such as {PI_OS_64}"
_LITERT_MACHINES = "Linux on x86_64 or arm64, macOS on Apple silicon, or Windows on x86_64"


def check_numpy(version_of: VersionOf, run: Run) -> Check:
    """Look for a numpy that can be imported.

    Args:
        version_of: version of a distribution, None if it is not installed.
        run: runs a program with its arguments.
    """
    name, version = "numpy", version_of("numpy")
    facts = {"version": version}
    newer = "pip install 'numpy>=1.26'"
    if version is None:
        return Check(name, "failed", "not installed", newer, facts)
    why = run("import numpy", ()).error
    if why is not None:
        # The 32-bit Raspberry Pi OS builds numpy against this library of the system.
        lacks_library = "libopenblas" in why
        remedy = f"pip install --force-reinstall 'numpy=={version}'"
        remedy = "sudo apt install -y libopenblas0" if lacks_library else remedy
        return Check(name, "failed", f"{version} cannot be imported ({why})", remedy, facts)
    if parse_version(version) < _OLDEST_NUMPY:
        return Check(name, "warning", f"{version}, older than 1.26", newer, facts)
    return Check(name, "ok", version, facts=facts)


def check_opencv(version_of: VersionOf, run: Run, *, has_numpy: bool = True) -> Check:
    """Look for one OpenCV that can be imported.

    Args:
        version_of: version of a distribution, None if it is not installed.
        run: runs a program with its arguments.
        has_numpy: whether numpy works; without it, cv2 is not tried.
    """
    name = "OpenCV"
    there = {d: v for d in _OPENCV_DISTRIBUTIONS if (v := version_of(d)) is not None}
    facts = {"distributions": there}
    found = ", ".join(f"{distribution} {version}" for distribution, version in there.items())
    again = "pip install --force-reinstall 'opencv-python-headless>=4.11'"
    if there:
        again = f"pip uninstall --yes {' '.join(there)} && {again}"
    if not has_numpy:
        return Check(name, "failed", f"{found or 'cv2'}: not tried", "fix numpy first", facts)
    result = run("import cv2\nprint(cv2.__version__)", ())
    if result.error is not None:
        # The usual reason: opencv-python wants libGL, which a machine without a screen lacks.
        what = f"{found} cannot be imported ({result.error})" if there else "not installed"
        return Check(name, "failed", what, again, facts)
    # Without a distribution of pip's it is Debian's python3-opencv, or one built by hand.
    found = found or f"cv2 {result.answer}, not installed by pip"
    oldest = min(map(parse_version, there.values() or [result.answer]))
    if oldest < _OLDEST_OPENCV:
        return Check(name, "failed", f"{found}, older than 4.11", again, facts)
    if not there:
        return Check(name, "warning", found, again, facts)
    if len(there) > 1:
        return Check(name, "warning", f"{found}: they overwrite each other's cv2", again, facts)
    return Check(name, "ok", found, facts=facts)


def check_runtime(
    version_of: VersionOf, platform: HostPlatform, *, for_onnx: bool = False
) -> Check:
    """Look for a runtime that opens the model's file, and say which one is used.

    Args:
        version_of: version of a distribution, None if it is not installed.
        platform: of the running Python.
        for_onnx: whether the model is an ``.onnx`` file; else it is a ``.tflite`` file.
    """
    wanted = ONNX_RUNTIMES if for_onnx else TFLITE_RUNTIMES
    there = {d: v for d in wanted if (v := version_of(d)) is not None}
    if not there:
        found = f"neither {' nor '.join(wanted)} is installed"
        remedy = _find_onnx(platform) if for_onnx else _find_tflite(platform)
        return Check("runtime", "failed", found, remedy, {"used": None, "distributions": there})
    used, *others = there
    found = f"{used} {there[used]}"
    found += "".join(
        f" ({other} {there[other]} is also installed, but not used)" for other in others
    )
    facts = {"used": used, "distributions": there}
    if used == "tflite-runtime":
        return _check_tflite_runtime(found, version_of("numpy"), platform, facts)
    return Check("runtime", "ok", found, facts=facts)


def _check_tflite_runtime(
    found: str, numpy: str | None, platform: HostPlatform, facts: Mapping[str, object]
) -> Check:
    if numpy is not None and parse_version(numpy) >= (2,):
        what = f"{found}, which needs numpy 1, not {numpy}"
        return Check("runtime", "failed", what, NUMPY_1, facts)
    if platform.fits_litert:
        remedy = "pip install ai-edge-litert (int8 runs many times faster and gives exact scores)"
        return Check("runtime", "warning", found, remedy, facts)
    return Check("runtime", "ok", found, facts=facts)


def _find_tflite(platform: HostPlatform) -> str:
    """Return how to get a runtime for ``.tflite`` files here, or where there is one."""
    if platform.fits_litert:
        return "pip install ai-edge-litert"
    if platform.machine == "armv6l":
        return (
            "no runtime exists for this processor: use a Raspberry Pi Zero 2 W, 3, 4 or 5 with "
            f"{PI_OS_64}"
        )
    if platform.fits_tflite_runtime:
        here = NUMPY_1.replace("install", "install tflite-runtime", 1)
        return f"{_WIDE_SYSTEM}, where ai-edge-litert runs; or, slower: {here}"
    if platform.is_32_bit_arm:
        return f"{_WIDE_SYSTEM}: for 32-bit ARM there is a runtime up to Python 3.11 only"
    return f"ai-edge-litert is available for {_LITERT_MACHINES}, with a 64-bit Python"


def _find_onnx(platform: HostPlatform) -> str:
    if platform.is_32_bit_arm:
        return f"{_WIDE_SYSTEM}: ONNX Runtime is available for 64-bit Python only"
    return "pip install 'crack-edge[onnx]'"
