"""The systems that a bundle can be made for: what Python, C library and processor they have.

pip evaluates the markers of requirements for the machine that it runs on, whatever platform it
downloads for. So what markers see on each system is written down here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from packaging.tags import Tag

# manylinux tags begin here; wheels for an older C library than 2.17 were never made for arm64.
_OLDEST_GLIBC = 17
_MACHINE = "aarch64"


@dataclass(frozen=True)
class Platform:
    """A system of 64-bit ARM with glibc 2 and Debian's own Python.

    Attributes:
        name: in the command line.
        system: for people.
        python: its version.
        glibc: minor version of its C library, 2.x.
        bounds_of_apt: requirements that keep what pip installs working with what apt did, for a
            service that uses both.
    """

    name: str
    system: str
    python: tuple[int, int, int]
    glibc: int
    bounds_of_apt: tuple[str, ...] = ()

    @property
    def python_minor(self) -> str:
        """Return the version of Python that wheels are made for, such as 3.11."""
        return f"{self.python[0]}.{self.python[1]}"

    @property
    def python_full(self) -> str:
        """Return the whole version of Python."""
        return ".".join(map(str, self.python))

    @property
    def abi(self) -> str:
        """Return the tag of Python's binary interface."""
        return f"cp{self.python[0]}{self.python[1]}"

    @property
    def tags(self) -> tuple[str, ...]:
        """Return the platform tags of wheels that run there, the best first."""
        manylinux = (
            f"manylinux_2_{minor}_{_MACHINE}" for minor in range(self.glibc, _OLDEST_GLIBC - 1, -1)
        )
        return (*manylinux, f"manylinux2014_{_MACHINE}", f"linux_{_MACHINE}")


# apt's simplejpeg, which picamera2 needs, was built against numpy 1 on bookworm and says
# "numpy.dtype size changed" to numpy 2; opencv 4.11 is the last that lives with numpy 1.
PLATFORMS = {
    platform.name: platform
    for platform in (
        Platform(
            name="pi-bookworm",
            system="64-bit Raspberry Pi OS bookworm",
            python=(3, 11, 2),
            glibc=36,
            bounds_of_apt=("numpy<2", "opencv-python-headless<4.12"),
        ),
        Platform(
            name="pi-trixie",
            system="64-bit Raspberry Pi OS trixie",
            python=(3, 13, 5),
            glibc=41,
        ),
    )
}


def marker_environment(platform: Platform) -> dict[str, str]:
    """Return what the markers of requirements see there (PEP 508).

    Kernel and its build are not the system's: they differ from device to device and are left empty.
    """
    return {
        "implementation_name": "cpython",
        "implementation_version": platform.python_full,
        "os_name": "posix",
        "platform_machine": _MACHINE,
        "platform_python_implementation": "CPython",
        "platform_release": "",
        "platform_system": "Linux",
        "platform_version": "",
        "python_full_version": platform.python_full,
        "python_version": platform.python_minor,
        "sys_platform": "linux",
    }


def fitting_tags(platform: Platform) -> tuple[Tag, ...]:
    """Return the tags of wheels that run there, the best first."""
    from packaging.tags import compatible_tags, cpython_tags

    version = platform.python[:2]
    own = cpython_tags(version, abis=[platform.abi], platforms=platform.tags)
    return (*own, *compatible_tags(version, platform.abi, platform.tags))
