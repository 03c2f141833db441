"""Debian's QEMU for programs of another processor, and the kernel's word that it runs them.

It is that of trixie (QEMU 10), whatever the host's release is: version 7.2 of bookworm gives wrong
int8 scores on its default processor, and shows programs the host's ``/proc/cpuinfo``, at which
LiteRT crashes.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.userland.needs import BINFMT

_SUITE = "trixie"
# Architecture of Debian -> name of QEMU's program.
PROGRAMS = {"arm64": "qemu-aarch64", "armhf": "qemu-arm"}
# Fixed: opened now, so that it is found from within any root. With the credentials of what it runs,
# or sudo would stay nobody.
_FLAGS = "OCF"
_PREFIX = "crack-edge-"


def fetch_qemu(cache: Path) -> Path:
    """Return the folder of QEMU's programs; fetched, with Debian's signatures, where it is not."""
    folder = cache / f"qemu-{_SUITE}"
    if folder.is_dir():
        return folder / "usr/bin"
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache) as scratch:
        tree, unpacked = Path(scratch, "tree"), Path(scratch, "qemu")
        fetch = ["debootstrap", "--arch=amd64", "--variant=minbase", "--download-only"]
        subprocess.run([*fetch, "--include=qemu-user", _SUITE, tree], check=True)
        (package,) = (tree / "var/cache/apt/archives").glob("qemu-user_*.deb")
        subprocess.run(["dpkg-deb", "--extract", package, unpacked], check=True)
        shutil.move(unpacked, folder)
    return folder / "usr/bin"


def read_version(programs: Path) -> str:
    """Return QEMU's name and version."""
    command = [programs / PROGRAMS["arm64"], "--version"]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return said.splitlines()[0]


@contextmanager
def registered(programs: Path, architecture: str) -> Iterator[None]:
    """Let the kernel run programs of an architecture with QEMU while this lasts.

    Args:
        programs: folder of QEMU's.
        architecture: Debian's name of it.
    """
    program = PROGRAMS[architecture]
    _forget_killed_runs()
    # The newest entry wins, and each run has its own: others may be at work beside it.
    name = f"{_PREFIX}{program}-{os.getpid()}"
    rules = (programs.parent / f"share/qemu/binfmt.d/{program}.conf").read_text().strip()
    _, _, kind, offset, magic, mask, _, _ = rules.split(":")
    line = f":{name}:{kind}:{offset}:{magic}:{mask}:{programs / program}:{_FLAGS}"
    _tell_kernel("register", line)
    try:
        yield
    finally:
        _tell_kernel(name, "-1")


def _forget_killed_runs() -> None:
    for entry in BINFMT.glob(f"{_PREFIX}*"):
        if not Path("/proc", entry.name.rpartition("-")[2]).exists():
            _tell_kernel(entry.name, "-1")


def _tell_kernel(file: str, text: str) -> None:
    if not (BINFMT / "register").exists():
        # It stays: with the last mount all entries go, those of others too.
        subprocess.run(["mount", "-t", "binfmt_misc", "binfmt_misc", BINFMT], check=True)
    (BINFMT / file).write_text(text)
