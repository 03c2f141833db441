"""Root file systems of Debian for other processors, made once and kept in a cache."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

# As on Raspberry Pi OS: a user who may use sudo without a password.
USER = "pi"
_SUDO = f"{USER} ALL=(ALL) NOPASSWD: ALL\n"


@dataclass(frozen=True)
class Distribution:
    """A userland of Debian, which Raspberry Pi OS is made of.

    Attributes:
        suite: name of the release.
        architecture: Debian's name of it.
        python: version that it has, two numbers.
        packages: beside the smallest system; no compiler is among them, and no pip.
    """

    suite: str
    architecture: str
    python: str
    packages: tuple[str, ...] = (
        *("python3", "ca-certificates", "dbus", "procps", "sudo", "systemd"),
    )

    @property
    def platform(self) -> str:
        """Return what ``crack-edge bundle`` calls it."""
        return f"pi-{self.suite}"


DISTRIBUTIONS = {
    "bookworm": Distribution("bookworm", "arm64", "3.11"),
    "trixie": Distribution("trixie", "arm64", "3.13"),
    # numpy and OpenCV have no wheels for 32 bits in the common registry; these are Debian's.
    "armhf": Distribution("bookworm", "armhf", "3.11", ("python3", "python3-opencv")),
}


def find_cache() -> Path:
    """Return the folder in which root file systems are kept, outside of the repository."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base, "crack-edge", "userland")


def make_root(distribution: Distribution, cache: Path) -> Path:
    """Return the root file system of a distribution; made where it is not kept yet.

    Programs of its processor must run already, as Debian's packages set themselves up.

    Args:
        distribution: which one.
        cache: folder of those that are kept. Nothing may write to one: put a layer above it.
    """
    recipe = json.dumps(asdict(distribution) | {"user": USER, "sudo": _SUDO}, sort_keys=True)
    key = hashlib.sha256(recipe.encode()).hexdigest()[:12]
    root = cache / f"{distribution.suite}-{distribution.architecture}-{key}"
    if root.is_dir():
        return root
    cache.mkdir(parents=True, exist_ok=True)
    # Under its name only when it is whole.
    scratch = Path(tempfile.mkdtemp(dir=cache))
    try:
        _fill(distribution, scratch / "root")
        (scratch / "root").rename(root)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return root


def _fill(distribution: Distribution, root: Path) -> None:
    words = [f"--arch={distribution.architecture}", "--variant=minbase"]
    words.append(f"--include={','.join(distribution.packages)}")
    subprocess.run(["debootstrap", *words, distribution.suite, root], check=True)
    shutil.rmtree(root / "var/cache/apt/archives", ignore_errors=True)
    add = ["useradd", "--create-home", "--groups", "sudo,video", "--shell", "/bin/sh", USER]
    subprocess.run(["chroot", root, *add], check=True)
    if "sudo" in distribution.packages:
        (root / "etc/sudoers.d/pi").write_text(_SUDO)
