"""Tiles per second: every layout of the machine, measured side by side."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

from benchmarks.run.backends import KERAS, TF_LITE
from benchmarks.run.files import read_model_files
from benchmarks.run.invokes import ProcessLayout, open_interpreters
from benchmarks.run.subject import Subject
from benchmarks.run.throughput import measure_throughput, open_subject_interpreters
from edge.files.errors import ModelError
from edge.model.backends import list_backends
from tests.unit.benchmarks.run.latency_fakes import make_subject
from tests.unit.fakes import Remembering

A, B = make_subject("a.tflite"), make_subject("b.tflite")


@dataclass
class FakeCores:
    """Cores on which a tile takes as long as it does, on a clock that only they advance.

    Attributes:
        tile_s: of a tile.
        refuses: files that cannot be opened.
        interrupt_at: number of the call at which Ctrl-C is pressed.
        calls: layout and invokes of each interpreter.
    """

    tile_s: float = 0.01
    refuses: tuple[str, ...] = ()
    interrupt_at: int | None = None
    now_s: float = 0.0
    calls: list[tuple[ProcessLayout, int]] = field(default_factory=list)
    open: int = 0

    @contextmanager
    def open_layout(self, subject: Subject, layout: ProcessLayout) -> Iterator[FakeCrew]:
        if subject.file.name in self.refuses:
            raise ModelError(f"{subject.file.name}: damaged")
        self.open += 1
        try:
            yield FakeCrew(self, layout)
        finally:
            self.open -= 1

    def measure(
        self, *subjects: Subject, max_seconds: float = 10, progress: Remembering | None = None
    ) -> tuple[list[dict[str, Any]], list[dict[str, str]]]:
        return measure_throughput(
            subjects,
            cores=2,
            max_seconds=max_seconds,
            progress=progress or Remembering(),
            clock=lambda: self.now_s,
            open_layout=self.open_layout,
        )


@dataclass
class FakeCrew:
    """Interpreters that don't disturb each other."""

    cores: FakeCores
    layout: ProcessLayout

    def run(self, each: int) -> None:
        if len(self.cores.calls) == self.cores.interrupt_at:
            raise KeyboardInterrupt
        self.cores.calls.append((self.layout, each))
        self.cores.now_s += each * self.cores.tile_s


def test_every_split_has_a_row_with_the_tiles_of_all_its_workers() -> None:
    rows, problems = FakeCores().measure(A, B)
    found = [
        (row["file"], row["processes"], row["threads"], row["tiles_per_s"]["value"]) for row in rows
    ]
    assert found == [
        (name, processes, threads, pytest.approx(100 * processes * threads))
        for name in ("a.tflite", "b.tflite")
        for processes, threads in ((1, 1), (1, 2), (2, 1))
    ]
    assert not problems


def test_the_splits_take_turns_in_a_new_order_each_round() -> None:
    cores = FakeCores()
    cores.measure(A)
    layouts = [str(layout) for layout, _ in cores.calls][
        3:
    ]  # after a call of each to learn its pace
    rounds = [tuple(layouts[place : place + 3]) for place in range(0, len(layouts), 3)]
    assert len(rounds) > 5
    assert all(len(set(one)) == 3 for one in rounds)
    assert len(set(rounds)) > 2


def test_the_interval_of_equal_rounds_has_no_width() -> None:
    (row, *_), _ = FakeCores().measure(A)
    figure = row["tiles_per_s"]
    assert figure["low"] == pytest.approx(figure["high"])


@pytest.mark.parametrize("max_seconds", [0.001, 2.0, 20.0])
def test_the_time_is_shared_by_the_subjects(max_seconds: float) -> None:
    cores = FakeCores(tile_s=0.001)
    rows, _ = cores.measure(A, B, max_seconds=max_seconds)
    assert len(rows) == 6
    # A call of one tile each cannot be shorter, and a round that has begun is finished.
    assert cores.now_s <= 1.5 * max_seconds + 2 * 3 * 4 * 0.001


def test_the_backends_of_tensorflow_are_left_out() -> None:
    subjects = [make_subject(backend=name) for name in (TF_LITE, KERAS)]
    rows, _ = FakeCores().measure(*subjects, A)
    assert {row["backend"] for row in rows} == {"LiteRT"}
    assert FakeCores().measure(*subjects) == ([], [])


def test_one_that_cannot_be_opened_becomes_a_problem_and_the_others_go_on() -> None:
    cores, progress = FakeCores(refuses=("a.tflite",)), Remembering()
    rows, problems = cores.measure(A, B, progress=progress)
    assert {row["file"] for row in rows} == {"b.tflite"}
    assert problems == [{"file": "a.tflite", "backend": "LiteRT", "text": "a.tflite: damaged"}]
    assert progress.lines == ["left out: a.tflite: damaged"]


def test_ctrl_c_leaves_no_process() -> None:
    cores = FakeCores(interrupt_at=10)
    with pytest.raises(KeyboardInterrupt):
        cores.measure(A, B)
    assert cores.open == 0


def test_told_to_stop_it_begins_no_other_subject() -> None:
    cores = FakeCores()
    rows, _ = measure_throughput(
        [A, B],
        cores=2,
        max_seconds=10,
        progress=Remembering(),
        clock=lambda: cores.now_s,
        open_layout=cores.open_layout,
        stop=lambda: len(cores.calls) > 5,
    )
    assert {row["file"] for row in rows} == {"a.tflite"}


def test_processes_open_a_subject_and_let_all_interpreters_work() -> None:
    (file,) = read_model_files(["small"])
    subject = Subject(file, list_backends(file.path)[0], "1.0")
    with open_subject_interpreters(subject, ProcessLayout(2, 1)) as invoker:
        invoker.run(2)


def test_a_crew_without_its_backend_is_not_started() -> None:
    (file,) = read_model_files(["small"])
    with (
        pytest.raises(ModelError, match="no backend 'none'"),
        open_interpreters(file.path, (64, 64), ProcessLayout(2, 1), backend="none"),
    ):
        pytest.fail("it was")
