"""How much memory a process takes, without what an emulator adds to it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

_MAPPING = re.compile(r"^[0-9a-f]+-[0-9a-f]+ (?P<rights>\S+) \S+ \S+ \d+ *(?P<name>.*)$")
_EMULATOR = re.compile(r"/qemu-[a-z0-9_]+$")


@dataclass(frozen=True)
class Memory:
    """Resident memory of a process, 1 MB = 10^6 bytes.

    Attributes:
        peak_mb: most of it that the kernel saw.
        emulator_mb: of it, what is QEMU's: its program, its heap and the code that it translated;
            0 where the processor is real.
    """

    peak_mb: float
    emulator_mb: float

    @property
    def own_mb(self) -> float:
        """Return the process's own share of the peak."""
        return self.peak_mb - self.emulator_mb


def read_memory(pid: int) -> Memory:
    """Measure another process that runs; of itself an emulated one does not see what is QEMU's."""
    process = Path("/proc", str(pid))
    peak = re.search(r"^VmHWM:\s*(\d+) kB", (process / "status").read_text(), re.MULTILINE)
    assert peak is not None
    emulator_kb = count_emulator_kb((process / "smaps").read_text())
    return Memory(int(peak[1]) * 1024 / 1e6, emulator_kb * 1024 / 1e6)


def count_emulator_kb(smaps: str) -> int:
    """Return how much resident memory is QEMU's, from the text of ``/proc/PID/smaps``."""
    sizes: list[tuple[str, str, int]] = []
    rights, name = "", ""
    for line in smaps.splitlines():
        if found := _MAPPING.match(line):
            rights, name = found["rights"], found["name"]
        elif line.startswith("Rss:"):
            sizes.append((rights, name, int(line.split()[1])))
    if not any(_EMULATOR.search(name) for _, name, _ in sizes):
        return 0
    # What the emulated program asks for as heap is a mapping without a name.
    return sum(
        size
        for rights, name, size in sizes
        if _EMULATOR.search(name) or name == "[heap]" or (rights == "rwxp" and not name)
    )
