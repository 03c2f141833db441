"""pip is asked for wheels of the device, and its many words of an error become one line."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from edge.bundle.download import NoWheelError, download_wheels
from edge.bundle.platforms import PLATFORMS, Platform
from edge.files.errors import EnvironmentLacksError

BOOKWORM, TRIXIE = PLATFORMS["pi-bookworm"], PLATFORMS["pi-trixie"]

_NONE = """\
WARNING: Location 'file:///x' is ignored
ERROR: Could not find a version that satisfies the requirement numpy<2,>=3 (from versions: 1.0)
ERROR: No matching distribution found for numpy<2,>=3
"""
_OFFLINE = """\
WARNING: Retrying (Retry(total=0)) after connection broken by 'NewConnectionError(...)': /numpy/
ERROR: Could not find a version that satisfies the requirement numpy (from versions: none)
ERROR: No matching distribution found for numpy
"""


class Pip:
    """Stands for pip."""

    def __init__(self, code: int = 0, said: str = "") -> None:
        self._answer = code, said
        self.words: list[str] = []

    def __call__(self, arguments: Sequence[str], folder: Path) -> tuple[int, str]:
        self.words = list(arguments)
        return self._answer


@pytest.mark.parametrize(
    ("platform", "python", "abi", "newest"),
    [
        (BOOKWORM, "3.11.2", "cp311", "manylinux_2_36_aarch64"),
        (TRIXIE, "3.13.5", "cp313", "manylinux_2_41_aarch64"),
    ],
    ids=lambda value: getattr(value, "name", None),
)
def test_pip_is_told_what_the_device_is(
    tmp_path: Path, platform: Platform, python: str, abi: str, newest: str
) -> None:
    pip = Pip()
    download_wheels(["a<2", "b"], tmp_path, platform, pip=pip)
    pairs = set(zip(pip.words, pip.words[1:], strict=False))
    assert {("--python-version", python), ("--abi", abi), ("--implementation", "cp")} <= pairs
    assert {("--platform", newest), ("--platform", "manylinux2014_aarch64")} <= pairs
    assert ("--dest", str(tmp_path)) in pairs
    # Else it would ask this machine what the device needs, or build something here.
    assert {"--no-deps", "--only-binary=:all:"} <= set(pip.words)
    assert pip.words[-2:] == ["a<2", "b"]


def test_a_wheel_that_there_is_not_is_named(tmp_path: Path) -> None:
    with pytest.raises(NoWheelError) as caught:
        download_wheels(["numpy<2,>=3", "b"], tmp_path, BOOKWORM, pip=Pip(1, _NONE))
    assert caught.value.package == "numpy"
    assert str(caught.value) == (
        "numpy<2,>=3: the package index has no such wheel for 64-bit Raspberry Pi OS bookworm "
        "(Python 3.11, arm64)"
    )


def test_without_a_network_the_way_out_is_said(tmp_path: Path) -> None:
    with pytest.raises(EnvironmentLacksError, match=r"^numpy: .*cannot be reached.*--wheels DIR$"):
        download_wheels(["numpy", "b"], tmp_path, BOOKWORM, pip=Pip(1, _OFFLINE))


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ("ERROR: one\nERROR: No space left on device\nnotice\n", "No space left on device"),
        ("Traceback\n  x\nValueError: y\n", "ValueError: y"),
        ("", "no reason given"),
    ],
)
def test_another_error_of_pip_is_passed_on_in_one_line(
    tmp_path: Path, said: str, reason: str
) -> None:
    with pytest.raises(EnvironmentLacksError, match=f"^pip could not download a, b: {reason}$"):
        download_wheels(["a", "b"], tmp_path, BOOKWORM, pip=Pip(2, said))


def test_pip_itself_is_run_without_a_network(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Nothing is asked of any index: the folder of links is all there is.
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "links"))
    (tmp_path / "links").mkdir()
    (tmp_path / "out").mkdir()
    with pytest.raises(NoWheelError, match=r"^nonesuch>=2: "):
        download_wheels(["nonesuch>=2"], tmp_path / "out", BOOKWORM)
