"""Machines that the doctor's tests make up: their Python, their distributions, their processes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from edge.doctor.host import HostPlatform
from edge.doctor.subprocess_probe import ProbeResult, Run

FINE = ProbeResult(0, "done\n")


def make_platform(**changes: Any) -> HostPlatform:
    """Return what Python says of itself in an environment on a 64-bit Raspberry Pi OS."""
    facts: dict[str, Any] = {
        "system": "Linux",
        "release": "6.12.47+rpt-rpi-v8",
        "machine": "aarch64",
        "is_64_bit": True,
        "python": (3, 11, 2),
        "prefix": Path("/home/pi/.venv"),
        "base_prefix": Path("/usr"),
        "sees_apt": False,
    }
    return HostPlatform(**facts | changes)


def installed(**versions: str) -> Callable[[str], str | None]:
    """Return a lookup over distributions, written with _ for -."""
    return {name.replace("_", "-"): version for name, version in versions.items()}.get


def ends(result: ProbeResult) -> Run:
    """Return a runner whose programs all end in one way."""

    def run(program: str, arguments: Sequence[str]) -> ProbeResult:
        return result

    return run


def never(program: str, arguments: Sequence[str]) -> ProbeResult:
    """Run nothing: what calls it should not."""
    raise AssertionError(program)


def write_files(root: Path, files: dict[str, str]) -> Path:
    """Write files below a root, and return it."""
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return root
