"""Figures of models that scored the same pictures, with intervals by the same resamples."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from benchmarks.result_types import AccuracyRow, AgreementEntry
from benchmarks.run.subject import Subject
from edge.detect.settings import View
from edge.evaluation.bootstrap import (
    FIGURES,
    LEVEL,
    Bootstrap,
    Resamples,
    find_interval,
    find_intervals,
    find_units,
)
from edge.evaluation.calibration_error import brier_score, expected_calibration_error
from edge.evaluation.dataset import Sample, truths_of
from edge.evaluation.scored_samples import ScoredSamples, report_on

ACCURACY = "accuracy"


@dataclass(frozen=True)
class SubjectScores:
    """What a model scored.

    Attributes:
        subject: file and backend.
        view: in which it looked.
        values: float64 (N,), crack probabilities as the float32 that they are; float32 itself
            would round the threshold that it is compared with.
    """

    subject: Subject
    view: View
    values: NDArray[np.float64]

    @property
    def threshold(self) -> float:
        """Return the decision value of the model's card."""
        return self.subject.file.card.threshold

    @property
    def verdicts(self) -> NDArray[np.bool_]:
        """Return bool (N,), True where it sees a crack."""
        return self.values >= self.threshold


def make_rows(
    scored: Sequence[SubjectScores],
    samples: Sequence[Sample],
    *,
    others: Sequence[SubjectScores] = (),
    parent: Subject | None = None,
    bootstrap: Bootstrap,
) -> list[AccuracyRow]:
    """Return the rows of ``accuracy`` as in results.json.

    Args:
        scored: what each model scored.
        samples: the pictures, in the order of all scores.
        others: what models scored that have no rows; they may be parents too.
        parent: the model that is said to be the others' parent.
        bootstrap: settings of the intervals.
    """
    resamples = Resamples(find_units(samples), bootstrap)
    known = [*scored, *others]
    return [_make_row(one, samples, _find_parent(one, known, parent), resamples) for one in scored]


def comes_from(child: Subject, parent: Subject) -> bool:
    """Tell whether a file was converted from the other one, by the hash on its card."""
    return child.file.card.parent_sha256 == parent.file.sha256


def may_stand_for_parent(child: Subject, other: Subject) -> bool:
    """Tell whether a file can be compared with another one that is said to be its parent.

    That is its parent, another conversion of its parent, or anything if its card names no parent.
    """
    sha256 = child.file.card.parent_sha256
    related = (None, other.file.sha256, other.file.card.parent_sha256)
    return child.file != other.file and sha256 in related


def _find_parent(
    child: SubjectScores, known: Sequence[SubjectScores], parent: Subject | None
) -> SubjectScores | None:
    alike = [one for one in known if one.view == child.view]
    for one in alike:
        if comes_from(child.subject, one.subject):
            return one
    if parent is None or not may_stand_for_parent(child.subject, parent):
        return None
    return next((one for one in alike if one.subject == parent), None)


def _make_row(
    one: SubjectScores,
    samples: Sequence[Sample],
    parent: SubjectScores | None,
    resamples: Resamples,
) -> AccuracyRow:
    truths = truths_of(samples)
    scored = ScoredSamples(list(samples), one.values.astype(np.float32), [])
    report = report_on(scored, one.threshold)
    del report["unreadable"]
    row = {
        "file": one.subject.file.name,
        "backend": one.subject.backend,
        "view": one.view,
        **report,
        "intervals": _find_intervals(one, truths, resamples),
        "units": resamples.unit_count,
        "calibration_error": expected_calibration_error(one.values, truths),
        "brier": brier_score(one.values, truths),
        "agreement": _compare(one, parent, resamples) if parent else None,
        "scores": one.values.tolist(),
    }
    # The report of ``evaluate`` has the other figures.
    return cast(AccuracyRow, row)


def _find_intervals(
    one: SubjectScores, truths: NDArray[np.bool_], resamples: Resamples
) -> Mapping[str, dict[str, Any] | None]:
    if not resamples.suffice:
        return dict.fromkeys((ACCURACY, *FIGURES))
    figures = resamples.figures(one.values, truths, one.threshold)
    found = find_intervals({ACCURACY: resamples.mean(one.verdicts == truths), **figures})
    counted = {
        "recall": (truths, one.verdicts),
        "precision": (one.verdicts, truths),
        ACCURACY: (np.ones(len(truths), bool), one.verdicts == truths),
    }
    for name, (among, hits) in counted.items():
        found[name] = _widen(found[name], among, hits, resamples.units)
    return found


def _widen(
    interval: dict[str, Any] | None,
    among: NDArray[np.bool_],
    hits: NDArray[np.bool_],
    units: NDArray[np.intp],
) -> dict[str, Any] | None:
    """Give an interval to a share of all or nothing, which looks the same in every resample.

    The exact binomial one (Clopper & Pearson 1934) of as many photos as hold such pictures: they,
    not their pictures, are independent.
    """
    if interval is None or (hits[among].any() and not hits[among].all()):
        return interval
    miss = ((1 - LEVEL) / 2) ** (1 / len(np.unique(units[among])))
    return interval | ({"low": miss} if hits[among].all() else {"high": 1 - miss})


def _compare(one: SubjectScores, parent: SubjectScores, resamples: Resamples) -> AgreementEntry:
    agrees = one.verdicts == parent.verdicts
    everything = np.ones(len(agrees), bool)
    found = find_interval(resamples.mean(agrees)) if resamples.suffice else None
    interval = _widen(found.to_dict() if found else None, everything, agrees, resamples.units)
    return {
        "parent": parent.subject.file.name,
        "value": float(agrees.mean()),
        "low": interval["low"] if interval else None,
        "high": interval["high"] if interval else None,
        "flips": int((~agrees).sum()),
    }
