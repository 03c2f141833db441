"""The video devices of Linux: which there are, and which of them are cameras."""

from __future__ import annotations

import os
import re
import struct
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

# VIDIOC_QUERYCAP of linux/videodev2.h, and what it fills: driver, card, bus, version, what the
# whole device can do, what this node can do, and three words for later.
_QUERYCAP = 0x80685600
_ANSWER = struct.Struct("16s32s32s3I3I")
_CAPTURES = 0x1
_CAPTURES_MULTIPLANAR = 0x1000
_MEMORY_TO_MEMORY = 0x4000 | 0x8000
_SAYS_OF_NODE = 0x80000000
# Parts of the Raspberry Pi's camera and coders: raw sensor data, or no camera at all.
_OF_THE_PI = ("bcm2835", "unicam", "rp1-cfe", "pispbe", "rpi")
_NODE = re.compile(r"video(\d+)")
_ROOT = Path("/")


@dataclass(frozen=True)
class Abilities:
    """What a driver says of a device.

    Attributes:
        driver: its name, such as uvcvideo.
        captures: pictures come out of it.
    """

    driver: str
    captures: bool


@dataclass(frozen=True)
class VideoDevice:
    """A device with a /dev/videoN.

    Attributes:
        path: the device.
        name: of the camera, as it says itself.
        driver: of the kernel; None if the device cannot be asked.
        captures: whether a USB camera or the like gives pictures here; None if not known.
        obstacle: why it is not a source; None if it is one, as far as is known.
    """

    path: Path
    name: str
    driver: str | None
    captures: bool | None
    obstacle: str | None


def list_devices(
    *, root: Path = _ROOT, query: Callable[[Path], Abilities | None] | None = None
) -> list[VideoDevice]:
    """List the video devices in the order of their numbers.

    Args:
        root: below which ``/sys`` and ``/dev`` are looked for.
        query: asks a device; returns None where it cannot be opened or gives no answer.
    """
    folder = root / "sys/class/video4linux"
    names = [path.name for path in folder.iterdir()] if folder.is_dir() else []
    numbers = sorted(int(node[1]) for name in names if (node := _NODE.fullmatch(name)))
    return [_examine(root, number, query or query_device) for number in numbers]


def query_device(path: Path) -> Abilities | None:
    """Ask a device what it is; None where it cannot be opened or gives no answer."""
    if sys.platform == "win32":
        return None
    import fcntl

    try:
        handle = os.open(path, os.O_RDWR | os.O_NONBLOCK)
    except OSError:
        return None
    try:
        return read_abilities(fcntl.ioctl(handle, _QUERYCAP, bytes(_ANSWER.size)))
    except OSError:
        return None
    finally:
        os.close(handle)


def read_abilities(answer: bytes) -> Abilities:
    """Return what the bytes of VIDIOC_QUERYCAP say."""
    driver, _, _, _, of_device, of_node, *_ = _ANSWER.unpack(answer)
    can = of_node if of_device & _SAYS_OF_NODE else of_device
    captures = bool(can & (_CAPTURES | _CAPTURES_MULTIPLANAR)) and not can & _MEMORY_TO_MEMORY
    return Abilities(driver.split(b"\0")[0].decode(errors="replace"), captures)


def _examine(root: Path, number: int, query: Callable[[Path], Abilities | None]) -> VideoDevice:
    folder = root / f"sys/class/video4linux/video{number}"
    path = root / f"dev/video{number}"
    name = _read_line(folder / "name") or "unknown"
    abilities = query(path)
    if abilities is not None:
        obstacle = _find_obstacle(abilities)
        return VideoDevice(path, name, abilities.driver, abilities.captures, obstacle)
    if not path.exists():
        obstacle = "is not visible here; in a container, start it with docker run --device"
    elif not os.access(path, os.R_OK | os.W_OK):
        obstacle = (
            "cannot be opened by this user; run sudo usermod -aG video $USER, then log in again"
        )
    elif _read_line(folder / "index") not in (None, "0"):
        obstacle = "is not the first node of its camera"
    else:
        obstacle = None
    return VideoDevice(path, name, None, None, obstacle)


def _find_obstacle(abilities: Abilities) -> str | None:
    if abilities.driver.startswith(_OF_THE_PI):
        return "belongs to the Raspberry Pi's own camera or codec; use --source picamera"
    return None if abilities.captures else "gives no pictures (camera metadata or a codec)"


def _read_line(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return None
