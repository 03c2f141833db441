"""Power is read from counters and from the power chip, or not at all."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from benchmarks.run.meters import PmicMeter, find_meter, parse_pmic
from edge.machine.heat import Vcgencmd
from tests.unit.edge.live.waiting import until

_RAPL = "sys/class/powercap/intel-rapl"
_PMIC = """   3V7_WL_SW_A current(0)=0.10000000A
   VDD_CORE_A current(7)={core:.8f}A
   3V7_WL_SW_V volt(8)=3.70000000V
   VDD_CORE_V volt(15)=0.80000000V
   EXT5V_V volt(24)=5.10000000V
   BATT_V volt(25)=0.00000000V
"""


class _Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now_s = 50.0

    def __call__(self) -> float:
        return self.now_s


def _write(root: Path, files: dict[str, str | int]) -> Path:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{text}\n", encoding="utf-8")
    return root


def _zone(
    number: str, name: str, energy_uj: int, range_uj: int = 262_143_328_850
) -> dict[str, str | int]:
    folder = f"{_RAPL}:{number}"
    files: dict[str, str | int] = {f"{folder}/name": name, f"{folder}/energy_uj": energy_uj}
    return files | {f"{folder}/max_energy_range_uj": range_uj}


def test_a_machine_that_tells_nothing_has_no_meter(tmp_path: Path) -> None:
    assert find_meter(tmp_path, lambda: None) is None


def test_the_processors_are_summed_and_their_parts_and_the_platform_are_not(tmp_path: Path) -> None:
    clock = _Clock()
    _write(tmp_path, _zone("0", "package-0", 1_000_000) | _zone("0:0", "core", 5))
    _write(tmp_path, _zone("1", "package-1", 2_000_000) | _zone("2", "psys", 7))
    meter = find_meter(tmp_path, lambda: None, clock=clock)
    assert meter is not None
    assert meter.name.startswith("RAPL: the 2 processors only")
    meter.begin()
    clock.now_s += 2
    _write(tmp_path, _zone("0", "package-0", 21_000_000) | _zone("0:0", "core", 5_000_000))
    _write(tmp_path, _zone("1", "package-1", 12_000_000) | _zone("2", "psys", 90_000_000))
    assert meter.end() == pytest.approx(15)


def test_a_counter_that_wraps_goes_on(tmp_path: Path) -> None:
    clock = _Clock()
    _write(tmp_path, _zone("0", "package-0", 99_000_000, range_uj=100_000_000))
    meter = find_meter(tmp_path, clock=clock)
    assert meter is not None
    meter.begin()
    clock.now_s += 1
    _write(tmp_path, _zone("0", "package-0", 4_000_000, range_uj=100_000_000))
    assert meter.end() == pytest.approx(5)


@pytest.mark.parametrize(
    "later",
    [
        {"energy_uj": 50_000_000},
        {"energy_uj": ""},
        {"energy_uj": 4, "max_energy_range_uj": ""},
        {"energy_uj": 4, "max_energy_range_uj": 1000},
    ],
    ids=["stands still", "fails", "wraps without a range", "wraps below its range"],
)
def test_a_counter_that_does_not_tell_is_not_guessed(
    tmp_path: Path, later: dict[str, str | int]
) -> None:
    clock = _Clock()
    meter = find_meter(_write(tmp_path, _zone("0", "package-0", 50_000_000)), clock=clock)
    assert meter is not None
    meter.begin()
    clock.now_s += 1
    _write(tmp_path, {f"{_RAPL}:0/{name}": value for name, value in later.items()})
    assert meter.end() is None


def test_a_counter_that_may_not_be_read_is_no_meter(tmp_path: Path) -> None:
    _write(tmp_path, _zone("0", "package-0", 1) | _zone("1", "package-1", 1))
    # What only root may open: a folder in its place cannot be read by root either.
    (tmp_path / f"{_RAPL}:1/energy_uj").unlink()
    (tmp_path / f"{_RAPL}:1/energy_uj").mkdir()
    assert find_meter(tmp_path, lambda: None) is None


def test_the_rails_of_the_chip_are_summed() -> None:
    assert parse_pmic(_PMIC.format(core=2)) == pytest.approx(0.37 + 1.6)


@pytest.mark.parametrize(
    "text",
    [
        "",
        'error=1 error_msg="Command not registered"',
        "VCHI initialization failed",
        "EXT5V_V volt(24)=5.10000000V",
        "VDD_CORE_A current(7)=1.0A",
        "VDD_CORE_A current(7)=1.0A\nVDD_CORE_V volt(15)=nanV",
        "VDD_CORE_A current(7)=infA\nVDD_CORE_V volt(15)=0.8V",
        _PMIC.format(core=2) + "DDR_A current(3)=1.2.3A\nDDR_V volt(3)=1.1V",
        "\x00\xff" * 1000,
    ],
)
def test_rails_that_are_not_told_whole_are_not_summed(text: str) -> None:
    assert parse_pmic(text) is None


def test_a_program_that_fails_is_no_meter(tmp_path: Path) -> None:
    program = tmp_path / "vcgencmd"
    program.write_text("#!/bin/sh\nexit 255\n", encoding="utf-8")
    program.chmod(0o755)
    run = Vcgencmd(str(program), question="pmic_read_adc")
    assert find_meter(tmp_path, run) is None


def test_a_board_whose_chip_answers_has_a_meter(tmp_path: Path) -> None:
    meter = find_meter(tmp_path, lambda: _PMIC.format(core=2))
    assert meter is not None
    assert "5 V rail" in meter.name


class _Chip:
    """A chip whose current is set by hand, and a pace of samples that the test gives."""

    def __init__(self) -> None:
        self.clock = _Clock()
        self.answer: Callable[[], str | None] = self.tell
        self.core = 0.0
        self.samples = 0
        self._may = threading.Semaphore(0)
        self.meter = PmicMeter(self._ask, clock=self.clock, wait=self._wait)

    def tell(self) -> str:
        return _PMIC.format(core=self.core)

    def pass_time(self, seconds: float, core: float) -> None:
        """Move the clock, and let the thread take one sample."""
        taken = self.samples
        self.clock.now_s += seconds
        self.core = core
        self._may.release()
        until(lambda: self.samples > taken)

    def _ask(self) -> str | None:
        text = self.answer()
        self.samples += 1
        return text

    def _wait(self, is_over: threading.Event) -> bool:
        while not is_over.is_set():
            if self._may.acquire(timeout=0.01):
                return False
        return True


@pytest.fixture
def chip() -> Iterator[_Chip]:
    yield _Chip()
    assert not any(thread.name == "pmic" for thread in threading.enumerate())


def test_samples_are_averaged_over_time(chip: _Chip) -> None:
    chip.meter.begin()
    chip.pass_time(1, core=10)
    chip.pass_time(1, core=10)
    chip.pass_time(2, core=0)
    # 0.37 W beside the core, and joules of the core by trapezoids: 4, 8, 8 and none.
    assert chip.meter.end() == pytest.approx(0.37 + (4 + 8 + 8) / 4)


def test_a_meter_begins_anew(chip: _Chip) -> None:
    chip.meter.begin()
    chip.pass_time(1, core=100)
    chip.meter.end()
    chip.core = 1
    chip.meter.begin()
    chip.pass_time(1, core=1)
    assert chip.meter.end() == pytest.approx(0.37 + 0.8)


def test_a_chip_that_once_does_not_answer_tells_nothing(chip: _Chip) -> None:
    chip.meter.begin()
    chip.answer = lambda: None
    chip.pass_time(1, core=1)
    chip.answer = chip.tell
    chip.pass_time(1, core=1)
    assert chip.meter.end() is None


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_an_error_that_nobody_expected_is_not_swallowed(chip: _Chip) -> None:
    def fail() -> str | None:
        chip.samples += 1
        raise ZeroDivisionError("odd chip")

    chip.meter.begin()
    chip.answer = fail
    chip.pass_time(1, core=1)
    with pytest.raises(RuntimeError, match="odd chip"):
        chip.meter.end()


def test_the_chip_is_sampled_at_its_own_pace() -> None:
    asked: list[None] = []

    def run() -> str:
        asked.append(None)
        return _PMIC.format(core=1)

    meter = PmicMeter(run)
    meter.begin()
    until(lambda: len(asked) >= 3)
    assert meter.end() == pytest.approx(0.37 + 0.8)
