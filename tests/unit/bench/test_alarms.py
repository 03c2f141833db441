"""Whether comparisons catch what they must and keep quiet otherwise, by runs that are made up."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from benchmarks.project.alarm_files import AlarmFiles
from benchmarks.project.alarms import judge, measure_alarms
from edge.files.errors import DataError
from tests.unit.bench.results_made import make_accuracy, make_latency_row, make_results

DEFAULT = "default.int8.tflite"
DATA = (Path("photos"),)


class Remembering:
    """A progress that remembers how far each part came."""

    def __init__(self) -> None:
        self.steps: list[tuple[str, int, int]] = []

    def say(self, text: str) -> None:
        pass

    def step(self, what: str, done: int, total: int, *, note: str = "") -> None:
        self.steps.append((what, done, total))


class MadeUp:
    """Runs that are drawn by chance, each file at its median and skill."""

    def __init__(
        self,
        medians: dict[str, float] | None = None,
        skills: dict[str, float] | None = None,
        *,
        disturbed: Sequence[str] = (),
        sittings: int = 5,
    ) -> None:
        self.asked: list[tuple[str, float, int]] = []
        self._medians = medians or {}
        self._skills = skills or {}
        self._disturbed = disturbed
        self._sittings = sittings

    def __call__(
        self, file: Path, *, seconds: float, seed: int, data: Sequence[Path] = ()
    ) -> dict[str, Any]:
        name = file.name
        self.asked.append((name, seconds, seed))
        row = make_latency_row(
            name,
            median_ms=self._medians.get(name, 4.0),
            noise=0.01,
            sittings=self._sittings,
            seed=seed,
        )
        accuracy = make_accuracy({name: self._skills.get(name, 2.0)}) if data else None
        return make_results([row], accuracy=accuracy, disturbed=self._disturbed)


def make_files(folder: Path, count: int) -> AlarmFiles:
    worse = tuple(folder / f"worse-{n}.float32.tflite" for n in range(count))
    return AlarmFiles(folder / "slowed.int8.tflite", folder / "sound.float32.tflite", worse)


def run(measure: MadeUp, **options: Any) -> dict[str, Any]:
    options = {"repeats": 3, "progress": Remembering(), **options}
    return measure_alarms(measure=measure, make_files=make_files, **options)


def test_each_run_of_a_file_is_compared_with_the_one_before() -> None:
    measure = MadeUp()
    found = run(measure, repeats=3)["equal"]
    assert [name for name, _, _ in measure.asked[:4]] == [DEFAULT] * 4
    assert (found["comparisons"], found["judged"], found["disturbed"]) == (3, 3, 0)


def test_no_two_runs_of_latency_have_one_seed() -> None:
    measure = MadeUp()
    run(measure)
    seeds = [seed for _, _, seed in measure.asked]
    assert len(set(seeds)) == len(seeds)


def test_the_sound_file_and_the_worse_ones_see_the_same_pictures() -> None:
    measure = MadeUp()
    run(measure, data=DATA)
    seeds = [seed for name, _, seed in measure.asked if name.startswith(("worse", "sound"))]
    assert len(seeds) == 11
    assert len(set(seeds)) == 1


def test_equal_files_give_no_alarm_and_the_share_has_an_interval() -> None:
    alarms = run(MadeUp(), repeats=6)["equal"]["alarms"]
    assert set(alarms) == {"by_compare", "by_against"}
    for alarm in alarms.values():
        assert alarm["count"] == 0
        assert alarm["interval"] == pytest.approx((0.0, 0.39), abs=0.01)


def test_a_file_that_jumps_is_a_false_alarm_whichever_way_it_goes() -> None:
    class Jumping(MadeUp):
        def __call__(self, file: Path, *, seed: int, **others: Any) -> dict[str, Any]:
            self._medians = {DEFAULT: 4.0 + seed % 2}
            return super().__call__(file, seed=seed, **others)

    alarms = run(Jumping(), repeats=4)["equal"]["alarms"]
    assert alarms["by_compare"]["count"] == 4
    # Of a file that became faster no gate tells.
    assert alarms["by_against"]["count"] == 2


def test_a_slowed_file_is_caught_each_time_by_all_ways() -> None:
    found = run(MadeUp({"slowed.int8.tflite": 4.4}))["slowed"]
    assert found["comparisons"] == 10
    assert {way: alarm["count"] for way, alarm in found["alarms"].items()} == dict.fromkeys(
        ("by_compare", "by_max_p90_ms", "by_against"), 10
    )
    assert found["changes"]["p50_ms"]["median"] == pytest.approx(1.1, abs=0.02)


def test_a_file_that_is_not_slower_is_not_caught() -> None:
    found = run(MadeUp())["slowed"]
    assert all(alarm["count"] == 0 for alarm in found["alarms"].values())


def test_worse_files_are_caught_by_their_accuracy() -> None:
    worse = {f"worse-{n}.float32.tflite": 0.8 for n in range(10)}
    found = run(MadeUp(skills=worse), data=DATA)["worse"]
    assert (found["comparisons"], found["pictures"]) == (10, 400)
    assert {way: alarm["count"] for way, alarm in found["alarms"].items()} == dict.fromkeys(
        ("by_compare", "by_min_auc", "by_against"), 10
    )
    assert found["changes"]["auc"]["p90"] < 0


def test_without_data_the_worse_files_are_left_out() -> None:
    measure = MadeUp()
    assert run(measure)["worse"] is None
    assert not any(name.startswith("worse") for name, _, _ in measure.asked)


def test_data_of_one_label_is_refused() -> None:
    class OneLabel(MadeUp):
        def __call__(self, file: Path, **others: Any) -> dict[str, Any]:
            results = super().__call__(file, **others)
            if results["accuracy"]:
                results["accuracy"]["rows"][0]["auc"] = None
            return results

    with pytest.raises(DataError, match="photos: expected cracks and pictures without"):
        run(OneLabel(), data=DATA)


def test_latencies_of_a_run_take_the_given_time_and_next_to_none_for_accuracy() -> None:
    measure = MadeUp()
    run(measure, seconds=7.0, data=DATA)
    for name, seconds, _ in measure.asked:
        assert seconds == (1.0 if name.startswith(("worse", "sound")) else 7.0)


def test_disturbed_runs_are_counted_and_are_no_alarm() -> None:
    found = run(MadeUp(disturbed=["others kept 0.9 cores busy"]))["equal"]
    assert (found["disturbed"], found["alarms"]["by_against"]["count"]) == (3, 0)


def test_runs_too_short_for_a_verdict_are_told_apart() -> None:
    found = run(MadeUp(sittings=1))["equal"]
    assert (found["comparisons"], found["judged"]) == (3, 0)


def test_a_larger_file_is_no_alarm_of_latency() -> None:
    base, new = make_results(), make_results()
    new["files"][0]["bytes"] *= 2
    verdict = judge(base, new, "latency")
    assert (verdict.words, verdict.misses) == (frozenset(), ())


def test_every_part_is_told_to_its_end() -> None:
    progress = Remembering()
    run(MadeUp(), progress=progress, data=DATA)
    last = {what: (done, total) for what, done, total in progress.steps}
    assert last == {
        "equal files": (4, 4),
        "a slowed file": (20, 20),
        "worse files": (11, 11),
    }
