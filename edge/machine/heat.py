"""How hot the processor is, and what holds it back now or did so since the machine began."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from edge.machine.procfs import read_fact

# Two of the words for what holds a processor back: of a weak supply, and of heat alone.
UNDER_VOLTAGE = "under-voltage"
TOO_HOT = "soft temperature limit"

_ROOT = Path("/")
# Zones of the processor: cpu-thermal (Raspberry Pi, most ARM boards), soc-thermal, bigcore0-thermal
# (Rockchip), CPU-therm (Jetson), x86_pkg_temp, acpitz. Others are of modems, batteries, chargers.
_ZONES = re.compile(r"cpu|soc|core|pkg|package|acpitz", re.IGNORECASE)
# Its sensors where there is no zone.
_CHIPS = {"coretemp", "k10temp", "zenpower", "cpu_thermal"}
# A driver without a reading gives 0 K, or the largest number that it has.
_SANE_C = (-40.0, 150.0)
# The firmware's word, on all Raspberry Pi; the folder's name differs between 4 and 5.
_FIRMWARE = (
    "sys/devices/platform/soc/soc:firmware/get_throttled",
    "sys/devices/platform/soc*/soc*:firmware/get_throttled",
    "sys/bus/platform/drivers/raspberrypi-firmware/*/get_throttled",
)
# The lowest bits of get_throttled mean now; the same ones from 16 on mean at some time since boot.
_LIMITS = (UNDER_VOLTAGE, "frequency capped", "throttled", TOO_HOT)
_SINCE_BOOT = 16
_VCGENCMD_S = 2.0


@dataclass(frozen=True)
class Limits:
    """What the firmware of a Raspberry Pi says about what holds the processor back.

    Attributes:
        now: at this moment.
        since_boot: at some time since the machine began, now included.
    """

    now: tuple[str, ...] = ()
    since_boot: tuple[str, ...] = ()


def read_heat(
    root: Path = _ROOT, *, ask_firmware: Callable[[], str | None] | None = None
) -> tuple[float | None, tuple[str, ...]]:
    """Return the temperature of the hottest sensor, °C, and what holds the processor back now.

    Args:
        root: below which ``/sys`` is looked for.
        ask_firmware: gives ``throttled=0x...`` where ``/sys`` does not say it.
    """
    limits = read_limits(root, ask_firmware=ask_firmware) or Limits()
    return max(_read_temperatures(root), default=None), limits.now


def read_limits(
    root: Path = _ROOT, *, ask_firmware: Callable[[], str | None] | None = None
) -> Limits | None:
    """Return what holds the processor back, and what did; None where nobody says it.

    Args:
        root: below which ``/sys`` is looked for.
        ask_firmware: gives ``throttled=0x...`` where ``/sys`` does not say it.
    """
    files = (file for name in _FIRMWARE for file in root.glob(name))
    text = next(filter(None, map(read_fact, files)), "")
    if not text and ask_firmware:
        text = ask_firmware() or ""
    found = re.fullmatch(r"(?:throttled=)?(?:0x)?([0-9a-fA-F]{1,8})", text.strip())
    if found is None:
        return None
    bits = int(found[1], 16)
    return Limits(_name_limits(bits), _name_limits(bits >> _SINCE_BOOT))


def _read_temperatures(root: Path) -> list[float]:
    thermal, sensors = root / "sys/class/thermal", root / "sys/class/hwmon"
    zones = (
        zone for zone in thermal.glob("thermal_zone*") if _ZONES.search(read_fact(zone / "type"))
    )
    chips = (chip for chip in sensors.glob("hwmon*") if read_fact(chip / "name") in _CHIPS)
    found = [_read_c(zone / "temp") for zone in zones]
    found = found or [_read_c(file) for chip in chips for file in chip.glob("temp*_input")]
    return [value for value in found if value is not None]


def _read_c(file: Path) -> float | None:
    text = read_fact(file)
    if not re.fullmatch(r"-?\d{1,9}", text, re.ASCII):
        return None
    value = int(text) / 1000
    return value if _SANE_C[0] < value < _SANE_C[1] else None


def _name_limits(bits: int) -> tuple[str, ...]:
    return tuple(limit for bit, limit in enumerate(_LIMITS) if bits >> bit & 1)


class Vcgencmd:
    """The Raspberry Pi's own program, where there is one. If it fails, it is not asked again."""

    def __init__(self, program: str | None = None) -> None:
        """Look for the program; it is not called yet.

        Args:
            program: path of it; None for the one that the system finds.
        """
        self._program = program or shutil.which("vcgencmd")

    def __call__(self) -> str | None:
        """Return its answer, such as ``throttled=0x50005``; None if it has none."""
        if self._program is None:
            return None
        command = [self._program, "get_throttled"]
        try:
            done = subprocess.run(
                command, capture_output=True, text=True, timeout=_VCGENCMD_S, check=True
            )
        except (OSError, subprocess.SubprocessError, UnicodeDecodeError):
            self._program = None
            return None
        return done.stdout.strip()
