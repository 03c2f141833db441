"""What else a machine did while times were measured, and whether they may be quoted for it."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.machine_facts import read_frequencies_mhz
from benchmarks.result_types import ConditionsEntry, ReadingEntry
from benchmarks.stats.rank_sum import compare_ranks
from edge.machine.heat import Vcgencmd, read_heat
from edge.machine.processor import parse_cpuinfo
from edge.machine.procfs import parse_number, read_fact
from edge.machine.resources import find_load, find_memory_mb

_ROOT = Path("/")

# Other work is a disturbance from a tenth of the machine on. On few cores that would be less than
# a system at rest takes with its own services.
_OTHERS_SHARE = 0.1
_OTHERS_LEAST_CORES = 0.15
_STOLEN_SHARE = 0.02
_HOT_C = 80.0
_FREQUENCY_FALL = 0.1
_DRIFT = 0.05
# Two-sided error of 1 %: of a run without drift, and of fewer than fifteen rounds no rank test
# reaches it.
_DRIFT_Z = 2.576

# Places in a line of /proc/stat. Guests are in user and nice already.
_BUSY = (0, 1, 2, 5, 6)
_STOLEN = 7
_COUNTED = 8


@dataclass(frozen=True)
class Reading:
    """The machine at one moment; None for what the system does not say.

    Attributes:
        load_cores: cores that were busy in the last minute.
        temperature_c: of the hottest sensor.
        limits: what holds the processor back.
        frequency_mhz: mean over the cores.
        memory_free_mb: that a process may still take.
        fastest_mhz: of the core that runs fastest, where the kernel reports the present one.
    """

    load_cores: float | None
    temperature_c: float | None
    limits: tuple[str, ...]
    frequency_mhz: float | None
    memory_free_mb: float | None
    fastest_mhz: float | None = None

    def to_json(self) -> ReadingEntry:
        """Return it as the results have it."""
        return {
            "load_cores": _rounded(self.load_cores, 2),
            "temperature_c": _rounded(self.temperature_c, 1),
            "limits": list(self.limits),
            "frequency_mhz": _rounded(self.frequency_mhz, 0),
            "memory_free_mb": _rounded(self.memory_free_mb, 0),
        }


@dataclass(frozen=True)
class _Ticks:
    """What ``/proc/stat`` has counted since the machine began, over all cores."""

    busy: int
    stolen: int
    total: int
    cores: int


def read_conditions(
    root: Path = _ROOT, *, ask_firmware: Callable[[], str | None] | None = None
) -> Reading:
    """Read the machine's state; some milliseconds, and nothing needs a right.

    Args:
        root: below which ``/proc`` and ``/sys`` are looked for.
        ask_firmware: gives ``throttled=0x...`` where ``/sys`` does not say it.
    """
    temperature_c, limits = read_heat(root, ask_firmware=ask_firmware)
    current = read_frequencies_mhz("scaling_cur_freq", root)
    frequencies = current or parse_cpuinfo(read_fact(root / "proc/cpuinfo")).mhz
    return Reading(
        load_cores=find_load() if hasattr(os, "getloadavg") else None,
        temperature_c=temperature_c,
        limits=limits,
        frequency_mhz=float(np.mean(frequencies)) if frequencies else None,
        memory_free_mb=find_memory_mb(root),
        fastest_mhz=max(current, default=None),
    )


class ConditionsWatch:
    """Reads the machine's state before, while and after something is measured."""

    def __init__(
        self,
        root: Path = _ROOT,
        *,
        ask_firmware: Callable[[], str | None] | None = None,
        clock: Callable[[], float] = time.monotonic,
        count_own_s: Callable[[], float] | None = None,
        ticks_per_s: float | None = None,
    ) -> None:
        """Take the reading before; the measured time begins.

        Args:
            root: below which ``/proc`` and ``/sys`` are looked for.
            ask_firmware: gives ``throttled=0x...`` where ``/sys`` does not say it.
            clock: returns seconds, never back.
            count_own_s: returns CPU seconds that this process and its ended children have used.
            ticks_per_s: unit of ``/proc/stat``; None for the system's.
        """
        self._root = root
        self._ask_firmware = ask_firmware or Vcgencmd()
        self._clock = clock
        self._count_own_s = count_own_s or _count_own_s
        self._ticks_per_s = ticks_per_s or _find_ticks_per_s()
        self._readings = [self._read()]
        self._own_begun_s = self._count_own_s()
        self._begun = _read_ticks(root)
        self._begun_s = clock()

    def look(self) -> None:
        """Take a reading in between; best while the machine is as busy as when it is timed."""
        self._readings.append(self._read())

    def end(
        self, *, own_cpu_s: float | None = None, reference_ms: Sequence[float] = ()
    ) -> ConditionsEntry:
        """Take the reading after, and return the conditions as the results have them.

        Args:
            own_cpu_s: CPU seconds that the measurement itself used since the watch began, in all
                its processes; None to count those of this process and of its ended children.
            reference_ms: times of a fixed piece of work, in the order in which they were measured.
        """
        seconds = self._clock() - self._begun_s
        ended = _read_ticks(self._root)
        if own_cpu_s is None:
            own_cpu_s = self._count_own_s() - self._own_begun_s
        self._readings.append(self._read())
        others_cores = stolen_share = None
        if self._begun is not None and ended is not None and seconds > 0:
            busy_s = (ended.busy - self._begun.busy) / self._ticks_per_s
            others_cores = max(0.0, busy_s - own_cpu_s) / seconds
            # The kernel's sums may step back by a tick.
            stolen, total = ended.stolen - self._begun.stolen, ended.total - self._begun.total
            stolen_share = min(1.0, max(0, stolen) / total) if total > 0 else None
        disturbed = judge(
            self._readings,
            cores=ended.cores if ended else None,
            others_cores=others_cores,
            stolen_share=stolen_share,
        )
        drift = find_drift(reference_ms)
        return {
            "before": self._readings[0].to_json(),
            "after": self._readings[-1].to_json(),
            "others_cores": _rounded(others_cores, 3),
            "stolen_share": _rounded(stolen_share, 4),
            "disturbed": disturbed + ([] if drift is None else [drift]),
        }

    def _read(self) -> Reading:
        return read_conditions(self._root, ask_firmware=self._ask_firmware)


