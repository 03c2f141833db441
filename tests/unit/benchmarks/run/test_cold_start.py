"""Cold starts: fresh processes in random order, the first round not counted."""

from __future__ import annotations

import json
import sys
from collections import Counter
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

import benchmarks.output
from benchmarks.run.cold_start import ColdStart, measure_cold_start, start_cold
from benchmarks.run.memory import find_peak_mb
from edge.files.errors import CrackEdgeError, EnvironmentLacksError, ModelError
from edge.model.card import Card
from tests.unit.benchmarks.made_subjects import LITERT, make_subject, shipped_subject
from tests.unit.benchmarks.results_made import make_results
from tests.unit.fakes import Remembering

SCHEMA = Path(benchmarks.output.__file__).parent / "results.schema.json"


class FakeStarter:
    """Starts that take 1000 ms to import in the first round, then 1, 2, ... ms."""

    def __init__(self, broken: str = "", rss_mb: float | None = 80.0) -> None:
        self.started: list[str] = []
        self.broken = broken
        self.rss_mb = rss_mb

    def __call__(self, path: Path, backend: str, card: Card) -> ColdStart:
        before = self.started.count(path.name)
        self.started.append(path.name)
        if path.name == self.broken and before:
            raise ModelError(f"{path}: broke\nwith a second line")
        dense = self.rss_mb if card.has_dense_view else None
        return ColdStart(10.0, float(before or 1000), 20.0, 5.0, self.rss_mb, dense)


def _measure(starter: FakeStarter, *names: str, **words: Any) -> tuple[list[Any], list[Any]]:
    subjects = [make_subject(name) for name in names]
    return measure_cold_start(subjects, starter=starter, **{"progress": Remembering()} | words)


def test_the_first_round_does_not_count_and_the_rest_gives_medians() -> None:
    (row,), problems = _measure(FakeStarter(), "a.tflite", rounds=7)
    assert not problems
    assert (row["n"], row["import_ms"], row["first_score_ms"]) == (7, 4.0, 5.0)
    assert row["total_ms"] == {"value": 39.0, "low": 36.0, "high": 42.0}


def test_subjects_take_turns_in_an_order_that_changes() -> None:
    starter = FakeStarter()
    _measure(starter, "a.tflite", "b.tflite", "c.tflite", rounds=20)
    rounds = [tuple(starter.started[place : place + 3]) for place in range(0, 63, 3)]
    assert all(sorted(one) == ["a.tflite", "b.tflite", "c.tflite"] for one in rounds)
    assert len(set(rounds)) > 3


def test_a_subject_that_fails_is_a_problem_and_the_others_go_on() -> None:
    starter, progress = FakeStarter("b.tflite"), Remembering()
    rows, problems = _measure(starter, "a.tflite", "b.tflite", rounds=6, progress=progress)
    assert [row["file"] for row in rows] == ["a.tflite"]
    assert problems == [{"file": "b.tflite", "backend": LITERT, "text": "b.tflite: broke"}]
    assert Counter(starter.started) == {"a.tflite": 7, "b.tflite": 2}
    assert progress.steps[-1] == ("cold starts", 14, 14)


def test_memory_that_nobody_tells_is_left_out() -> None:
    (row,), _ = _measure(FakeStarter(rss_mb=None), "a.tflite", rounds=2)
    assert (row["rss_tile_mb"], row["rss_dense_mb"]) == (None, None)


def test_rows_match_the_schema() -> None:
    jsonschema = pytest.importorskip("jsonschema")
    rows, problems = _measure(FakeStarter("b.tflite"), "a.tflite", "b.tflite", rounds=6)
    results = make_results(cold_start=rows, problems=problems)
    jsonschema.validate(json.loads(json.dumps(results)), json.loads(SCHEMA.read_text()))


def test_a_model_is_started_whatever_lies_in_the_working_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("edge", "benchmarks", "json"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text("raise RuntimeError('not ours')")
    monkeypatch.chdir(tmp_path)
    file = shipped_subject().file
    start = start_cold(file.path, LITERT, file.card)
    parts = (start.python_ms, start.import_ms, start.open_ms, start.first_score_ms)
    assert min(parts) > 0
    assert start.total_ms == pytest.approx(sum(parts))
    if sys.platform == "linux":
        assert start.rss_tile_mb is not None
        assert start.rss_dense_mb is not None
        assert 20 < start.rss_tile_mb <= start.rss_dense_mb < 400


@pytest.mark.parametrize(
    ("name", "backend", "error"),
    [("gone.tflite", LITERT, ModelError), ("shipped", "no such runtime", CrackEdgeError)],
)
def test_what_is_wrong_is_told_in_one_line(
    tmp_path: Path, name: str, backend: str, error: type[CrackEdgeError]
) -> None:
    file = shipped_subject().file
    path = file.path if name == "shipped" else tmp_path / name
    with pytest.raises(error, match=path.name) as caught:
        start_cold(path, backend, file.card)
    assert "\n" not in str(caught.value)
    assert "Traceback" not in str(caught.value)


@pytest.mark.skipif(bool(find_spec("tflite_runtime")), reason="tflite-runtime is installed")
def test_a_machine_that_lacks_a_runtime_is_told_apart_from_a_bad_file() -> None:
    file = shipped_subject().file
    with pytest.raises(EnvironmentLacksError, match="tflite-runtime"):
        start_cold(file.path, "tflite-runtime", file.card)


def test_the_peak_of_memory_is_read_where_linux_tells_it(tmp_path: Path) -> None:
    status = tmp_path / "proc" / "self" / "status"
    status.parent.mkdir(parents=True)
    status.write_text("Name:\tpython\nVmPeak:\t  999999 kB\nVmHWM:\t   78125 kB\n")
    assert find_peak_mb(tmp_path) == 80.0


@pytest.mark.skipif(sys.platform == "darwin", reason="another call tells it there")
def test_without_proc_the_peak_is_not_known(tmp_path: Path) -> None:
    assert find_peak_mb(tmp_path) is None
