"""Tiny wheels, and what stands for an index of them."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from pathlib import Path

from packaging.requirements import Requirement

from edge import __version__
from edge.bundle.download import NoWheelError
from edge.bundle.platforms import Platform
from edge.bundle.wheel import Wheel, parse_wheel

ANY = "py3-none-any"
# What crack-edge[live] asks for on a Raspberry Pi, and pip.
NEEDED = {
    "ai_edge_litert": "2.3.0",
    "click": "8.3.0",
    "numpy": "2.2.0",
    "opencv_python_headless": "4.12.0",
    "paho_mqtt": "2.1.0",
    "pip": "25.0",
    "starlette": "0.50.0",
    "uvicorn": "0.40.0",
}


def metadata_of(
    name: str, version: str, requires: Sequence[str] = (), requires_python: str = ""
) -> str:
    lines = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}"]
    lines += [f"Requires-Python: {requires_python}"] if requires_python else []
    lines += [f"Requires-Dist: {text}" for text in requires]
    return "\n".join([*lines, "", "Requires-Dist: only-described", ""])


def wheel_of(
    name: str,
    version: str = "1.0",
    requires: Sequence[str] = (),
    *,
    tag: str = ANY,
    requires_python: str = "",
) -> Wheel:
    """Return what a wheel says of itself, without a file."""
    file = f"{name.replace('-', '_')}-{version}-{tag}.whl"
    return parse_wheel(Path(file), metadata_of(name, version, requires, requires_python))


def write_wheel(
    folder: Path,
    name: str,
    version: str = "1.0",
    requires: Sequence[str] = (),
    *,
    tag: str = ANY,
) -> Path:
    """Write a wheel with metadata and nothing else."""
    stem = f"{name.replace('-', '_')}-{version}"
    path = folder / f"{stem}-{tag}.whl"
    with zipfile.ZipFile(path, "w") as archive:
        # Without the date of today.
        inner = zipfile.ZipInfo(f"{stem}.dist-info/METADATA")
        archive.writestr(inner, metadata_of(name, version, requires))
    return path


def write_needed(folder: Path, **versions: str) -> Path:
    """Write the wheels that a Raspberry Pi needs; return the folder."""
    folder.mkdir(exist_ok=True)
    for name, version in {**NEEDED, **versions}.items():
        write_wheel(folder, name, version)
    return folder


def write_own(folder: Path) -> Path:
    """Write what stands for our own wheel; it requires all that a Raspberry Pi needs."""
    names = [name.replace("_", "-") for name in NEEDED if name != "pip"]
    return write_wheel(folder, "crack-edge", __version__, names)


class Index:
    """An index of packages: downloads the newest wheel of each requirement, and remembers."""

    def __init__(self, *wheels: tuple[str, str, Sequence[str]]) -> None:
        self._wheels = wheels
        self.asked: list[str] = []

    def fetch(self, requirements: Sequence[str], folder: Path, platform: Platform) -> None:
        found = []
        for text in requirements:
            self.asked.append(text)
            one = Requirement(text)
            fitting = [
                wheel
                for wheel in self._wheels
                if wheel[0] == one.name and one.specifier.contains(wheel[1])
            ]
            if not fitting:
                raise NoWheelError(f"{text}: not in the index", one.name)
            found.append(max(fitting, key=lambda wheel: tuple(map(int, wheel[1].split(".")))))
        # As pip does: all or none.
        for name, version, requires in found:
            write_wheel(folder, name, version, requires)
