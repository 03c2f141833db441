"""The Python that runs, and the system it was made for: what decides which packages fit."""

from __future__ import annotations

import platform
import sys
from dataclasses import dataclass
from pathlib import Path

# Where Debian's packages of Python modules lie, those of the Raspberry Pi's camera too.
APT_PACKAGES = Path("usr/lib/python3/dist-packages")

# Machines for which ai-edge-litert has wheels; the marker in setup.cfg says the same.
_LITERT_MACHINES = {
    ("Linux", "x86_64"),
    ("Linux", "aarch64"),
    ("Darwin", "arm64"),
    ("Windows", "AMD64"),
}
_64_BIT_ARM = ("aarch64", "arm64", "ARM64")
# tflite-runtime stops there, and has wheels of 32 bits for these alone.
_NEWEST_TFLITE_PYTHON = (3, 11)
_TFLITE_32_BIT = ("armv7l", "armv8l", "aarch64")


@dataclass(frozen=True)
class HostPlatform:
    """The platform of the running Python.

    Attributes:
        system: such as Linux, as ``platform.system()`` says.
        release: of its kernel.
        machine: of the kernel, such as aarch64, as ``platform.machine()`` says.
        is_64_bit: whether Python itself has 64 bits; its kernel can have more.
        python: version.
        prefix: of the environment.
        base_prefix: of the Python that it was made with.
        sees_apt: whether modules that apt installed can be imported.
    """

    system: str
    release: str
    machine: str
    is_64_bit: bool
    python: tuple[int, int, int]
    prefix: Path
    base_prefix: Path
    sees_apt: bool

    @property
    def fits_litert(self) -> bool:
        """Return whether ai-edge-litert has a wheel. Pip's markers know the kernel's bits only."""
        return self.is_64_bit and (self.system, self.machine) in _LITERT_MACHINES

    @property
    def is_32_bit_arm(self) -> bool:
        """Return whether Python is one of 32 bits for ARM, whatever its kernel is."""
        is_arm = self.machine.startswith("arm") or self.machine in _64_BIT_ARM
        return is_arm and not self.is_64_bit

    @property
    def fits_tflite_runtime(self) -> bool:
        """Return whether tflite-runtime has a wheel where ai-edge-litert has none."""
        is_known = self.system == "Linux" and self.machine in _TFLITE_32_BIT
        return is_known and self.is_32_bit_arm and self.python[:2] <= _NEWEST_TFLITE_PYTHON


def read_host_platform() -> HostPlatform:
    """Return the platform of this Python."""
    return HostPlatform(
        system=platform.system(),
        release=platform.release(),
        machine=platform.machine(),
        is_64_bit=sys.maxsize > 1 << 32,
        python=sys.version_info[:3],
        prefix=Path(sys.prefix),
        base_prefix=Path(sys.base_prefix),
        sees_apt=str(Path("/") / APT_PACKAGES) in sys.path,
    )
