"""What report.json holds, without drawing anything."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edge.evaluation.dataset import Sample, truths_of
from edge.evaluation.metrics import compute_metrics
from edge.evaluation.scored_samples import ScoredSamples, report_on
from edge.model.labels import CRACK, NO_CRACK
from tests.unit.fakes import make_card
from trainer.report.mistakes import find_false_alarms, find_missed_cracks
from trainer.report.training_report import TrainingReport, collect_facts

LABELS = (CRACK, CRACK, CRACK, NO_CRACK, NO_CRACK, NO_CRACK)
SCORES = np.array([0.9, 0.3, 0.1, 0.2, 0.6, 0.8], np.float32)
SAMPLES = [
    Sample(Path(f"/data/{i}.jpg"), label, f"{'ab'[i % 2]}/photo{i}", "test")
    for i, label in enumerate(LABELS)
]


def make_report(**changes: Any) -> TrainingReport:
    facts: dict[str, Any] = {
        "card": make_card(),
        "samples": SAMPLES,
        "scores": SCORES,
        "figures": report_on(ScoredSamples(SAMPLES, SCORES, []), 0.5),
        "history": [],
        "split_rule": "By photo.",
    }
    return TrainingReport(**facts | changes)


def test_the_facts_keep_the_figures_of_the_test_split() -> None:
    facts = collect_facts(make_report(unreadable=["x.jpg: broken"])).to_dict()
    expected = compute_metrics(SCORES, truths_of(SAMPLES), 0.5).to_dict()
    assert expected == {key: facts[key] for key in expected}
    assert facts["split"] == "test"
    assert set(facts["per_source"]) == {"a", "b"}
    assert facts["unreadable"] == ["x.jpg: broken"]
    assert facts["split_rule"] == "By photo."


def test_the_facts_are_json_without_infinities() -> None:
    text = json.dumps(collect_facts(make_report()).to_dict(), allow_nan=False)
    points = json.loads(text)["roc_points"]
    assert points["threshold"][0] is None
    assert points["recall"][-1] == points["false_alarm_rate"][-1] == 1


def test_the_worst_mistakes_come_first() -> None:
    worst = collect_facts(make_report()).worst_mistakes
    assert [one.path for one in worst.missed_cracks] == ["/data/2.jpg", "/data/1.jpg"]
    assert [one.score for one in worst.false_alarms] == pytest.approx([0.8, 0.6])
    assert worst.false_alarms[0].label == NO_CRACK
    assert worst.false_alarms[0].source == "b"


def test_no_more_mistakes_are_listed_than_asked_for() -> None:
    assert len(find_missed_cracks(SAMPLES, SCORES, 0.5, 1)) == 1
    assert len(find_false_alarms(SAMPLES, SCORES, 0.5, 1)) == 1
    assert find_missed_cracks(SAMPLES, SCORES, 0.05) == []


def test_a_score_at_the_threshold_is_no_missed_crack() -> None:
    found = find_missed_cracks(SAMPLES, SCORES, float(SCORES[1]))
    assert [mistake.path for mistake in found] == [str(SAMPLES[2].path)]
