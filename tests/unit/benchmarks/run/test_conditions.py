"""A machine that did other work, was held back or drifted is told; a quiet one is not."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from benchmarks.run.conditions import ConditionsWatch, Reading, find_drift, judge, read_conditions

_SCHEMA = Path(__file__).parents[4] / "benchmarks/output/results.schema.json"
_ZONE = "sys/class/thermal/thermal_zone0"
_COOL = Reading(0.1, 50.0, (), 2400.0, 4000.0, 2400.0)


class _Machine:
    """A machine of two cores whose files are written by hand; a tick is a hundredth of a second."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.seconds = 100.0
        self.own_s = 7.0
        self.ticks = dict.fromkeys(("user", "nice", "system", "idle", "iowait", "irq"), 1000)
        self.ticks |= {"softirq": 1000, "steal": 1000, "guest": 0, "guest_nice": 0}
        self.write({f"{_ZONE}/type": "cpu-thermal", f"{_ZONE}/temp": "50000"})
        self.write({"proc/meminfo": "MemAvailable: 4000000 kB"})
        self.pass_time(0)

    def write(self, files: dict[str, str]) -> None:
        for name, text in files.items():
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text + "\n", encoding="utf-8")

    def pass_time(self, seconds: float, own_s: float = 0.0, **ticks: int) -> None:
        self.seconds += seconds
        self.own_s += own_s
        for name, count in ticks.items():
            self.ticks[name] += count
        line = " ".join(map(str, self.ticks.values()))
        self.write({"proc/stat": f"cpu  {line}\ncpu0 {line}\ncpu1 {line}\nintr 5 1"})

    def run_at_mhz(self, *frequencies: int) -> None:
        for number, mhz in enumerate(frequencies):
            folder = f"sys/devices/system/cpu/cpu{number}/cpufreq"
            self.write({f"{folder}/scaling_cur_freq": str(mhz * 1000)})

    def watch(self) -> ConditionsWatch:
        return ConditionsWatch(
            self.root,
            ask_firmware=lambda: None,
            clock=lambda: self.seconds,
            count_own_s=lambda: self.own_s,
            ticks_per_s=100,
        )


@pytest.fixture
def machine(tmp_path: Path) -> _Machine:
    return _Machine(tmp_path)


def _check(conditions: dict[str, Any]) -> None:
    schema = json.loads(_SCHEMA.read_text(encoding="utf-8"))
    part = schema["properties"]["conditions"] | {"$defs": schema["$defs"]}
    jsonschema.validate(json.loads(json.dumps(conditions, allow_nan=False)), part)


def test_a_quiet_machine_is_not_disturbed(machine: _Machine) -> None:
    watch = machine.watch()
    machine.pass_time(10, own_s=10.0, user=900, system=90, irq=10, softirq=10, idle=990)
    conditions = watch.end()
    _check(conditions)
    assert conditions["others_cores"] == pytest.approx(0.01)
    assert conditions["stolen_share"] == 0
    assert conditions["disturbed"] == []


def test_other_work_is_what_the_machine_did_less_our_own(machine: _Machine) -> None:
    watch = machine.watch()
    # Guests are in user already; waiting for a disk keeps no core busy.
    machine.pass_time(10, user=1500, nice=100, system=200, guest=500, idle=150, iowait=50)
    conditions = watch.end(own_cpu_s=10.0)
    assert conditions["others_cores"] == pytest.approx(0.8)
    assert conditions["disturbed"] == ["other work kept 0.8 of 2 cores busy"]


def test_time_that_the_hypervisor_took_is_told(machine: _Machine) -> None:
    watch = machine.watch()
    machine.pass_time(10, own_s=10.0, user=1000, idle=940, steal=60)
    conditions = watch.end()
    assert conditions["stolen_share"] == pytest.approx(0.03)
    assert conditions["disturbed"] == ["the hypervisor took 3.0 % of the time"]


def test_sums_that_step_back_are_no_disturbance(machine: _Machine) -> None:
    watch = machine.watch()
    machine.pass_time(10, own_s=10.0, user=-5, steal=-1, idle=1000)
    conditions = watch.end()
    assert (conditions["others_cores"], conditions["stolen_share"]) == (0, 0)
    assert conditions["disturbed"] == []


def test_a_system_that_tells_nothing_gives_no_reason(tmp_path: Path) -> None:
    watch = ConditionsWatch(tmp_path, ask_firmware=lambda: None)
    watch.look()
    conditions = watch.end()
    _check(conditions)
    assert conditions["others_cores"] is None
    assert conditions["stolen_share"] is None
    assert conditions["before"]["temperature_c"] is None
    assert conditions["disturbed"] == []


@pytest.mark.parametrize("text", ["", "cpu 1 2 3", "cpu a b c d e f g h\ncpu0 1", "intr 5", "\xff"])
def test_sums_that_cannot_be_read_are_not_told(machine: _Machine, text: str) -> None:
    watch = machine.watch()
    machine.write({"proc/stat": text})
    machine.seconds += 1
    assert watch.end()["others_cores"] is None


