"""What ``/proc/cpuinfo`` says of the processor, in the words of x86 and of ARM."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

# What makes int8 or float32 fast, in the words of the file. asimddp is ARM's dotprod.
FAST_FEATURES = (
    "avx2",
    "fma",
    "avx512f",
    "avx512_vnni",
    "avx_vnni",
    "amx_int8",
    "neon",
    "asimd",
    "asimddp",
    "i8mm",
    "sve",
    "sve2",
    "sme",
)
# Those that multiply int8 and add up in one step; of ARM, cores from Cortex-A55 and A75 on have it.
_INT8_DOT = {"avx512_vnni", "avx_vnni", "asimddp"}
# MIDR part numbers of ARM's own cores (implementer 0x41).
_ARM = "0x41"
_ARM_CORES = {
    0xC07: "Cortex-A7",
    0xC0F: "Cortex-A15",
    0xD03: "Cortex-A53",
    0xD04: "Cortex-A35",
    0xD05: "Cortex-A55",
    0xD07: "Cortex-A57",
    0xD08: "Cortex-A72",
    0xD09: "Cortex-A73",
    0xD0A: "Cortex-A75",
    0xD0B: "Cortex-A76",
    0xD0C: "Neoverse-N1",
    0xD0D: "Cortex-A77",
    0xD40: "Neoverse-V1",
    0xD41: "Cortex-A78",
    0xD42: "Cortex-A78AE",
    0xD44: "Cortex-X1",
    0xD46: "Cortex-A510",
    0xD47: "Cortex-A710",
    0xD49: "Neoverse-N2",
    0xD4D: "Cortex-A715",
    0xD4F: "Neoverse-V2",
    0xD80: "Cortex-A520",
    0xD81: "Cortex-A720",
}


@dataclass(frozen=True)
class Processor:
    """What the file says.

    Attributes:
        name: of the model; empty on most of ARM, where the file has none.
        cores: logical ones.
        features: those of ``FAST_FEATURES`` that every core has, in that order.
        core_types: names of ARM's own cores, in the order of the file.
        mhz: frequency of each core, where the file says it.
        is_virtual: whether it runs below a hypervisor; None on ARM, where the file is silent.
    """

    name: str
    cores: int
    features: tuple[str, ...]
    core_types: tuple[str, ...]
    mhz: tuple[float, ...]
    is_virtual: bool | None

    @property
    def has_int8_dot(self) -> bool | None:
        """Tell whether it has the int8 dot product; None where the file names no features."""
        return bool(_INT8_DOT & set(self.features)) if self.features else None


def parse_cpuinfo(text: str) -> Processor:
    """Read the text of ``/proc/cpuinfo``; what it does not say is empty."""
    keys: dict[str, list[str]] = {}
    for line in text.splitlines():
        key, colon, value = line.partition(":")
        if colon:
            keys.setdefault(key.strip().lower(), []).append(value.strip())
    x86, arm = keys.get("flags", []), keys.get("features", [])
    cores = [set(line.split()) for line in dict.fromkeys(x86 or arm)]
    common = set.intersection(*cores) if cores else set()
    return Processor(
        name=keys.get("model name", [""])[0],
        # An old kernel of ARM's names the model under the same key.
        cores=sum(value.isdecimal() for value in keys.get("processor", [])),
        features=tuple(name for name in FAST_FEATURES if name in common),
        core_types=tuple(dict.fromkeys(_name_cores(keys))),
        mhz=tuple(value for line in keys.get("cpu mhz", []) for value in _parse_mhz(line)),
        is_virtual="hypervisor" in common if x86 else None,
    )


def _name_cores(keys: dict[str, list[str]]) -> Iterator[str]:
    makers, parts = keys.get("cpu implementer", []), keys.get("cpu part", [])
    for maker, part in zip(makers, parts, strict=False):
        try:
            number = int(part, 16)
        except ValueError:
            continue
        if maker == _ARM and number in _ARM_CORES:
            yield _ARM_CORES[number]


def _parse_mhz(text: str) -> Iterator[float]:
    try:
        mhz = float(text)
    except ValueError:
        return
    if is_frequency(mhz):
        yield mhz


def is_frequency(mhz: float) -> bool:
    """Tell a reading from what a driver without one gives: nothing, or the largest number."""
    return 1 <= mhz <= 20_000
