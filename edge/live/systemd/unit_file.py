"""A systemd unit that keeps a live watch running with as few rights as it can do with.

systemd reads three spellings, and each kind of line has its own: a command's words, lists of paths,
and plain text. What cannot be spelled safely is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import PurePath, PurePosixPath
from typing import Literal

from edge.files.errors import InputError
from edge.live.sources.source_kind import SourceKind

NetworkUse = Literal["none", "loopback", "any"]

# What DynamicUser= may keep; systemd makes it and gives it to the service's user.
STATE_FOLDER = PurePosixPath("/var/lib/crack-edge")
# The unit hides these; what the service reads there is bound into its own view of them.
_HIDDEN = tuple(map(PurePosixPath, ("/home", "/root", "/run/user", "/tmp", "/var/tmp")))
_HOMES = _HIDDEN[:3]

_PLAIN_WORD = re.compile(r"[\w@+=:,./-]+", re.ASCII)
_IN_PATHS = re.compile(r"[\"'\\:]")

HOW_TO_INSTALL = """\
# Written by crack-edge live --print-service. To install it, save it as crack-edge.service, then:
#   sudo cp crack-edge.service /etc/systemd/system/
#   sudo systemctl daemon-reload
#   sudo systemctl enable --now crack-edge
# Status and log: systemctl status crack-edge; journalctl -u crack-edge
# Reopen source and sinks: sudo systemctl reload crack-edge
"""


@dataclass(frozen=True)
class Credential:
    """A file that systemd reads as root and hands to the service alone.

    Attributes:
        name: in the service's folder of credentials.
        path: of the file, absolute.
    """

    name: str
    path: PurePath


@dataclass(frozen=True)
class Unit:
    """What a service is made of.

    Attributes:
        title: what it looks at, without passwords.
        command: program and arguments; a credential stands for the path that the service sees.
        source: kind of source: what devices it needs.
        network: whom it talks to.
        reads: files and folders that it reads, absolute.
        record: folder that it writes, absolute.
        user: who runs it; None for a user that systemd makes up.
        head: comments before all else.
    """

    title: str
    command: Sequence[str | Credential]
    source: SourceKind
    network: NetworkUse
    reads: Sequence[PurePath] = ()
    record: PurePath | None = None
    user: str | None = None
    head: str = HOW_TO_INSTALL


def write_unit(unit: Unit) -> str:
    """Return the text of the unit file.

    Raises:
        InputError: something that systemd cannot be told safely, or a folder that its user could
            not write.
    """
    parts = (
        [unit.head, "[Unit]", *_unit_lines(unit), "", "[Service]", *_service_lines(unit)],
        ["", "# User, and what it may write."],
        _user_lines(unit),
        ["", "# Devices."],
        _device_lines(unit.source),
        ["", "# Network."],
        _network_lines(unit),
        ["", *_HARDENING],
        ["", "[Install]", "WantedBy=multi-user.target", ""],
    )
    return "\n".join(line for part in parts for line in part)


def quote_word(text: str) -> str:
    r"""Spell a word of a command: spaces, quotes, ``\``, ``%`` and ``$`` mean themselves.

    Raises:
        InputError: a character that does not print.
    """
    text = _require_printable(text).replace("%", "%%").replace("$", "$$")
    if _PLAIN_WORD.fullmatch(text):
        return text
    text = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{text}"'


def quote_path(path: PurePath) -> str:
    """Spell a path for a list of paths.

    Raises:
        InputError: a character that such lists cannot hold.
    """
    text = _require_printable(str(path))
    if _IN_PATHS.search(text):
        raise InputError(f"{text}: a unit file cannot hold a path with a quote, colon or backslash")
    text = text.replace("%", "%%")
    return f'"{text}"' if " " in text else text


def _plain(text: str) -> str:
    """Spell text that is the rest of a line."""
    text = _require_printable(text).replace("%", "%%")
    if text != text.strip() or text.endswith("\\"):
        raise InputError(f"{text!r}: a unit file cannot hold a space or backslash at the end")
    return text


def _require_printable(text: str) -> str:
    if not text.isprintable():
        raise InputError(f"{text!r}: a unit file cannot hold characters that do not print")
    return text


def _unit_lines(unit: Unit) -> list[str]:
    lines = [f"Description=crack-edge live, {_plain(unit.title)}"]
    wanted = ["network-online.target"] if unit.network == "any" else []
    if unit.source in ("camera", "picamera"):
        # Without the module at hand the rule for its devices would be empty, and stay so.
        lines.append(
            "# DeviceAllow below needs the kernel module videodev, even with no camera plugged in."
        )
        wanted.append("modprobe@videodev.service")
    if wanted:
        lines += [f"Wants={' '.join(wanted)}", f"After={' '.join(wanted)}"]
    if unit.record and unit.user:
        lines.append(f"RequiresMountsFor={quote_path(unit.record)}")
    return [
        *lines,
        "# It runs unattended for weeks: systemd never gives up restarting it.",
        _NO_LIMIT,
    ]


_NO_LIMIT = "StartLimitIntervalSec=0"


def _service_lines(unit: Unit) -> list[str]:
    program, *words = unit.command
    if not isinstance(program, str) or "$" in program or not program.startswith("/"):
        raise InputError(f"{program}: expected the absolute path of a program, without a $")
    credentials = [word for word in words if isinstance(word, Credential)]
    spelled = [quote_word(program), *map(_spell, words)]
    return [
        "Type=notify",
        "NotifyAccess=main",
        f"ExecStart={' '.join(spelled)}",
        "ExecReload=/bin/kill -HUP $MAINPID",
        *(f"LoadCredential={one.name}:{_plain(str(one.path))}" for one in credentials),
        *_RUNNING,
    ]


def _spell(word: str | Credential) -> str:
    if isinstance(word, Credential):
        return f"${{CREDENTIALS_DIRECTORY}}/{word.name}"
    return quote_word(word)


def _user_lines(unit: Unit) -> list[str]:
    lines = [f"User={_plain(unit.user)}"] if unit.user else ["DynamicUser=yes"]
    if unit.record is None:
        lines.append("# It writes no files.")
    elif _is_in(unit.record, [STATE_FOLDER]):
        lines += [f"StateDirectory={STATE_FOLDER.name}", "StateDirectoryMode=0750"]
    elif unit.user is None:
        raise InputError(
            f"--record {unit.record}: the user that systemd creates can write only in "
            f"{STATE_FOLDER}; choose a folder there, or add --user with the folder's owner"
        )
    else:
        lines.append(f"ReadWritePaths={quote_path(unit.record)}")
    bound = list(_outermost(path for path in unit.reads if _is_in(path, _HIDDEN)))
    record = [unit.record] if unit.record and _is_in(unit.record, _HIDDEN) else []
    needs_home = any(_is_in(path, _HOMES) for path in [*bound, *record])
    lines += [f"ProtectHome={'tmpfs' if needs_home else 'yes'}", "PrivateTmp=yes"]
    lines += [f"BindReadOnlyPaths={quote_path(path)}" for path in bound]
    lines += [f"BindPaths={quote_path(path)}" for path in record]
    return [*lines, "ProtectSystem=strict", "UMask=0027"]


def _is_in(path: PurePath, folders: Iterable[PurePath]) -> bool:
    return any(folder == path or folder in path.parents for folder in folders)


def _outermost(paths: Iterable[PurePath]) -> list[PurePath]:
    """Return the paths that lie in none of the others, each once."""
    unique = sorted(set(paths))
    return [path for path in unique if not _is_in(path, set(unique) - {path})]


def _device_lines(source: SourceKind) -> list[str]:
    if source not in ("camera", "picamera"):
        # With a user namespace of its own it could not open a camera by its group.
        return ["PrivateDevices=yes", "PrivateUsers=yes", "DevicePolicy=closed", *_NO_JIT]
    lines = ["SupplementaryGroups=video", "DevicePolicy=closed", "DeviceAllow=char-video4linux rw"]
    if source == "camera":
        return [*lines, *_NO_JIT]
    return [*lines, "DeviceAllow=char-media rw", "DeviceAllow=char-dma_heap rw"]


# Tried with LiteRT and OpenCV; libcamera's modules were not.
_NO_JIT = ["MemoryDenyWriteExecute=yes"]


def _network_lines(unit: Unit) -> list[str]:
    families = ["AF_UNIX"]
    if unit.network != "none":
        families += ["AF_INET", "AF_INET6"]
    if unit.source == "picamera":
        # libcamera hears of cameras from udev.
        families.append("AF_NETLINK")
    lines = [f"RestrictAddressFamilies={' '.join(families)}"]
    if unit.network == "none":
        return [*lines, "PrivateNetwork=yes", "IPAddressDeny=any"]
    if unit.network == "loopback":
        return [*lines, "IPAddressDeny=any", "IPAddressAllow=localhost"]
    return lines


_RUNNING = (
    "# The watch loop itself reports that it is alive; opening a model may take a while.",
    "WatchdogSec=30",
    "TimeoutStartSec=120",
    "TimeoutStopSec=10",
    "# Exit code 0 is the end of a video. A restart does not cure 2 (wrong settings) or 3",
    "# (this machine lacks something, or the model is damaged or gives wrong scores).",
    "Restart=on-failure",
    "RestartSec=5",
    "RestartPreventExitStatus=2 3",
    "# A memory leak ends the service, not the machine.",
    "MemoryMax=75%",
    "TasksMax=256",
)
_HARDENING = (
    "# It needs nothing else. ProcSubset=pid is left out on purpose: it hides /proc/cpuinfo",
    "# and /proc/meminfo from the model's runtime, which then runs slowly.",
    "NoNewPrivileges=yes",
    "CapabilityBoundingSet=",
    "AmbientCapabilities=",
    "ProtectProc=invisible",
    "ProtectKernelTunables=yes",
    "ProtectKernelModules=yes",
    "ProtectKernelLogs=yes",
    "ProtectControlGroups=yes",
    "ProtectClock=yes",
    "ProtectHostname=yes",
    "RestrictNamespaces=yes",
    "RestrictRealtime=yes",
    "RestrictSUIDSGID=yes",
    "LockPersonality=yes",
    "RemoveIPC=yes",
    "KeyringMode=private",
    "SystemCallArchitectures=native",
    "SystemCallFilter=@system-service",
    "SystemCallFilter=~@privileged @resources",
    "SystemCallErrorNumber=EPERM",
)
