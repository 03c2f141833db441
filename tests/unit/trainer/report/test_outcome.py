"""What a training says of its model at the end."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np

from edge.evaluation.scored_samples import ScoredSamples, report_on
from tests.unit.trainer.report.test_training_report import SAMPLES, SCORES, make_report
from trainer.report.facts import ReportFacts
from trainer.report.outcome import FEW_PICTURES, describe_outcome
from trainer.report.training_report import collect_facts


def _facts(threshold: float, repeated: int = 1) -> ReportFacts:
    samples, scores = SAMPLES * repeated, np.tile(SCORES, repeated)
    figures = report_on(ScoredSamples(samples, scores, []), threshold)
    return dataclasses.replace(collect_facts(make_report()), figures=figures)


def _told(sentences: Sequence[str], words: str) -> bool:
    return any(words in sentence for sentence in sentences)


def test_recall_and_false_alarms_come_first_and_then_what_split_it_was() -> None:
    first, second, *_ = describe_outcome(_facts(0.5))
    assert "1 of 3 cracks (recall 0.333) and raises 2 false alarms on 3 pictures" in first
    assert second == "By photo."


def test_few_pictures_are_called_rough() -> None:
    assert _told(describe_outcome(_facts(0.5)), "rough")
    assert not _told(describe_outcome(_facts(0.5, repeated=FEW_PICTURES)), "rough")


def test_a_model_that_calls_most_pictures_cracked_is_told_so() -> None:
    assert _told(describe_outcome(_facts(0.05)), "most pictures without a crack cracked")
    assert not _told(describe_outcome(_facts(0.7)), "most pictures without a crack cracked")
