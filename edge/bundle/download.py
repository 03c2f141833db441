"""pip as a program: it downloads wheels for another machine; its errors become one line."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from edge.bundle.platforms import Platform
from edge.files.errors import EnvironmentLacksError, InputError

# Takes pip's arguments and the working folder; returns the exit code and the text of stderr.
RunPip = Callable[[Sequence[str], Path], tuple[int, str]]

_QUIET = ("--quiet", "--no-input", "--disable-pip-version-check", "--progress-bar", "off")
_NO_WHEEL = re.compile(r"^ERROR: No matching distribution found for (.+)$", re.MULTILINE)
# Said before each new try; after the last try pip says that there is no such package.
_NO_NETWORK = re.compile(
    r"Retrying \(|connection broken by|Could not fetch URL|NewConnectionError|ReadTimeoutError"
)


class NoWheelError(InputError):
    """Report a package of which the index has no wheel that fits.

    Attributes:
        package: its name, as it was asked for.
    """

    def __init__(self, message: str, package: str) -> None:
        super().__init__(message)
        self.package = package


def run_pip(
    arguments: Sequence[str], folder: Path, environ: Mapping[str, str] | None = None
) -> tuple[int, str]:
    """Run this Python's pip.

    Args:
        arguments: for pip.
        folder: to run in.
        environ: more variables of the environment.

    Returns:
        The exit code, and the text of stderr.
    """
    done = subprocess.run(
        # In a folder of its own: Python would import what lies in the present one.
        [sys.executable, "-m", "pip", *arguments, *_QUIET],
        cwd=folder,
        env={**os.environ, **(environ or {})},
        check=False,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
    )
    return done.returncode, done.stderr


def download_wheels(
    requirements: Sequence[str], folder: Path, platform: Platform, *, pip: RunPip = run_pip
) -> None:
    """Download a wheel for each requirement, and none for what those require.

    What they require is found by ``close_over``: pip would ask their markers about this machine.

    Args:
        requirements: without markers.
        folder: for the wheels.
        platform: where they will run.
        pip: runs pip.

    Raises:
        NoWheelError: the index has no wheel that fits.
        EnvironmentLacksError: no way to the package index, or pip fails in another way.
    """
    words = ["download", "--no-deps", "--only-binary=:all:", "--dest", str(folder)]
    words += ["--implementation", "cp", "--abi", platform.abi]
    words += ["--python-version", platform.python_full]
    for tag in platform.tags:
        words += ["--platform", tag]
    code, said = pip([*words, *requirements], folder)
    if code == 0:
        return
    missing = _NO_WHEEL.search(said)
    name = missing[1].strip() if missing else ", ".join(requirements)
    if _NO_NETWORK.search(said):
        raise EnvironmentLacksError(
            f"{name}: cannot be downloaded: the package index cannot be reached; check the "
            f"network, or give a folder of wheels for {platform.name} with --wheels DIR"
        )
    if missing:
        raise NoWheelError(
            f"{name}: the package index has no such wheel for {platform.system} "
            f"(Python {platform.python_minor}, arm64)",
            re.split(r"[^\w.-]", name, maxsplit=1)[0],
        )
    raise EnvironmentLacksError(f"pip could not download {name}: {last_error(said)}")


def last_error(said: str) -> str:
    """Return the reason that pip gives: the last of its errors, or its last line."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    errors = [line.removeprefix("ERROR: ") for line in lines if line.startswith("ERROR: ")]
    return (errors or lines or ["no reason given"])[-1]
