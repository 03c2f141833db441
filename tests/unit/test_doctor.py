"""The doctor, with machines that are not at hand."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from crack_edge.doctor import format_checks, report_checks
from edge.doctor import (
    FOLDERS,
    Check,
    check_cpu,
    check_disk,
    check_extra,
    check_folders,
    check_memory,
    check_model,
    check_numpy,
    check_opencv,
    check_python,
    check_runtime,
    check_system,
    examine_machine,
    find_version,
)
from edge.errors import EnvironmentLacksError, ModelError, SelfTestError

PC = ("Linux", "x86_64")
PI_32 = ("Linux", "armv7l")


def installed(**versions: str) -> Callable[[str], str | None]:
    """Return a lookup over distributions, written with _ for -."""
    return {name.replace("_", "-"): version for name, version in versions.items()}.get


def do_nothing() -> None:
    return None


def fail_with(error: Exception) -> Callable[[], object]:
    def fail() -> object:
        raise error

    return fail


@pytest.mark.parametrize(
    ("version", "state"),
    [((3, 9, 2), "failed"), ((3, 10, 0), "ok"), ((3, 13, 5), "ok"), ((3, 14, 0), "warning")],
)
def test_python_is_held_against_the_tested_versions(
    version: tuple[int, int, int], state: str
) -> None:
    assert check_python(version).state == state


def test_a_32_bit_python_on_a_64_bit_kernel_is_a_warning() -> None:
    assert check_system("Linux", "aarch64", wide=False).state == "warning"
    assert check_system("Linux", "aarch64", wide=True).state == "ok"
    assert check_system("Linux", "armv7l", wide=False).state == "ok"


@pytest.mark.parametrize(
    ("cpuinfo", "found"),
    [
        (
            "processor\t: 0\nmodel name\t: Fast One\nflags\t\t: fpu avx2 avx512_vnni\n"
            "processor\t: 1\nmodel name\t: Fast One\nflags\t\t: fpu avx2 avx512_vnni\n",
            "Fast One, 2 cores, avx2 avx512_vnni",
        ),
        ("processor\t: 0\nFeatures\t: fp asimd asimddp\n", "1 cores, asimd asimddp"),
    ],
)
def test_the_cpu_line_names_what_makes_inference_fast(cpuinfo: str, found: str) -> None:
    assert check_cpu(cpuinfo, "Linux") == Check("CPU", "ok", found)


def test_a_linux_without_proc_is_a_warning_and_a_mac_is_not() -> None:
    assert check_cpu(None, "Linux").state == "warning"
    assert check_cpu(None, "Darwin").state == "ok"


@pytest.mark.parametrize(
    ("versions", "machine", "state", "remedy"),
    [
        ({"ai_edge_litert": "2.3.0", "numpy": "2.4.6"}, PC, "ok", ""),
        ({"tflite_runtime": "2.14.0", "numpy": "1.26.4"}, PI_32, "ok", ""),
        ({"tflite_runtime": "2.14.0", "numpy": "2.2.6"}, PI_32, "failed", "'numpy<2'"),
        ({"tflite_runtime": "2.14.0", "numpy": "1.26.4"}, PC, "warning", "ai-edge-litert"),
        ({}, PC, "failed", "pip install ai-edge-litert"),
        ({}, PI_32, "failed", "64-bit"),
    ],
)
def test_one_runtime_that_fits_is_enough(
    versions: dict[str, str], machine: tuple[str, str], state: str, remedy: str
) -> None:
    check = check_runtime(installed(**versions), machine)
    assert check.state == state
    assert remedy in check.remedy
    assert bool(check.remedy) == (state != "ok")


@pytest.mark.parametrize(
    ("versions", "state"),
    [
        ({"opencv_python_headless": "5.0.0.93"}, "ok"),
        ({"opencv_python": "4.11.0.86"}, "ok"),
        ({"opencv_python_headless": "4.10.0.84"}, "failed"),
        ({"opencv_python_headless": "5.0.0.93", "opencv_python": "5.0.0.93"}, "warning"),
        ({}, "warning"),
    ],
)
def test_opencv_is_there_once_and_new_enough(versions: dict[str, str], state: str) -> None:
    assert check_opencv(installed(**versions), do_nothing).state == state


def test_an_opencv_that_cannot_be_imported_fails_with_its_reason() -> None:
    load = fail_with(ImportError("libGL.so.1: cannot open shared object file"))
    check = check_opencv(installed(opencv_python="5.0.0.93"), load)
    assert check.state == "failed"
    assert "libGL.so.1" in check.found
    assert "pip uninstall --yes opencv-python &&" in check.remedy


def test_no_opencv_and_no_numpy_fail() -> None:
    assert check_opencv(installed(), fail_with(ImportError("cv2"))).state == "failed"
    assert check_numpy(installed()).state == "failed"


@pytest.mark.parametrize(
    "error", [SelfTestError("other scores"), ModelError("no such model"), ImportError("numpy")]
)
def test_a_model_that_does_not_open_fails_with_the_error_and_a_command(error: Exception) -> None:
    check = check_model(fail_with(error), lacking=())
    assert (check.state, check.found) == ("failed", str(error))
    assert check.remedy.startswith("pip install")


def test_the_model_is_not_tried_where_something_it_needs_is_missing() -> None:
    check = check_model(fail_with(AssertionError("was opened")), lacking=("runtime",))
    assert check.state == "failed"
    assert "runtime" in check.found


def test_a_missing_extra_is_optional_and_names_the_pip_command() -> None:
    check = check_extra("tensorflow", ("tensorflow", "tensorflow-cpu"), "train", installed())
    assert check.state == "optional"
    assert check.remedy.endswith("pip install 'crack-edge[train]'")


def test_an_extra_counts_under_its_other_distribution() -> None:
    version_of = installed(tensorflow_cpu="2.21.0")
    check = check_extra("tensorflow", ("tensorflow", "tensorflow-cpu"), "train", version_of)
    assert (check.state, check.found) == ("ok", "2.21.0 (tensorflow-cpu)")


HOME = Path("/env/site-packages")
PLACES: dict[str, Path | None] = {name: HOME / name for name in FOLDERS}


def test_folders_of_our_own_are_fine_however_the_name_is_spelled() -> None:
    owners = {name: ["crack_edge", "crack-edge"] for name in FOLDERS}
    assert check_folders(owners, PLACES).state == "ok"


def test_another_distribution_with_one_of_our_folders_is_named() -> None:
    check = check_folders({"trainer": ["crack-edge", "gym-kit"]}, PLACES)
    assert check.state == "warning"
    assert "gym-kit" in check.found


@pytest.mark.parametrize("place", [Path("/elsewhere/trainer"), None])
def test_a_folder_that_comes_from_elsewhere_or_nowhere_is_named(place: Path | None) -> None:
    check = check_folders({}, {**PLACES, "trainer": place})
    assert check.state == "warning"
    assert "trainer" in check.found


@pytest.mark.parametrize(
    ("meminfo", "state"),
    [
        ("MemTotal: 1000000 kB\nMemAvailable:  900000 kB\n", "ok"),
        ("MemTotal: 1000000 kB\nMemAvailable:  200000 kB\n", "warning"),
        (None, "ok"),
    ],
)
def test_little_memory_is_a_warning(meminfo: str | None, state: str) -> None:
    assert check_memory(meminfo).state == state


def test_a_full_disk_is_a_warning() -> None:
    assert check_disk(HOME, 100 << 20).state == "warning"
    assert check_disk(HOME, 10 << 30).state == "ok"


def test_lines_are_aligned_and_end_with_the_remedy() -> None:
    lines = format_checks([Check("numpy", "ok", "2.4"), Check("disk", "warning", "full", "tidy")])
    assert lines == ["ok       numpy  2.4", "warning  disk   full  -> tidy"]


def test_only_a_failed_check_makes_the_exit_code_3(capsys: pytest.CaptureFixture[str]) -> None:
    fine = [Check("a", "ok", "1"), Check("b", "optional", "no", "x"), Check("c", "warning", "?")]
    report_checks(fine, as_json=True)
    assert json.loads(capsys.readouterr().out)["ok"] is True
    with pytest.raises(EnvironmentLacksError, match="machine: d") as caught:
        report_checks([*fine, Check("d", "failed", "none", "get it")], as_json=True)
    assert caught.value.exit_code == 3
    printed = json.loads(capsys.readouterr().out)
    assert printed["ok"] is False
    assert printed["checks"][3] == {
        "name": "d",
        "state": "failed",
        "found": "none",
        "remedy": "get it",
    }


def test_this_machine_has_what_its_tests_run_with(tmp_path: Path) -> None:
    checks = {check.name: check for check in examine_machine(tmp_path)}
    assert checks["numpy"].found == find_version("numpy")
    assert checks["OpenCV"].state != "failed"
    for check in checks.values():
        assert (check.state in ("optional", "warning")) <= bool(check.remedy)
