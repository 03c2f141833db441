"""What each model sees on labelled pictures, by the code path of ``crack-edge evaluate``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.result_types import VIEWS, AccuracyPart, ProblemEntry, SamplesEntry
from benchmarks.run.accuracy_rows import SubjectScores, make_rows, may_stand_for_parent
from benchmarks.run.backends import KERAS, open_tested
from benchmarks.run.isolated_process import run_isolated
from benchmarks.run.labelled import (
    Labelled,
    Scored,
    name_samples,
    score_labelled,
)
from benchmarks.run.subject import Subject, describe_problem
from converters.pictures import describe_pictures
from edge.detect.settings import View
from edge.evaluation.bootstrap import Bootstrap
from edge.files.errors import DataError, EnvironmentLacksError, ModelError
from edge.files.hashing import sha256_of
from edge.files.native_output import silence
from edge.files.progress import Progress
from edge.machine.resources import count_cores
from edge.model.labels import CRACK, NO_CRACK
from edge.model.scorer import Scorer

# Opens a file on a backend, given by its name, with so many threads that score side by side.
ScorerOpener = Callable[[Path, str, int], Scorer]
# Calls a function with arguments, as ``run_isolated`` does.
Runner = Callable[..., Scored]


def open_scorer(path: Path, backend: str, threads: int) -> Scorer:
    """Open a model as ``crack-edge evaluate`` does, but on a given backend.

    Raises:
        ModelError: a damaged file, or one that the backend cannot run.
        EnvironmentLacksError: the backend is not installed, or gives other scores here.
    """
    if backend == KERAS:
        # TensorFlow writes to stderr when it is imported.
        with silence():
            from converters.parents.keras_model import KerasScorer
            from converters.parents.load import load_parent

            return KerasScorer(load_parent(path))
    return open_tested(path, backend, threads=threads)


def measure_accuracy(
    subjects: Sequence[Subject],
    labelled: Labelled,
    *,
    split: str | None = None,
    views: Sequence[View] = VIEWS,
    parent: Subject | None = None,
    threads: int | None = None,
    bootstrap: Bootstrap | None = None,
    progress: Progress,
    opener: ScorerOpener = open_scorer,
    runner: Runner = run_isolated,
) -> tuple[AccuracyPart | None, list[ProblemEntry]]:
    """Score labelled pictures, or labelled squares of photos, with every subject.

    Args:
        subjects: files and backends.
        labelled: the pictures or squares, from ``read_labelled``.
        split: that they were chosen by; None if by none.
        views: of squares; pictures are seen as tiles only, and so are models without a dense view.
        parent: the model that files were converted from, if it is not among the subjects; or its
            float32 conversion, which stands for it.
        threads: that score side by side; one for each core if None.
        bootstrap: settings of the intervals.
        progress: gets the steps of each model.
        opener: opens a model in the process that scores, to which it is pickled.
        runner: runs a function in a process of its own.

    Returns:
        ``accuracy`` as in results.json, None if no model could score, and rows of ``problems``.

    Raises:
        DataError: nothing of it can be read, or it changes meanwhile.
    """
    threads = threads or count_cores()
    todo = list(subjects)
    if parent is not None:
        todo += [] if parent in subjects else [parent]
        _note_unrelated(subjects, parent, progress)
    first: Scored | None = None
    found: list[SubjectScores] = []
    problems = []
    for subject in todo:
        for view in _choose_views(subject, labelled, views):
            where = (subject.file.path, subject.backend, threads)
            steps = _ModelProgress(
                progress, f"{subject.file.name} on {subject.backend}", first is None
            )
            try:
                scored = runner(_score, opener, where, labelled, view, progress=steps)
            except (ModelError, EnvironmentLacksError) as error:
                problems.append(describe_problem(subject, error))
                break
            first = first or scored
            if not scored.shows_the_same(first):
                raise DataError(
                    f"{labelled.where}: its pictures changed while they were scored; start again "
                    "when nobody writes there"
                )
            found.append(SubjectScores(subject, view, np.array(scored.scores, np.float64)))
    if first is None or not any(one.subject in subjects for one in found):
        return None, problems
    rows = make_rows(
        [one for one in found if one.subject in subjects],
        first.samples,
        others=[one for one in found if one.subject not in subjects],
        parent=parent,
        bootstrap=bootstrap or Bootstrap(),
    )
    samples = _describe_samples(first)
    return {
        "data": _describe_data(first, samples, split),
        "samples": samples,
        "rows": rows,
    }, problems


def _note_unrelated(subjects: Sequence[Subject], parent: Subject, progress: Progress) -> None:
    files = {one.file.name: one for one in subjects if one.file != parent.file}
    for name, one in files.items():
        if not may_stand_for_parent(one, parent):
            progress.say(
                f"note: {name} was not converted from {parent.file.name}, by the sha256 on its "
                "card; its agreement is left out"
            )


def _choose_views(subject: Subject, labelled: Labelled, views: Sequence[View]) -> list[View]:
    if labelled.views == ("tile",) or not subject.file.card.has_dense_view:
        return ["tile"]
    return [view for view in labelled.views if view in views]


def _score(
    opener: ScorerOpener,
    where: tuple[Path, str, int],
    labelled: Labelled,
    view: View,
    *,
    progress: Progress,
) -> Scored:
    """Open a model and score with it, in the process of its own."""
    scorer = opener(*where)
    return score_labelled(scorer, labelled, view, scorer.card.threshold, progress)


def _describe_samples(scored: Scored) -> SamplesEntry:
    ids = name_samples(scored)
    return {
        "id": ids,
        "is_crack": [sample.is_crack for sample in scored.samples],
        "source": [sample.source for sample in scored.samples],
        "unit": [
            sample.group if sample.has_photo else name
            for sample, name in zip(scored.samples, ids, strict=True)
        ],
    }


def _describe_data(scored: Scored, samples: SamplesEntry, split: str | None) -> dict[str, Any]:
    cracks = sum(samples["is_crack"])
    lines = sorted(
        f"{name},{truth}" for name, truth in zip(samples["id"], samples["is_crack"], strict=True)
    )
    return {
        **describe_pictures(scored.samples, scored.unreadable).to_dict(),
        "split": split,
        "labels": {CRACK: cracks, NO_CRACK: len(scored.samples) - cracks},
        "kind": "pictures" if scored.boxes is None else "squares of photos",
        # Of the bytes and labels; the other one, as in certificates, is of names.
        "content": sha256_of("\n".join(lines).encode()),
    }


class _ModelProgress:
    """Progress of one model among many; what is wrong with pictures is reported once."""

    def __init__(self, progress: Progress, name: str, says: bool) -> None:
        self._progress = progress
        self._name = name
        self._says = says

    def say(self, text: str) -> None:
        if self._says:
            self._progress.say(text)

    def step(self, what: str, done: int, total: int, *, note: str = "") -> None:
        self._progress.step(f"{self._name}: {what}", done, total, note=note)
