"""A userland to run commands in: a root file system below a layer that is thrown away."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from types import TracebackType

from tests.userland.root import USER

# Of Raspberry Pi 2 (32 bits only), 3, 4 and 5; the last has the int8 dot product.
PI_2, PI_3, PI_4, PI_5 = "cortex-a7", "cortex-a53", "cortex-a72", "cortex-a76"
_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_LONGEST_S = 1800.0
# Told to pip inside too: a registry, certificates, times.
_KEPT_PREFIXES = ("PIP_", "SSL_CERT_", "REQUESTS_CA_")
# Namespaces live as long as their first process does: the last word of the script. The new root is
# moved to the top, since systemctl does not speak to systemd from within a chroot.
_HOLD = """\
set -eu
root=$1 below=$2 layer=$3 shared=$4
shift 4
mount --make-rprivate /
mount -t overlay overlay -o "lowerdir=$below,upperdir=$layer/upper,workdir=$layer/work" "$root"
mount -t proc proc "$root/proc"
mount -t sysfs -o ro sysfs "$root/sys"
mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup"
mount -t tmpfs -o mode=755 tmpfs "$root/dev"
for device in null zero full random urandom tty; do
    touch "$root/dev/$device"
    mount --bind "/dev/$device" "$root/dev/$device"
done
mkdir "$root/dev/shm" "$root/dev/pts"
mount -t tmpfs -o mode=1777 tmpfs "$root/dev/shm"
mount -t devpts -o newinstance,ptmxmode=0666,mode=620 devpts "$root/dev/pts"
ln -s pts/ptmx "$root/dev/ptmx"
mount -t tmpfs -o mode=1777 tmpfs "$root/tmp"
mount -t tmpfs -o mode=755 tmpfs "$root/run"
mkdir -p "$root/shared" "$root/etc/ssl/certs"
mount --bind "$shared" "$root/shared"
mount -o remount,bind,ro "$root/shared"
mount --bind /etc/ssl/certs "$root/etc/ssl/certs"
cp --remove-destination --dereference /etc/resolv.conf "$root/etc/resolv.conf"
hostname raspberrypi
echo raspberrypi > "$root/etc/hostname"
printf '127.0.0.1 localhost\n127.0.1.1 raspberrypi\n' > "$root/etc/hosts"
cd "$root"
pivot_root . mnt
umount --lazy /mnt
echo ready
exec "$@" < /dev/null > /dev/null 2>&1
"""
_SYSTEMD = ("env", "-i", "container=userland", f"PATH={_PATH}", "/lib/systemd/systemd")
_SLEEP = ("sleep", "infinity")
# Some units lack their device here: systemd calls that degraded, and waits for nothing any more.
_WAIT = """\
until systemctl is-system-running 2>/dev/null | grep --quiet -E '^(running|degraded)$'; do
    sleep 0.3
