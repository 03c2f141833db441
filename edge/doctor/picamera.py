"""picamera2, which drives the Raspberry Pi's own camera: it comes from apt, not from pip.

It is imported in a process of its own, so that a broken native module cannot end the doctor.
"""

from __future__ import annotations

import json
import re
import shlex
from dataclasses import dataclass
from pathlib import Path

from edge.doctor.check import DISTRIBUTION, NUMPY_1, Check, parse_version
from edge.doctor.host import HostPlatform
from edge.doctor.subprocess_probe import Run

_IMPORTED = "picamera2 is imported"
_PROGRAM = f"""
import picamera2
print("{_IMPORTED}", flush=True)
from edge.live.sources.picamera import list_pi_cameras
print(json.dumps(list_pi_cameras()))
"""
# What modules say that were built for another numpy than the one they find.
_OTHER_NUMPY = re.compile(
    r"numpy\.\w+ size changed|compiled using NumPy 1|multiarray failed to import|_ARRAY_API"
)
_APT = "sudo apt install -y python3-picamera2"


@dataclass(frozen=True)
class PicameraProbe:
    """What came of importing picamera2.

    Attributes:
        cameras: models of the Raspberry Pi's own cameras; None if they cannot be listed.
        error: why it cannot be imported, or its cameras not listed; None if all went well.
        is_imported: whether the import went well.
        wants_numpy: whether it was built for another numpy.
    """

    cameras: tuple[str, ...] | None
    error: str | None = None
    is_imported: bool = True
    wants_numpy: bool = False


def try_picamera2(run: Run) -> PicameraProbe:
    """Import picamera2 in a Python of its own, and list the cameras that it knows.

    Args:
        run: runs a program with its arguments.
    """
    result = run(_PROGRAM, ())
    if result.error is None:
        return PicameraProbe(tuple(json.loads(result.answer)))
    is_imported = _IMPORTED in result.out.splitlines()
    return PicameraProbe(None, result.error, is_imported, bool(_OTHER_NUMPY.search(result.err)))


def check_picamera2(
    probe: PicameraProbe | None,
    platform: HostPlatform,
    *,
    version: str | None,
    numpy: str | None,
    is_in_apt: bool,
    is_pi: bool,
) -> Check | None:
    """Say whether the Raspberry Pi's own camera can be driven; None where nobody would ask.

    Args:
        probe: what came of importing it; None if this Python does not find it.
        platform: of the running Python.
        version: of picamera2, None where pip does not know it.
        numpy: version of numpy.
        is_in_apt: whether apt has installed it.
        is_pi: whether the board is a Raspberry Pi.
    """
    name = "picamera2"
    facts = {"version": version, "is_in_apt": is_in_apt, "is_found": probe is not None}
    if probe is None:
        if not is_pi and not is_in_apt:
            return None
        if is_in_apt:
            found = "installed by apt, but this environment does not see it"
            return Check(name, "optional", found, _open_environment(platform), facts)
        remedy = _APT if platform.sees_apt else f"{_APT}, then {_open_environment(platform)}"
        remedy = f"for the Raspberry Pi's own camera: {remedy}"
        return Check(name, "optional", "not installed", remedy, facts)
    if probe.error is None:
        return Check(name, "ok", version or "can be imported", facts=facts)
    facts["error"] = probe.error
    shown = f"{version} " if version else ""
    if probe.is_imported:
        found = f"{shown}cannot list its cameras ({probe.error})"
        remedy = "check that rpicam-hello --list-cameras works; if not: sudo apt full-upgrade"
        return Check(name, "warning", found, remedy, facts)
    found = f"{shown}cannot be imported ({probe.error})"
    return Check(name, "warning", found, _mend_import(probe, platform, numpy), facts)


def _mend_import(probe: PicameraProbe, platform: HostPlatform, numpy: str | None) -> str:
    if probe.wants_numpy:
        # Debian 12's simplejpeg was built against numpy 1, and pip brings numpy 2.
        is_too_new = numpy is not None and parse_version(numpy) >= (2,)
        return NUMPY_1 if is_too_new else "pip install --upgrade numpy"
    if not platform.sees_apt:
        # Without libcamera, which only apt has.
        own = "this one is from pip and lacks libcamera: pip uninstall --yes picamera2"
        return f"{own}, {_APT}, then {_open_environment(platform)}"
    return (
        "sudo apt update && sudo apt full-upgrade, then sudo apt install --reinstall "
        "python3-picamera2 python3-libcamera"
    )


def _open_environment(platform: HostPlatform) -> str:
    """Return how an environment comes to see what apt installed."""
    make = "/usr/bin/python3 -m venv --system-site-packages"
    is_made_of_it = platform.base_prefix == Path("/usr")
    if is_made_of_it and platform.prefix != platform.base_prefix:
        return f"{make} {shlex.quote(str(platform.prefix))} (keeps what is installed there)"
    return (
        f"{make} DIR, and install {DISTRIBUTION} there: only the system's Python sees apt's modules"
    )
