"""What stands for a device where `install.sh` runs: a folder for its paths, and its programs."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import time
from pathlib import Path

_PATIENCE_S = 60

# Answers as a Debian Python would; all else is done by the real one.
_PYTHON = r"""#!/bin/sh
case "$*" in
    *"-m venv"*)
        for folder in "$@"; do :; done
        echo "venv $*" >>"$FAKES/log"
        mkdir -p "$folder/bin"
        echo "command = venv $folder" >"$folder/pyvenv.cfg"
        cp "$0" "$folder/bin/python"
        ;;
    *"/pip --isolated install"*)
        echo "pip $*" >>"$FAKES/log"
        [ ! -e "$FAKES/pip-fails" ] || { echo "ERROR: no such package" >&2; exit 1; }
        folder=${0%/bin/python}
        printf '#!/bin/sh\n# made in %s/bin\necho version\n' "$folder" >"$folder/bin/crack-edge"
        chmod +x "$folder/bin/crack-edge"
        ;;
    *"crack_edge doctor"*)
        echo "doctor $*" >>"$FAKES/log"
        [ ! -e "$FAKES/doctor-fails" ] || { echo "failed  runtime"; exit 3; }
        [ ! -e "$FAKES/doctor-hangs" ] || { touch "$FAKES/hangs"; exec sleep 60; }
        ;;
    *platform.machine*) echo "$(cat "$FAKES/machine") $(cat "$FAKES/python")" ;;
    *picamera2*) [ -e "$FAKES/picamera2" ] ;;
    *) exec "$REAL_PYTHON" -S "$@" ;;
esac
"""
_SYSTEMCTL = """#!/bin/sh
echo "systemctl $*" >>"$FAKES/log"
case $1 in
    is-active) cat "$FAKES/active" ;;
    restart) [ ! -e "$FAKES/restart-fails" ] || { rm "$FAKES/restart-fails"; exit 1; } ;;
esac
"""


class Device:
    """A device that has what a 64-bit Raspberry Pi OS bookworm has, until it is changed.

    Attributes:
        root: stands before all its paths.
        fakes: files that say what it has.
    """

    def __init__(self, folder: Path) -> None:
        self.root, self.fakes = folder / "root", folder / "fakes"
        programs = folder / "programs"
        for path in (self.fakes, programs, self.root / "usr/bin", self.root / "run/systemd/system"):
            path.mkdir(parents=True)
        for name, text in (
            ("python3", _PYTHON),
            ("systemctl", _SYSTEMCTL),
            ("dpkg", '#!/bin/sh\ncat "$FAKES/packages"\n'),
            ("id", '#!/bin/sh\ncat "$FAKES/user"\n'),
            ("df", '#!/bin/sh\necho head\necho "disk 9 9 $(cat "$FAKES/free") 1% /"\n'),
            # All of this machine's disks would take long.
            ("sync", '#!/bin/sh\necho sync >>"$FAKES/log"\n'),
        ):
            path = self.root / "usr/bin" / name if name == "python3" else programs / name
            path.write_text(text, encoding="utf-8")
            path.chmod(0o755)
        for name, text in (
            ("packages", "arm64"),
            ("machine", "aarch64 64"),
            ("python", "3.11"),
            ("user", "0"),
            ("free", "9000000"),
            ("active", "inactive"),
            ("log", ""),
        ):
            self.has(name, text)
        self._environ = {
            **os.environ,
            "PATH": f"{programs}:{os.environ['PATH']}",
            "FAKES": str(self.fakes),
            "REAL_PYTHON": sys.executable,
            "INSTALL_ROOT": str(self.root),
        }

    def has(self, name: str, text: str = "") -> None:
        """Say what the device has."""
        (self.fakes / name).write_text(text + "\n", encoding="utf-8")

    def install(self, bundle: Path, *words: str) -> subprocess.CompletedProcess[str]:
        """Run a bundle's install.sh, from another folder."""
        return subprocess.run(
            ["sh", str(bundle / "install.sh"), *words],
            cwd=self.root,
            env=self._environ,
            check=False,
            capture_output=True,
            text=True,
            timeout=_PATIENCE_S,
        )

    def hang(self, bundle: Path) -> subprocess.Popen[str]:
        """Start a bundle's install.sh; return when it hangs in the doctor, before the switch."""
        self.has("doctor-hangs")
        running = subprocess.Popen(
            ["sh", str(bundle / "install.sh")],
            env=self._environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        until = time.monotonic() + _PATIENCE_S
        while not (self.fakes / "hangs").exists() and time.monotonic() < until:
            time.sleep(0.02)
        (self.fakes / "doctor-hangs").unlink()
        return running

    def log(self) -> list[str]:
        """Return what was run since the last time."""
        lines = (self.fakes / "log").read_text(encoding="utf-8").split("\n")[:-1]
        self.has("log")
        return [line for line in lines if line]

    def files(self) -> dict[str, tuple[int, bytes]]:
        """Return mode and contents of all files that an installation could have touched."""
        found = {}
        for top in ("opt", "etc", "var"):
            for path in sorted((self.root / top).rglob("*")):
                data = b"" if path.is_dir() else path.read_bytes()
                name = path.relative_to(self.root).as_posix()
                found[name] = (stat.S_IMODE(path.stat().st_mode), data)
        return found