done
"""
# The kernel takes a moment to let go of the groups of processes that are gone.
_TRIES, _PAUSE_S = 50, 0.1


class Userland:
    """A running userland: what one command leaves, the next one finds; at the end all is gone.

    Attributes:
        shared: folder of the host that it sees as ``/shared``, read-only.
    """

    def __init__(self, root: Path, *, network: bool, booted: bool = False, cpu: str = PI_4) -> None:
        """Prepare it; it runs between ``with`` and its end.

        Args:
            root: root file system, which stays as it is.
            network: whether it has the host's; without, only one of its own that leads nowhere.
            booted: systemd runs as its first process, and starts what is enabled.
            cpu: QEMU's name of the processor, where a command is not given another one.
        """
        self._below = root
        self._network = network
        self._booted = booted
        self._cpu = cpu
        self._scratch = Path(tempfile.mkdtemp(prefix="crack-edge-userland-"))
        self._group = _unified_groups() / self._scratch.name
        self.shared = self._scratch / "shared"
        self._holder: subprocess.Popen[str] | None = None

    def __enter__(self) -> Userland:
        """Mount everything, in namespaces that no other process sees."""
        layer, root = self._scratch / "layer", self._scratch / "root"
        for folder in (layer / "upper", layer / "work", root, self.shared, self._group):
            folder.mkdir(parents=True)
        # The overlay's top folder is the root folder of all users inside.
        (layer / "upper").chmod(0o755)
        apart = ["--mount", "--pid", "--uts", "--ipc", "--cgroup"]
        apart += [] if self._network else ["--net"]
        first = _SYSTEMD if self._booted else _SLEEP
        hold = ["sh", "-c", _HOLD, "sh", root, self._below, layer, self.shared, *first]
        # It ends with this process, however that ends, and enters its control group first: systemd
        # inside makes its own ones below it.
        enter = ["setpriv", "--pdeathsig", "KILL"]
        enter += ["sh", "-c", 'echo $$ > "$1/cgroup.procs"; shift; exec "$@"', "sh", self._group]
        self._holder = subprocess.Popen(
            [*enter, "unshare", *apart, "--fork", "--kill-child", *hold],
            stdout=subprocess.PIPE,
            text=True,
            env=os.environ | {"QEMU_CPU": self._cpu},
        )
        assert self._holder.stdout is not None
        assert self._holder.stdout.readline() == "ready\n"
        if self._booted:
            self.run("sh", "-c", _WAIT)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End all processes in it, which unmounts everything."""
        assert self._holder is not None
        assert self._holder.stdout is not None
        self._holder.kill()
        self._holder.wait()
        self._holder.stdout.close()
        _remove_groups(self._group)
        shutil.rmtree(self._scratch, ignore_errors=True)

    def command(
        self,
        *words: str | Path,
        cpu: str | None = None,
        user: str = "root",
        environ: Mapping[str, str] | None = None,
    ) -> list[str | Path]:
        """Return the host's command that runs a command inside.

        Args:
            words: program and arguments, as they are inside.
            cpu: QEMU's name of the processor.
            user: who runs it.
            environ: more variables.
        """
        assert self._holder is not None
        # The holder's only child is the first process of the namespaces.
        children = Path(f"/proc/{self._holder.pid}/task/{self._holder.pid}/children")
        (first,) = children.read_text().split()
        home = f"/home/{user}" if user == USER else "/root"
        known = {"PATH": _PATH, "HOME": home, "LANG": "C.UTF-8"}
        if self._network:
            known |= {k: v for k, v in os.environ.items() if k.startswith(_KEPT_PREFIXES)}
        apart = ["--mount", "--pid", "--uts", "--ipc", "--cgroup"]
        apart += [] if self._network else ["--net"]
        known["QEMU_CPU"] = cpu or self._cpu
        variables = [f"{name}={value}" for name, value in (known | dict(environ or {})).items()]
        enter = ["env", f"QEMU_CPU={known['QEMU_CPU']}", "nsenter", f"--target={first}", *apart]
        # From its home, as a login does.
        login = ["sh", "-c", 'cd && exec "$@"', "sh"]
        become = ["chroot", f"--userspec={user}", "/"]
        return [*enter, "env", "-i", *variables, *become, *login, *words]

    def run(
        self,
        *words: str | Path,
        cpu: str | None = None,
        user: str = "root",
        environ: Mapping[str, str] | None = None,
        check: bool = True,
    ) -> subprocess.CompletedProcess[str]:
        """Run a command inside, to its end, see ``command``; it must end well if ``check``."""
        command = self.command(*words, cpu=cpu, user=user, environ=environ)
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=_LONGEST_S, check=False
        )
        if check:
            assert done.returncode == 0, f"{list(words)}\n{done.stdout}{done.stderr}"
        return done


def _remove_groups(top: Path) -> None:
    """Remove a control group and those that systemd made in it, the innermost first."""
    for _ in range(_TRIES):
        folders = [Path(folder) for folder, _, _ in os.walk(top, topdown=False)]
        if not folders:
            return
        for folder in folders:
            with suppress(OSError):
                folder.rmdir()
        time.sleep(_PAUSE_S)


def _unified_groups() -> Path:
    """Return where the host's control groups of version 2 are."""
    mounts = (line.split() for line in Path("/proc/self/mounts").read_text().splitlines())
    return next(Path(place) for _, place, kind, *_ in mounts if kind == "cgroup2")
