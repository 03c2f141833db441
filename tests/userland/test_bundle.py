"""A bundle on a bare Raspberry Pi without a network: the README's commands, under real systemd."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from benchmarks.project.documents import README
from tests.userland.installation import PYTHON
from tests.userland.root import USER, Distribution
from tests.userland.userland import Userland

pytestmark = pytest.mark.device

_ARCHIVE = "pi.tar.gz"
_LONGEST_S, _PAUSE_S = 300.0, 3.0
# Of the unit these lines are not tried here. QEMU has a thread of its own, and the kernel gives no
# namespace of users to who has two. From version 253 on systemd makes namespaces of mounts by calls
# that QEMU does not know. What systemd does by seccomp and BPF, QEMU refuses, and systemd goes on.
_NO_MOUNTS = (
    *("DynamicUser=no", f"User={USER}", "PrivateDevices=no", "PrivateTmp=no"),
    *("ProtectControlGroups=no", "ProtectHome=no", "ProtectKernelLogs=no"),
    *("ProtectKernelModules=no", "ProtectKernelTunables=no", "ProtectProc=default"),
    "ProtectSystem=no",
)
_UNTRIED = {"bookworm": ("PrivateUsers=no",), "trixie": ("PrivateUsers=no", *_NO_MOUNTS)}
_UNIT = "/etc/systemd/system/crack-edge.service"
_STATE = """
import urllib.request
print(urllib.request.urlopen("http://127.0.0.1:8000/api/state", timeout=20).read().decode())
"""


def read_commands(where: str) -> list[str]:
    """Return the README's commands that are for the workstation, or for the Pi."""
    blocks = re.findall(rf"<!-- run: {where} -->\n```sh\n(.*?)```", README.read_text(), re.DOTALL)
    return [line for block in blocks for line in block.strip().splitlines()]


def make_bundle(folder: Path, line: str, distribution: Distribution, *more: str) -> Path:
    """Run the README's command for the workstation, for the system that is tested.

    The shipped model stands for the one that the README's user has trained.
    """
    line = line.replace("models/first.int8.tflite", "default")
    program, *words = line.replace("pi-bookworm", distribution.platform).split()
    assert program == "crack-edge"
    command = [sys.executable, "-m", "crack_edge", *words, *more]
    subprocess.run(command, cwd=folder, check=True)
    return folder / _ARCHIVE


@pytest.fixture(scope="module")
def pi(root: Path, distribution: Distribution, tmp_path_factory: Any) -> Iterator[Userland]:
    """Run a bare Pi: systemd, no network, the archive in the folder of its user."""
    (line,) = read_commands("workstation")
    archive = make_bundle(tmp_path_factory.mktemp("bundle"), line, distribution)
    with Userland(root, network=False, booted=True) as userland:
        shutil.copy(archive, userland.shared)
        userland.run("cp", f"/shared/{_ARCHIVE}", ".", user=USER)
        untried = "\n".join(["[Service]", *_UNTRIED[distribution.suite], ""])
        (userland.shared / "untried.conf").write_text(untried)
        userland.run(
            "install", "-D", "--mode=644", "/shared/untried.conf", f"{_UNIT}.d/untried.conf"
        )
        yield userland


def show_service(pi: Userland) -> dict[str, str]:
    names = "ActiveState,MainPID,NRestarts"
    lines = pi.run("systemctl", "show", f"--property={names}", "crack-edge").stdout.splitlines()
    return dict(line.split("=", 1) for line in lines)


def wait_for(pi: Userland, *words: str, until: str) -> str:
    """Run a command inside until it prints what is waited for."""
    end_s = time.monotonic() + _LONGEST_S
    while time.monotonic() < end_s:
        said = pi.run(*words, check=False).stdout
        if re.search(until, said):
            return said
        time.sleep(_PAUSE_S)
    journal = pi.run("journalctl", "--no-pager", "-n", "30", check=False).stdout
    pytest.fail(f"{words}: {said!r} has no {until!r}\n{journal}")


def test_six_commands_at_most_lead_from_a_bare_pi_to_a_running_service(pi: Userland) -> None:
    commands = read_commands("pi")
    assert 1 <= len(read_commands("workstation") + commands) <= 6
    for line in commands:
        pi.run("sh", "-c", line, user=USER)
    told = show_service(pi)
    assert (told["ActiveState"], told["NRestarts"]) == ("active", "0")
    (uid,) = re.findall(
        r"^Uid:\t(\d+)", pi.run("cat", f"/proc/{told['MainPID']}/status").stdout, re.M
    )
    assert int(uid) > 0


def test_the_service_starts_at_the_next_boot(pi: Userland) -> None:
    assert pi.run("systemctl", "is-enabled", "crack-edge").stdout == "enabled\n"


def test_systemd_understands_every_line_of_the_unit(pi: Userland) -> None:
    done = pi.run("systemd-analyze", "verify", "--recursive-errors=no", _UNIT)
    assert f"{_UNIT}:" not in done.stderr


def test_a_damaged_copy_is_refused_and_the_service_runs_on(pi: Userland) -> None:
    before = show_service(pi)
    pi.run("sh", "-c", "mkdir damaged && tar xzf pi.tar.gz -C damaged", user=USER)
    flip = (
        "import pathlib, sys; path = next(pathlib.Path().rglob('*.tflite'));"
        "data = bytearray(path.read_bytes()); data[len(data) // 2] ^= 1; path.write_bytes(data)"
    )
    pi.run("sh", "-c", 'cd damaged && python3 -c "$0"', flip, user=USER)
    done = pi.run("sudo", "sh", "damaged/crack-edge-bundle/install.sh", user=USER, check=False)
    assert done.returncode == 2
    assert "default.int8.tflite: FAILED" in done.stderr
    assert show_service(pi) == before


def test_a_new_bundle_replaces_the_service_which_then_finds_cracks(
    pi: Userland, distribution: Distribution, tmp_path: Path
) -> None:
    (line,) = read_commands("workstation")
    words = ("--view", "tile", "--roi", "center", "--max-fps", "2")
    line = line.replace("--source 0", "--source drawn")
    archive = make_bundle(tmp_path, line, distribution, *words)
    shutil.copy(archive, pi.shared / "new.tar.gz")
    pi.run("sh", "-c", "rm -rf crack-edge-bundle && tar xzf /shared/new.tar.gz", user=USER)
    pi.run("sudo", "sh", "crack-edge-bundle/install.sh", user=USER)
    state = json.loads(wait_for(pi, str(PYTHON), "-c", _STATE, until=r"\{"))
    assert state["model"] == "default"
    events = "/var/lib/crack-edge/events/events.jsonl"
    wait_for(pi, "cat", events, until='"phase":"begin"')
    told = show_service(pi)
    assert (told["ActiveState"], told["NRestarts"]) == ("active", "0")
