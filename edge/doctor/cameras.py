"""Which cameras there are, and whether this user may open them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from edge.doctor.check import Check
from edge.doctor.user import User
from edge.live.sources.devices import VideoDevice

# To which Linux distributions give the video devices.
_GROUP = "video"
_NETWORK = "use a network camera (--source rtsp://HOST/PATH)"


def check_cameras(
    devices: Sequence[VideoDevice],
    user: User,
    *,
    own: Sequence[str] | None,
    system: str,
    is_pi: bool,
    may_open: Callable[[Path], bool],
) -> Check:
    """Look for cameras that ``live`` can open.

    Args:
        devices: the video devices of Linux.
        user: who runs this.
        own: models of the Raspberry Pi's own cameras; None where picamera2 can't be asked.
        system: as ``platform.system()`` says.
        is_pi: whether the board is a Raspberry Pi.
        may_open: whether this process may read and write a device.
    """
    there = [device for device in devices if device.path.exists()]
    closed = [d for d in there if d.driver is None and not may_open(d.path)]
    cameras = [
        {"source": "picamera" if number == 0 else f"picamera:{number}", "name": model}
        for number, model in enumerate(own or ())
    ]
    cameras += [
        {"source": str(device.path), "name": device.name}
        for device in there
        if device.obstacle is None and device not in closed
    ]
    facts = {
        "cameras": cameras,
        "closed": [str(device.path) for device in closed],
        "others": [
            {"source": str(device.path), "name": device.name, "obstacle": device.obstacle}
            for device in devices
            if device.obstacle is not None
        ],
    }
    found = ", ".join(f"{camera['source']} ({camera['name']})" for camera in cameras)
    if closed:
        found = f"{found}; " if found else ""
        found += f"{user.name} may not open {_name_first(closed)}"
        return Check("cameras", "warning", found, _find_way_in(user, closed[0].path), facts)
    if cameras:
        return Check("cameras", "ok", found, facts=facts)
    found, hidden = "none found", [device for device in devices if not device.path.exists()]
    if hidden:
        found += f"; not visible here: {_name_first(hidden)}"
    remedy = _find_camera(system, hidden, asked=own is not None, is_pi=is_pi)
    return Check("cameras", "optional", found, remedy, facts)


def _name_first(devices: Sequence[VideoDevice]) -> str:
    more = f" and {len(devices) - 1} more" if len(devices) > 1 else ""
    return f"{devices[0].path} ({devices[0].name}){more}"


def _find_way_in(user: User, device: Path) -> str:
    if _GROUP in user.groups:
        return (
            f"check that ls -l {device} shows rw for the group {_GROUP}; in a container: "
            f"docker run --device {device} --group-add {_GROUP}"
        )
    if _GROUP in user.groups_at_login:
        return f"log out and in again: {user.name} joined the group {_GROUP} after logging in"
    return f"sudo usermod --append --groups {_GROUP} {user.name}, then log out and in again"


def _find_camera(system: str, hidden: Sequence[VideoDevice], *, asked: bool, is_pi: bool) -> str:
    if system != "Linux":
        return f"local cameras work on Linux only; {_NETWORK}"
    if hidden:
        return f"in a container: docker run --device {hidden[0].path}; or {_NETWORK}"
    usb = "plug in a USB camera"
    if not is_pi:
        return f"{usb}, or {_NETWORK}"
    ribbon = "rpicam-hello --list-cameras must show a ribbon camera (if not, reseat its cable)"
    return f"{usb}; {ribbon}" + ("" if asked else ", and picamera2 must work (see below)")