def test_a_limit_or_heat_in_between_is_told_though_it_is_over(machine: _Machine) -> None:
    file = "sys/devices/platform/soc/soc:firmware/get_throttled"
    watch = machine.watch()
    machine.write({file: "4", f"{_ZONE}/temp": "84600"})
    watch.look()
    machine.write({file: "40000", f"{_ZONE}/temp": "60000"})
    conditions = watch.end()
    assert conditions["after"]["limits"] == []
    assert conditions["disturbed"] == [
        "the processor was held back: throttled",
        "the processor reached 85 °C, more than 80 °C",
    ]


def test_what_held_the_processor_back_only_before_is_no_reason() -> None:
    before = replace(_COOL, limits=("throttled",), temperature_c=90.0)
    readings = [before, _COOL, _COOL]
    assert judge(readings, cores=4, others_cores=0.1, stolen_share=0.0) == []


def test_a_frequency_that_falls_while_busy_is_told(machine: _Machine) -> None:
    machine.run_at_mhz(600, 600)
    watch = machine.watch()
    for frequencies in ((600, 2400), (2400, 600), (600, 2400), (1800, 600), (600, 1500)):
        machine.run_at_mhz(*frequencies)
        watch.look()
    machine.run_at_mhz(600, 600)
    reasons = watch.end()["disturbed"]
    assert reasons == ["the processor's frequency fell from 2400 to 1500 MHz"]


def test_a_core_that_rests_at_a_reading_is_no_fall(machine: _Machine) -> None:
    watch = machine.watch()
    for frequencies in (
        (600, 2400),
        (600, 600),
        (2400, 600),
        (2400, 2400),
        (600, 600),
        (600, 2400),
    ):
        machine.run_at_mhz(*frequencies)
        watch.look()
    assert watch.end()["disturbed"] == []


def test_the_frequency_is_the_mean_of_now_or_what_cpuinfo_says(machine: _Machine) -> None:
    machine.write(
        {"proc/cpuinfo": "processor : 0\ncpu MHz : 2000.0\nprocessor : 1\ncpu MHz : 1000"}
    )
    reading = read_conditions(machine.root)
    assert (reading.frequency_mhz, reading.fastest_mhz) == (1500, None)
    machine.run_at_mhz(2400, 1200)
    reading = read_conditions(machine.root)
    assert (reading.frequency_mhz, reading.fastest_mhz) == (1800, 2400)
    assert reading.to_json()["memory_free_mb"] == 4000


@pytest.mark.parametrize(
    ("cores", "others", "told"), [(1, 0.14, 0), (1, 0.16, 1), (4, 0.39, 0), (4, 0.41, 1)]
)
def test_a_tenth_of_the_machine_is_free_for_others(cores: int, others: float, told: int) -> None:
    assert len(judge([_COOL], cores=cores, others_cores=others, stolen_share=None)) == told


def test_this_machine_can_be_watched() -> None:
    watch = ConditionsWatch()
    watch.look()
    _check(watch.end(reference_ms=[2.0, 2.1, 2.0]))


def test_work_that_becomes_slower_has_drifted(machine: _Machine) -> None:
    reference_ms = [2.0, 2.01, 1.99, 2.0, 2.02, 2.1, 2.1, 2.1, 2.1, 2.1, 2.2, 2.21, 2.19, 2.2, 2.22]
    slower = "the machine became 10 % slower: the same work took 2 ms at first and 2.2 ms at last"
    assert find_drift(reference_ms) == slower
    faster = find_drift(reference_ms[::-1])
    assert faster is not None
    assert "9 % faster" in faster
    assert machine.watch().end(reference_ms=reference_ms)["disturbed"] == [slower]


def test_a_drift_below_five_percent_is_none() -> None:
    assert find_drift(np.linspace(2.0, 2.09, 60).tolist()) is None


@pytest.mark.parametrize("count", [0, 1, 2, 3, 8])
def test_few_rounds_tell_no_drift(count: int) -> None:
    assert find_drift([float(number + 1) for number in range(count)]) is None


def test_noise_is_rarely_taken_for_drift() -> None:
    rng = np.random.default_rng(0)
    runs = np.exp(0.3 * rng.standard_normal((400, 45)))
    alarms = sum(find_drift(run.tolist()) is not None for run in runs)
    # The test errs in 1 % of runs: more than 10 of 400 have a probability of 0.3 %.
    assert alarms <= 10


def test_a_drift_as_large_as_the_noise_is_seen_in_enough_rounds() -> None:
    rng = np.random.default_rng(0)
    runs = np.exp(0.1 * rng.standard_normal((100, 90)) + np.linspace(0, 0.2, 90))
    assert sum(find_drift(run.tolist()) is not None for run in runs) >= 98


@given(st.lists(st.integers(1, 8), min_size=18, max_size=60))
def test_drift_agrees_with_the_rank_test(values: list[int]) -> None:
    third = len(values) // 3
    first, last = values[:third], values[-third:]
    if len(set(first + last)) > 1:
        p = stats.mannwhitneyu(first, last, use_continuity=False, method="asymptotic").pvalue
    else:
        p = 1.0
    moved = abs(float(np.median(last)) / float(np.median(first)) - 1) > 0.05
    if abs(p - 0.01) > 1e-4:
        assert (find_drift([float(value) for value in values]) is not None) == (moved and p < 0.01)
