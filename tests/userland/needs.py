"""What this machine lacks to make an emulated userland. Needs Python's own library only.

``python tests/userland/needs.py`` says it and ends with 1; with 0 if there is nothing.
"""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

BINFMT = Path("/proc/sys/fs/binfmt_misc")
_MOUNTS = Path("/proc/self/mounts")
# Program -> the package of Debian that brings it.
_PROGRAMS = {
    "debootstrap": "debootstrap",
    "dpkg-deb": "dpkg",
    "unshare": "util-linux",
    "nsenter": "util-linux",
    "setpriv": "util-linux",
}


def find_lacking() -> list[str]:
    """Return what is missing, each with what to do."""
    return list(_find_lacking())


def _find_lacking() -> Iterator[str]:
    machine = f"{platform.system()} on {platform.machine()}"
    if machine != "Linux on x86_64":
        yield f"this is {machine}; the emulated userland is made on Linux on x86_64"
        return
    if os.geteuid() != 0:
        yield "it must be root who makes it: chroot, namespaces and binfmt_misc are root's"
    packages = {package for name, package in _PROGRAMS.items() if not shutil.which(name)}
    if packages:
        yield f"programs are missing: apt install {' '.join(sorted(packages))}"
    if not BINFMT.is_dir():
        yield "the kernel has no binfmt_misc: modprobe binfmt_misc"
    if not any(line.split()[2] == "cgroup2" for line in _MOUNTS.read_text().splitlines()):
        yield "control groups of version 2 are not mounted: mount -t cgroup2 cgroup2 DIR"
    if shutil.which("unshare") and not _can_mount():
        yield "mounts in namespaces of one's own are refused, as in a container without privileges"


def _can_mount() -> bool:
    apart = ["--mount", "--pid", "--net", "--uts", "--ipc", "--cgroup", "--fork"]
    command = ["unshare", *apart, "mount", "-t", "tmpfs", "tmpfs", "/mnt"]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


if __name__ == "__main__":
    sys.exit("\n".join(f"no emulated userland here: {line}" for line in find_lacking()) or 0)
