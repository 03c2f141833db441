"""What a board tells of its power: RAPL counters, or the power chip of a Raspberry Pi 5."""

from __future__ import annotations

import itertools
import math
import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from edge.machine.heat import Vcgencmd
from edge.machine.procfs import read_fact, read_number

_ROOT = Path("/")
# Intel's and AMD's alike. Parts of a package are in its counter; psys counts packages once more.
_PACKAGES = "sys/class/powercap/intel-rapl:[0-9]*"
_PACKAGE = re.compile(r"intel-rapl:\d+")
_SAMPLES_PER_S = 10.0
# The program ends itself sooner.
_JOIN_S = 10.0
# Such as "  VDD_CORE_A current(7)=1.08053000A" and "  VDD_CORE_V volt(15)=0.72178200V".
_RAIL = re.compile(r"^\s*(\w+)_([AV])\s+(?:current|volt)\(\d+\)=(\S*)[AV]\s*$", re.ASCII)


class Meter(Protocol):
    """Tells the mean power between two moments."""

    @property
    def name(self) -> str:
        """Return what it measures, and what it leaves out."""

    def begin(self) -> None:
        """Begin to measure."""

    def end(self) -> float | None:
        """Return the mean watts since it began, None if it could not tell."""


def find_meter(
    root: Path = _ROOT,
    run: Callable[[], str | None] | None = None,
    *,
    clock: Callable[[], float] = time.perf_counter,
) -> Meter | None:
    """Return a meter that tells something now, None where there is none or it may not be read.

    Args:
        root: below which ``/sys`` is looked for.
        run: returns what ``vcgencmd pmic_read_adc`` prints, None if it fails or hangs.
        clock: returns seconds.
    """
    # Most systems let root alone read the counters: then there is no meter.
    packages = [_Package(folder) for folder in sorted(root.glob(_PACKAGES)) if _is_package(folder)]
    if packages and all(package.read_uj() is not None for package in packages):
        return RaplMeter(packages, clock=clock)
    run = run or Vcgencmd(question="pmic_read_adc")
    return None if parse_pmic(run() or "") is None else PmicMeter(run, clock=clock)


@dataclass(frozen=True)
class _Package:
    """The counter of one processor."""

    folder: Path

    def read_uj(self) -> int | None:
        return read_number(self.folder / "energy_uj")

    def subtract_uj(self, ended_uj: int | None, begun_uj: int | None) -> int | None:
        """Return what was counted between two readings, of which the later may have wrapped."""
        if ended_uj is None or begun_uj is None:
            return None
        if ended_uj >= begun_uj:
            return ended_uj - begun_uj
        range_uj = read_number(self.folder / "max_energy_range_uj")
        return None if not range_uj or range_uj < begun_uj else ended_uj - begun_uj + range_uj


class RaplMeter:
    """The energy counters of the processors."""

    def __init__(
        self, packages: list[_Package], *, clock: Callable[[], float] = time.perf_counter
    ) -> None:
        """Take the counters.

        Args:
            packages: all processors of the machine.
            clock: returns seconds.
        """
        count = f"{len(packages)} processors" if len(packages) > 1 else "processor"
        self.name = f"RAPL: the {count} only, without the rest of the board"
        self._packages = packages
        self._clock = clock
        self._begun_uj: list[int | None] = []
        self._begun_s = 0.0

    def begin(self) -> None:
        """Begin to measure."""
        self._begun_uj = [package.read_uj() for package in self._packages]
        self._begun_s = self._clock()

    def end(self) -> float | None:
        """Return the mean watts since it began, None if a counter failed or stood still."""
        seconds = self._clock() - self._begun_s
        joules = 0.0
        for package, begun_uj in zip(self._packages, self._begun_uj, strict=True):
            used_uj = package.subtract_uj(package.read_uj(), begun_uj)
            # A hypervisor may show a counter that counts nothing.
            if not used_uj:
                return None
            joules += used_uj / 1e6
        return joules / seconds if seconds > 0 else None


class PmicMeter:
    """The rails of the Raspberry Pi's power chip, read ten times a second in a thread."""

    name = (
        "PMIC of the Raspberry Pi: the sum of its rails, without its own losses and without what "
        "the 5 V rail feeds beside it (USB, fan, HATs)"
    )

    def __init__(
        self,
        run: Callable[[], str | None],
        *,
        clock: Callable[[], float] = time.perf_counter,
        wait: Callable[[threading.Event], bool] | None = None,
    ) -> None:
        """Take the way to ask.

        Args:
            run: returns what ``vcgencmd pmic_read_adc`` prints, None if it fails or hangs.
            clock: returns seconds.
            wait: waits until the next sample is due or the event is set, and returns whether it
                is; None for a tenth of a second.
        """
        self._run = run
        self._clock = clock
        self._wait = wait or (lambda is_over: is_over.wait(1 / _SAMPLES_PER_S))
        self._is_over = threading.Event()
        self._samples: list[tuple[float, float | None]] = []
        self._failure: BaseException | None = None
        self._thread: threading.Thread | None = None

    def begin(self) -> None:
        """Begin to measure."""
        self._is_over = threading.Event()
        self._samples = []
        self._sample()
        self._thread = threading.Thread(target=self._keep_sampling, name="pmic", daemon=True)
        self._thread.start()

    def end(self) -> float | None:
        """Return the mean watts since it began, None if the chip did not always answer.

        Raises:
            RuntimeError: the thread ended by an error that nobody expected, or not at all.
        """
        self._is_over.set()
        if self._thread is not None:
            self._thread.join(_JOIN_S)
            if self._thread.is_alive():
                raise RuntimeError(f"pmic: no answer within {_JOIN_S:.0f} s")
        if self._failure is not None:
            raise RuntimeError(f"pmic: {self._failure}") from self._failure
        self._sample()
        return _average(self._samples)

    def _sample(self) -> None:
        begun_s = self._clock()
        watts = parse_pmic(self._run() or "")
        # The values are from some moment within the call.
        self._samples.append(((begun_s + self._clock()) / 2, watts))

    def _keep_sampling(self) -> None:
        try:
            while not self._wait(self._is_over):
                self._sample()
        except BaseException as error:
            self._failure = error
            raise


def parse_pmic(text: str) -> float | None:
    """Return the watts over all rails, None if the text has none or a current lacks its voltage.

    Voltages without a current, such as the supply's and the clock's battery, are no rails.

    Args:
        text: what ``vcgencmd pmic_read_adc`` prints.
    """
    found: dict[str, dict[str, float]] = {"A": {}, "V": {}}
    for line in text.splitlines():
        if rail := _RAIL.match(line):
            found[rail[2]][rail[1]] = _parse_reading(rail[3])
    watts = sum(current * found["V"].get(name, math.nan) for name, current in found["A"].items())
    return watts if found["A"] and math.isfinite(watts) else None


def _parse_reading(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan


def _average(samples: list[tuple[float, float | None]]) -> float | None:
    """Return the mean over time, straight between samples; None if one is missing."""
    joules = 0.0
    for (begun_s, begun), (ended_s, ended) in itertools.pairwise(samples):
        if begun is None or ended is None:
            return None
        joules += (ended_s - begun_s) * (begun + ended) / 2
    seconds = samples[-1][0] - samples[0][0]
    return joules / seconds if seconds > 0 else None


def _is_package(folder: Path) -> bool:
    is_zone = _PACKAGE.fullmatch(folder.name) is not None
    return is_zone and read_fact(folder / "name").startswith("package")
