"""The report of a training: ``report.json`` for programs, ``report.html`` for people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edge.evaluation.calibration_error import brier_score, expected_calibration_error
from edge.evaluation.dataset import Sample, truths_of
from edge.evaluation.metrics import average_precision
from edge.files.atomic_write import replace_atomically, write_json
from edge.model.card import Card
from edge.store.thumbnails import make_thumb_jpeg
from trainer.report.calibration import calibration_curve
from trainer.report.classification_report import classification_report
from trainer.report.curve_points import precision_recall_points, roc_points
from trainer.report.facts import CalibrationFacts, ReportFacts, WorstMistakes
from trainer.report.mistakes import find_false_alarms, find_missed_cracks
from trainer.report.page import render_page

REPORT_NAME = "report.json"
PAGE_NAME = "report.html"
_DIGITS = 6


@dataclass(frozen=True)
class TrainingReport:
    """What is known at the end of a training.

    Attributes:
        card: of the model.
        samples: the test split, both labels in it.
        scores: float32 (N,), crack probabilities of the samples as the model gives them.
        figures: as ``edge.evaluation.scored_samples.report_on`` returns them.
        history: a row for each epoch: stage, epoch, loss, accuracy, auc, val_loss, val_accuracy,
            val_auc; some may be missing.
        split_rule: says in a sentence how the split was made and what the figures mean by it.
        unreadable: complaints about pictures that were left out.
        temperature: by which the logits were divided; 1 if they were not.
        ece_before: expected calibration error on the val split without the temperature.
        ece_after: with it.
        interrupted: whether the training was stopped before its end.
        device: what it was trained on.
        pictures_per_second: how fast.
    """

    card: Card
    samples: Sequence[Sample]
    scores: NDArray[np.float32]
    figures: Mapping[str, Any]
    history: Sequence[Mapping[str, Any]]
    split_rule: str
    unreadable: Sequence[str] = ()
    temperature: float = 1.0
    ece_before: float | None = None
    ece_after: float | None = None
    interrupted: bool = False
    device: str = ""
    pictures_per_second: float | None = None


def write_training_report(out: Path, report: TrainingReport) -> ReportFacts:
    """Write ``report.json`` and ``report.html`` into a folder.

    Args:
        out: the folder.
        report: what to report; the samples' pictures are read again for the sheet of mistakes.

    Returns:
        What ``report.json`` holds.

    Raises:
        OutputError: the folder cannot be written into.
    """
    from trainer.report.charts import draw_charts

    facts = collect_facts(report)
    worst = facts.worst_mistakes
    thumbnails = {
        mistake.path: make_thumb_jpeg(Path(mistake.path))
        for mistake in (*worst.missed_cracks, *worst.false_alarms)
    }
    page = render_page(report.card, facts, draw_charts(facts, report.history), thumbnails)
    write_json(out / REPORT_NAME, facts.to_dict())
    replace_atomically(out / PAGE_NAME, page.encode(errors="replace"))
    return facts


def collect_facts(report: TrainingReport) -> ReportFacts:
    """Compute all that ``report.json`` holds."""
    truths = truths_of(report.samples)
    scores, threshold = report.scores, float(report.figures["threshold"])
    return ReportFacts(
        figures=report.figures,
        unreadable=list(report.unreadable),
        split_rule=report.split_rule,
        average_precision=average_precision(scores, truths),
        classification_report=classification_report(scores, truths, threshold),
        calibration=CalibrationFacts(
            temperature=report.temperature,
            val_ece_before=report.ece_before,
            val_ece_after=report.ece_after,
            ece=expected_calibration_error(scores, truths),
            brier=brier_score(scores, truths),
            bins=calibration_curve(scores, truths),
        ),
        worst_mistakes=WorstMistakes(
            find_missed_cracks(report.samples, scores, threshold),
            find_false_alarms(report.samples, scores, threshold),
        ),
        interrupted=report.interrupted,
        device=report.device,
        pictures_per_second=report.pictures_per_second,
        roc_points=_name_columns(
            roc_points(scores, truths), ("false_alarm_rate", "recall", "threshold")
        ),
        precision_recall_points=_name_columns(
            precision_recall_points(scores, truths), ("recall", "precision", "threshold")
        ),
    )


def _name_columns(
    points: NDArray[np.float64], names: Sequence[str]
) -> dict[str, list[float | None]]:
    """Turn points into a list for each column; JSON has no infinity, so that is None."""
    return {
        name: [round(float(v), _DIGITS) if np.isfinite(v) else None for v in column]
        for name, column in zip(names, points.T, strict=True)
    }
