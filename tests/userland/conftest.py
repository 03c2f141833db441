"""Userlands to test in, made once for all tests that need one."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from edge.bundle.own_wheel import build_wheel
from edge.bundle.platforms import PLATFORMS
from edge.machine.resources import find_processor, find_system_name
from tests.userland.installation import TOOLS_THERE, make_environment, pip_install
from tests.userland.needs import find_lacking
from tests.userland.qemu import PROGRAMS, fetch_qemu, read_version, registered
from tests.userland.root import DISTRIBUTIONS, Distribution, find_cache, make_root
from tests.userland.userland import Userland

ROOT = Path(__file__).resolve().parents[2]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "distribution" not in metafunc.fixturenames:
        return
    asked = metafunc.config.getoption("--userland") or list(DISTRIBUTIONS)
    named = {
        name: DISTRIBUTIONS[name] for name in asked if DISTRIBUTIONS[name].architecture == "arm64"
    }
    metafunc.parametrize("distribution", named.values(), ids=named, scope="session", indirect=True)


def run_pip(*words: str | Path) -> None:
    """Run this machine's pip."""
    subprocess.run([sys.executable, "-m", "pip", "--quiet", *words], check=True)


@pytest.fixture(scope="session")
def distribution(request: pytest.FixtureRequest) -> Distribution:
    chosen: Distribution = request.param
    return chosen


@pytest.fixture(scope="session")
def emulated(measured: Callable[[str, object], None]) -> Iterator[None]:
    """Let the kernel run programs of ARM."""
    if lacking := find_lacking():
        pytest.fail("no emulated userland here: " + "; ".join(lacking), pytrace=False)
    programs = fetch_qemu(find_cache())
    measured("emulator", read_version(programs))
    measured("host", f"{find_processor()}, {find_system_name()}")
    with ExitStack() as stack:
        for architecture in PROGRAMS:
            stack.enter_context(registered(programs, architecture))
        yield


@pytest.fixture(scope="session")
def root(emulated: None, distribution: Distribution) -> Path:
    return make_root(distribution, find_cache())


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the wheel of this checkout."""
    return build_wheel(ROOT, tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="session")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the tests with their settings, without the packages that they test."""
    folder = tmp_path_factory.mktemp("checkout")
    shutil.copyfile(ROOT / "setup.cfg", folder / "setup.cfg")
    ignored = shutil.ignore_patterns("__pycache__", "integration")
    shutil.copytree(ROOT / "tests", folder / "tests", ignore=ignored)
    return folder


@pytest.fixture(scope="session")
def tools(distribution: Distribution, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with pytest and what else the tests of a device import."""
    folder = tmp_path_factory.mktemp("tools")
    target = ["--only-binary=:all:", "--python-version", distribution.python]
    for tag in PLATFORMS[distribution.platform].tags:
        target += ["--platform", tag]
    run_pip("install", "--target", folder, *target, "pytest", "hypothesis", "packaging")
    return folder


@pytest.fixture(scope="session")
def pip_wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return pip's own wheel: the userlands have none."""
    folder = tmp_path_factory.mktemp("pip")
    run_pip("download", "--no-deps", "--dest", folder, "pip")
    (path,) = folder.iterdir()
    return path


@pytest.fixture(scope="session")
def online(
    root: Path, wheel: Path, pip_wheel: Path, tools: Path, checkout: Path
) -> Iterator[Userland]:
    """Run a userland with a network, crack-edge installed from the registry's wheels."""
    with Userland(root, network=True) as userland:
        for path in (wheel, pip_wheel):
            shutil.copy(path, userland.shared)
        shutil.copytree(tools, userland.shared / TOOLS_THERE.name)
        shutil.copytree(checkout, userland.shared / "checkout")
        make_environment(userland)
        pip_install(userland, pip_wheel.name, f"/shared/{wheel.name}")
        yield userland
