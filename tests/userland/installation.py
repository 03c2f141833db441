"""crack-edge in a userland, installed from the registry, and the tests that run inside."""

from __future__ import annotations

import json
from pathlib import PurePosixPath
from typing import Any

from tests.userland.userland import PI_4, Userland

ENVIRONMENT = PurePosixPath("/opt/crack-edge")
PYTHON = ENVIRONMENT / "bin/python"
PROGRAM = ENVIRONMENT / "bin/crack-edge"
TOOLS_THERE = PurePosixPath("/shared/tools")
_FIGURES = "/tmp/measured.json"


def make_environment(userland: Userland, *options: str) -> None:
    """Make the environment for crack-edge; Debian's Python brings no pip for it."""
    userland.run("python3", "-m", "venv", "--without-pip", *options, str(ENVIRONMENT))


def pip_install(userland: Userland, pip_wheel: str, *words: str, check: bool = True) -> str:
    """Install wheels into the environment; return what pip says on stderr.

    Args:
        userland: with a network.
        pip_wheel: name of pip's wheel in its shared folder.
        words: what to install.
        check: pip must end well.
    """
    pip = (str(PYTHON), f"/shared/{pip_wheel}/pip", "install", "--quiet", "--no-cache-dir")
    return userland.run(*pip, "--only-binary=:all:", *words, check=check).stderr


def run_tests(userland: Userland, *words: str, cpu: str = PI_4) -> dict[str, Any]:
    """Run tests with the installed crack-edge, which must pass; return what they measured.

    Args:
        userland: where it is installed.
        words: for pytest.
        cpu: QEMU's name of the processor.
    """
    # No module of the checkout lies there but the tests; the tools are seen by this run only.
    environ = {"PYTHONPATH": str(TOOLS_THERE), "PYTHONDONTWRITEBYTECODE": "1"}
    begin = ("sh", "-c", 'cd /shared/checkout && exec "$@"', "sh", str(PYTHON), "-m", "pytest")
    options = ("-q", "-p", "no:cacheprovider", "--measured", _FIGURES)
    done = userland.run(*begin, *options, *words, cpu=cpu, environ=environ)
    assert " passed" in done.stdout, done.stdout
    figures: dict[str, Any] = json.loads(userland.run("cat", _FIGURES).stdout)
    return figures
