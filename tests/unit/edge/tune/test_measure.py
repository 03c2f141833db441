"""Tuning scans drawn photos by each plan and keeps the best; a scan asks for its plan."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from crack_edge.__main__ import main
from crack_edge.commands.tune import format_trials
from edge.files.errors import EnvironmentLacksError, ModelError
from edge.model.backends import open_backend
from edge.model.tflite_file import find_model
from edge.photo.codec import read_photo
from edge.scan.parallelism import Parallelism, default_parallelism
from edge.store.photo_result import PhotoResult, PhotoTask
from edge.tune.choose import frame_threads_for, parallelism_for
from edge.tune.measure import draw_tasks, measure_frames, measure_scan, tune_machine
from edge.tune.plan_search import SearchReport, Trial
from edge.tune.profile import find_key, save_plan
from tests.unit.fakes import Remembering

PLAN = Parallelism(threads=1, photos=2)
REPORT = SearchReport(PLAN, (Trial("photos in flight", PLAN, 1.0, 1.0),))


def _measure(
    work: Callable[[PhotoTask], PhotoResult],
    *,
    plan: Parallelism = PLAN,
    progress: Remembering | None = None,
    clock: Callable[[], float] = lambda: 0.0,
    out: Path,
) -> float:
    return measure_scan(
        plan,
        tasks=[PhotoTask(Path("a.jpg"), f"{number}.jpg") for number in range(4)],
        out=out,
        make_worker=lambda plan, out: work,
        progress=progress or Remembering(),
        clock=clock,
    )


def _no_tune(model: str, **_: Any) -> SearchReport:
    raise AssertionError("measured without need")


def test_drawn_photos_are_scanned_under_names_of_their_own(tmp_path: Path) -> None:
    tasks = draw_tasks(tmp_path, 5, (64, 48))
    assert len({task.name for task in tasks}) == 5
    assert all(read_photo(task.path).shape == (48, 64, 3) for task in tasks)


def test_making_the_worker_is_not_counted(tmp_path: Path) -> None:
    now = [0.0]

    def make_worker(plan: Parallelism, out: Path) -> Callable[[PhotoTask], PhotoResult]:
        now[0] += 100
        return work

    def work(task: PhotoTask) -> PhotoResult:
        now[0] += 2
        return PhotoResult(task)

    seconds = measure_scan(
        Parallelism(1, 1),
        tasks=[PhotoTask(Path("a.jpg"), f"{number}.jpg") for number in range(3)],
        out=tmp_path / "out",
        make_worker=make_worker,
        progress=Remembering(),
        clock=lambda: now[0],
    )
    assert seconds == 6


def test_a_plan_by_which_a_photo_fails_takes_for_ever(tmp_path: Path) -> None:
    progress = Remembering()
    seconds = _measure(
        lambda task: PhotoResult(task, error="no room"), out=tmp_path, progress=progress
    )
    assert seconds == math.inf
    (line,) = progress.lines
    assert line.startswith("1 thread, 2 photos in flight: does not work here")
    assert line.endswith("no room")


def test_a_model_that_does_not_work_at_all_ends_the_measurement(tmp_path: Path) -> None:
    def make_worker(plan: Parallelism, out: Path) -> Callable[[PhotoTask], PhotoResult]:
        raise EnvironmentLacksError("no runtime")

    with pytest.raises(EnvironmentLacksError, match="no runtime"):
        measure_scan(
            PLAN,
            tasks=[],
            out=tmp_path,
            make_worker=make_worker,
            progress=Remembering(),
        )


def test_the_plan_that_works_is_found() -> None:
    made: list[Parallelism] = []

    def make_worker(plan: Parallelism, out: Path) -> Callable[[PhotoTask], PhotoResult]:
        made.append(plan)
        error = None if plan.photos == 3 else "too small"
        return lambda task: PhotoResult(task, error=error)

    report = tune_machine(
        "default",
        cores=1,
        progress=Remembering(),
        rounds=1,
        photo_wh=(32, 32),
        make_worker=make_worker,
    )
    assert report.plan.photos == 3
    assert len(made) == 1 + 3  # the first wakes the machine


@pytest.mark.parametrize(("load", "warned"), [(0.1, False), (0.9, True)])
def test_a_busy_machine_is_told_of(load: float, warned: bool) -> None:
    progress = Remembering()
    tune_machine(
        "default",
        cores=1,
        progress=progress,
        rounds=1,
        photo_wh=(32, 32),
        make_worker=lambda plan, out: PhotoResult,
        load=load,
    )
    assert any("load average 0.9, 1 core" in line for line in progress.lines) == warned


def test_threads_for_a_frame_are_chosen_by_themselves() -> None:
    report = tune_machine(
        "default",
        cores=2,
        progress=Remembering(),
        rounds=1,
        photo_wh=(32, 32),
        make_worker=lambda plan, out: PhotoResult,
        measure_look=lambda plan: 1.0 / plan.threads,
    )
    assert report.plan.frame_threads == 2
    assert str(report.plan).endswith("; 2 threads for a camera frame")


def test_live_takes_the_threads_that_were_kept(tmp_path: Path) -> None:
    path, key = tmp_path / "profile.json", find_key("default")
    assert frame_threads_for("default", progress=Remembering(), path=path) == key.cores
    for kept, used in ((None, key.cores), (3, 3)):
        save_plan(key, Parallelism(1, 2, frame_threads=kept), {}, path=path)
        assert frame_threads_for("default", progress=Remembering(), path=path) == used


def test_real_frames_are_measured() -> None:
    pytest.importorskip("ai_edge_litert")
    now = iter(range(100))
    backend = open_backend(find_model("small"))
    assert measure_frames(backend, PLAN, clock=lambda: float(next(now))) == 1


def test_real_scans_are_measured(tmp_path: Path) -> None:
    pytest.importorskip("ai_edge_litert")
    report = tune_machine("small", cores=1, progress=Remembering(), rounds=1, photo_wh=(256, 256))
    assert len(report.trials) == 3
    assert all(trial.seconds is not None for trial in report.trials)


def test_a_scan_uses_the_plan_that_was_kept(tmp_path: Path) -> None:
    path = tmp_path / "profile.json"
    save_plan(find_key("default"), PLAN, {}, path=path)
    progress = Remembering()
    plan = parallelism_for("default", many=True, progress=progress, path=path, tune=_no_tune)
    assert plan == PLAN
    assert progress.lines == []


def test_a_scan_of_few_photos_is_not_worth_a_measurement(tmp_path: Path) -> None:
    path, progress = tmp_path / "profile.json", Remembering()
    plan = parallelism_for("default", many=False, progress=progress, path=path, tune=_no_tune)
    assert plan == default_parallelism(find_key("default").cores)
    assert progress.lines == []
    assert not path.exists()


def test_a_scan_of_many_photos_measures_once_and_says_so(tmp_path: Path) -> None:
    path, progress = tmp_path / "profile.json", Remembering()
    calls: list[int] = []

    def tune(model: str, *, cores: int, **_: Any) -> SearchReport:
        calls.append(cores)
        return REPORT

    for _ in range(2):
        plan = parallelism_for("default", many=True, progress=progress, path=path, tune=tune)
        assert plan == PLAN
    assert calls == [find_key("default").cores]
    assert "measuring this machine once" in progress.lines[0]
    (entry,) = json.loads(path.read_text())["profiles"]
    assert entry["measured"]["trials"][0]["seconds"] == 1


def test_a_home_that_cannot_be_written_does_not_stop_a_scan(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    path, progress = tmp_path / "file" / "profile.json", Remembering()
    plan = parallelism_for(
        "default", many=True, progress=progress, path=path, tune=lambda *_, **__: REPORT
    )
    assert plan == PLAN
    assert "the measurement was not saved" in progress.lines[-1]


def test_a_machine_that_cannot_be_measured_is_scanned_with_all_the_same(tmp_path: Path) -> None:
    def tune(model: str, **_: Any) -> SearchReport:
        raise EnvironmentLacksError("no place for temporary files")

    path, progress = tmp_path / "profile.json", Remembering()
    plan = parallelism_for("default", many=True, progress=progress, path=path, tune=tune)
    assert plan == default_parallelism(find_key("default").cores)
    assert "no place for temporary files" in progress.lines[-1]


def test_an_unknown_model_has_no_plan(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="nonesuch"):
        parallelism_for("nonesuch", many=False, progress=Remembering(), path=tmp_path / "p.json")


def test_the_table_shows_every_plan_and_what_failed() -> None:
    trials = (
        Trial("threads", Parallelism(2, 2), 2.0, 1.0),
        Trial("threads", Parallelism(1, 2), None, None),
        Trial("photos in flight", Parallelism(2, 1), 2.1, 1.05),
    )
    lines = format_trials(SearchReport(Parallelism(2, 2), trials))
    assert [line.split() for line in lines] == [
        ["threads:"],
        ["threads", "photos", "ratio"],
        ["2", "2", "1.000"],
        ["1", "2", "fails"],
        ["photos", "in", "flight:"],
        ["threads", "photos", "ratio"],
        ["2", "1", "1.050"],
    ]


@pytest.mark.parametrize("stands", ["foreign file", "file above"])
def test_a_profile_that_cannot_be_kept_is_an_error_before_the_measurement(
    tmp_path: Path, stands: str
) -> None:
    (tmp_path / "file").write_text("dear diary")
    path = tmp_path / "file" if stands == "foreign file" else tmp_path / "file" / "profile.json"
    result = CliRunner().invoke(main, ["tune"], env={"CRACK_EDGE_PROFILE": str(path)})
    assert result.exit_code == 2
    (line,) = result.stderr.splitlines()
    assert line.startswith(f"Error: {path}: ")
    assert (tmp_path / "file").read_text() == "dear diary"


def test_an_unknown_model_leaves_no_profile(tmp_path: Path) -> None:
    path = tmp_path / "profile.json"
    result = CliRunner().invoke(
        main, ["tune", "--model", "nonesuch"], env={"CRACK_EDGE_PROFILE": str(path)}
    )
    assert result.exit_code == 2
    assert not path.exists()