def judge(
    readings: Sequence[Reading],
    *,
    cores: int | None,
    others_cores: float | None,
    stolen_share: float | None,
) -> list[str]:
    """Return why times must not be quoted, one plain sentence each; none if they may.

    Args:
        readings: before, while and after times were measured.
        cores: that the machine has.
        others_cores: that other work kept busy; None where it is not known.
        stolen_share: of the time that a hypervisor took; None where it is not known.
    """
    reasons = []
    most_cores = max(_OTHERS_SHARE * (cores or 0), _OTHERS_LEAST_CORES)
    if others_cores is not None and cores and others_cores > most_cores:
        reasons.append(f"other work kept {others_cores:.2g} of {cores} cores busy")
    if stolen_share is not None and stolen_share > _STOLEN_SHARE:
        reasons.append(f"the hypervisor took {stolen_share * 100:.1f} % of the time")
    measured = readings[1:]
    if limits := list(dict.fromkeys(limit for reading in measured for limit in reading.limits)):
        reasons.append(f"the processor was held back: {', '.join(limits)}")
    known_c = [one.temperature_c for one in measured if one.temperature_c is not None]
    if known_c and max(known_c) > _HOT_C:
        reasons.append(f"the processor reached {max(known_c):.0f} °C, more than {_HOT_C:.0f} °C")
    fall = _find_fall(readings[1:-1])
    return reasons if fall is None else [*reasons, fall]


def find_drift(reference_ms: Sequence[float]) -> str | None:
    """Say by how much a fixed piece of work drifted, None if by no more than noise.

    The medians of the first and the last third are compared, and their ranks by the test of Mann
    and Whitney, in its normal approximation with ties.

    Args:
        reference_ms: its times, in the order in which they were measured.
    """
    values = np.asarray(reference_ms, np.float64)
    third = len(values) // 3
    if third == 0:
        return None
    first, last = values[:third], values[-third:]
    begun_ms, ended_ms = float(np.median(first)), float(np.median(last))
    if not begun_ms > 0 or abs(ended_ms / begun_ms - 1) <= _DRIFT:
        return None
    if abs(compare_ranks(first, last)) < _DRIFT_Z:
        return None
    change, word = ended_ms / begun_ms - 1, "slower" if ended_ms > begun_ms else "faster"
    return (
        f"the machine became {abs(change) * 100:.0f} % {word}: the same work took "
        f"{begun_ms:.3g} ms at first and {ended_ms:.3g} ms at last"
    )


def _find_fall(readings: Sequence[Reading]) -> str | None:
    """Say by how much the frequency fell; the readings are those of a busy machine only.

    A core that happens to rest at a reading is slow without being held back: the fastest counts.
    """
    known = [one.fastest_mhz for one in readings if one.fastest_mhz is not None]
    late = max(1, len(known) // 3)
    if len(known) <= late:
        return None
    begun, ended = max(known[:-late]), max(known[-late:])
    if ended >= begun * (1 - _FREQUENCY_FALL):
        return None
    return f"the processor's frequency fell from {begun:.0f} to {ended:.0f} MHz"


def _read_ticks(root: Path) -> _Ticks | None:
    lines = [line.split() for line in read_fact(root / "proc/stat").splitlines()]
    cores = [words for words in lines if words and words[0].startswith("cpu")]
    if len(cores) < 2 or cores[0][0] != "cpu":
        return None
    ticks = [parse_number(word) for word in cores[0][1 : 1 + _COUNTED]]
    counts = [count for count in ticks if count is not None]
    if len(counts) < _COUNTED:
        return None
    busy = sum(counts[place] for place in _BUSY)
    return _Ticks(busy, counts[_STOLEN], sum(counts), len(cores) - 1)


def _count_own_s() -> float:
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def _find_ticks_per_s() -> float:
    return os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100.0


def _rounded(value: float | None, digits: int) -> float | None:
    return None if value is None else round(value, digits)
