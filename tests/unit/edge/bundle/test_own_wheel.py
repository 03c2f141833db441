"""Our wheel brings what runs here: an installation unchanged, or a checkout as it is."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import zipfile
from importlib import metadata
from pathlib import Path

import pytest

from edge.bundle.own_wheel import build_wheel, repack_wheel
from edge.bundle.wheel import read_wheel
from edge.files.errors import EnvironmentLacksError

ROOT = Path(__file__).resolve().parents[4]


def _install(wheel: Path, target: Path) -> Path:
    words = ("--no-index", "--no-deps", "--quiet", "--disable-pip-version-check")
    subprocess.run(
        [sys.executable, "-m", "pip", "install", *words, "--target", str(target), str(wheel)],
        check=True,
        capture_output=True,
    )
    return target


def _files(folder: Path) -> dict[str, str]:
    """Return the hash of each file of an installation, but for what installers write."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
        and not {"__pycache__", "bin"} & set(path.parts[len(folder.parts) :])
        and path.name not in ("INSTALLER", "REQUESTED", "direct_url.json", "RECORD")
    }


def _distribution(folder: Path) -> metadata.Distribution:
    (found,) = metadata.distributions(name="crack-edge", path=[str(folder)])
    return found


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the wheel of this checkout."""
    return build_wheel(ROOT, tmp_path_factory.mktemp("built"))


@pytest.fixture(scope="module")
def installed(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder where that wheel is installed."""
    return _install(built, tmp_path_factory.mktemp("site") / "packages")


@pytest.fixture
def copied(installed: Path, tmp_path: Path) -> Path:
    """Return a copy of the installation, to be changed."""
    return Path(shutil.copytree(installed, tmp_path / "packages"))


def test_a_checkout_is_packed_with_all_that_its_packages_need(built: Path) -> None:
    assert read_wheel(built).name == "crack-edge"
    with zipfile.ZipFile(built) as archive:
        packed = set(archive.namelist())
    sources = {
        path.relative_to(ROOT).as_posix()
        for package in ("crack_edge", "edge")
        for path in (ROOT / package).rglob("*.py")
    }
    assert sources <= packed
    assert {"edge/model/shipped/default.int8.tflite", "edge/bundle/install.sh"} <= packed
    assert not [name for name in packed if name.startswith(("tests/", "build/", "source/"))]


def test_a_checkout_is_packed_as_it_is_and_not_as_it_once_was(tmp_path: Path) -> None:
    source = tmp_path / "checkout"
    for name in ("setup.cfg", "pyproject.toml", "README.md", "LICENSE"):
        source.mkdir(exist_ok=True)
        (source / name).write_text("x", encoding="utf-8")
    (source / "setup.cfg").write_text(
        "[metadata]\nname = small\nversion = 1\n[options]\npackages =\n    one\n    one.two\n"
    )
    (source / "pyproject.toml").write_bytes((ROOT / "pyproject.toml").read_bytes())
    for name in ("one/__init__.py", "one/two/__init__.py", "build/lib/one/stale.py"):
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        (source / name).write_text("")
    (tmp_path / "work").mkdir()
    before = {path: path.stat().st_mtime_ns for path in source.rglob("*")}
    with zipfile.ZipFile(build_wheel(source, tmp_path / "work")) as archive:
        packed = [name for name in archive.namelist() if name.endswith(".py")]
    assert sorted(packed) == ["one/__init__.py", "one/two/__init__.py"]
    assert {path: path.stat().st_mtime_ns for path in source.rglob("*")} == before


def test_a_checkout_that_cannot_be_built_is_named(tmp_path: Path) -> None:
    source = tmp_path / "checkout"
    source.mkdir()
    for name in ("setup.cfg", "pyproject.toml", "README.md", "LICENSE"):
        (source / name).write_text("[options]\npackages =\n", encoding="utf-8")
    (tmp_path / "work").mkdir()
    with pytest.raises(EnvironmentLacksError, match="checkout: the wheel cannot be built"):
        build_wheel(source, tmp_path / "work")


def test_an_installation_put_together_again_is_installed_byte_for_byte(
    installed: Path, tmp_path: Path
) -> None:
    wheel = repack_wheel(_distribution(installed), tmp_path)
    again = _install(wheel, tmp_path / "again")
    assert _files(again) == _files(installed)
    assert "edge/model/shipped/default.int8.tflite" in _files(again)
    assert (again / "bin" / "crack-edge").is_file()
    assert _distribution(again).version == _distribution(installed).version


def test_a_wheel_put_together_again_is_the_same_each_time_and_has_the_same_files(
    built: Path, installed: Path, tmp_path: Path
) -> None:
    contents = []
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
        contents.append(repack_wheel(_distribution(installed), tmp_path / name).read_bytes())
    assert contents[0] == contents[1]
    with zipfile.ZipFile(built) as before, zipfile.ZipFile(next(tmp_path.rglob("*.whl"))) as after:
        assert sorted(after.namelist()) == sorted(before.namelist())
        assert after.namelist()[-1].endswith(".dist-info/RECORD")


def test_a_changed_file_of_an_installation_is_named(copied: Path, tmp_path: Path) -> None:
    path = copied / "edge" / "photo" / "tiling.py"
    path.write_bytes(path.read_bytes() + b"\n# changed\n")
    with pytest.raises(EnvironmentLacksError, match=r"edge/photo/tiling.py: was changed"):
        repack_wheel(_distribution(copied), tmp_path)
    assert not list(tmp_path.glob("*.whl"))


def test_a_missing_file_of_an_installation_is_named(copied: Path, tmp_path: Path) -> None:
    (copied / "edge" / "model" / "shipped" / "small.int8.tflite").unlink()
    with pytest.raises(EnvironmentLacksError, match=r"small.int8.tflite: No such file"):
        repack_wheel(_distribution(copied), tmp_path)


@pytest.mark.parametrize("text", ["", "edge/__init__.py,sha256=x,1\n", "\n\n"])
def test_an_installation_without_a_list_of_files_is_named(
    copied: Path, tmp_path: Path, text: str
) -> None:
    (record,) = copied.glob("crack_edge-*.dist-info/RECORD")
    record.write_text(text)
    with pytest.raises(
        EnvironmentLacksError, match="RECORD of crack-edge: does not list its files"
    ):
        repack_wheel(_distribution(copied), tmp_path)


@pytest.mark.parametrize("where", ["installed", "checkout"])
def test_the_wheel_is_of_what_runs(installed: Path, tmp_path: Path, where: str) -> None:
    home = {"installed": installed, "checkout": ROOT}[where]
    program = (
        "import pathlib, sys; from edge.bundle.own_wheel import make_own_wheel; "
        "print(make_own_wheel(pathlib.Path(sys.argv[1])))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(home)},
        check=True,
        capture_output=True,
        text=True,
    )
    wheel = Path(done.stdout.strip())
    assert read_wheel(wheel).name == "crack-edge"
    assert (wheel.parent == tmp_path) is (where == "installed")


def test_files_that_were_never_installed_are_no_installation(
    installed: Path, tmp_path: Path
) -> None:
    for package in ("edge", "crack_edge"):
        shutil.copytree(installed / package, tmp_path / "loose" / package)
    program = (
        "import pathlib; from edge.bundle.own_wheel import make_own_wheel; "
        "make_own_wheel(pathlib.Path())"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path / "loose")},
        check=False,
        capture_output=True,
        text=True,
    )
    assert "loose: crack-edge was copied here, not installed" in done.stderr
