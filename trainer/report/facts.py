"""The facts of a training's report; the names of the attributes are the keys of ``report.json``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from trainer.report.calibration import CalibrationBin
from trainer.report.classification_report import ClassificationReport
from trainer.report.mistakes import Mistake

SPLIT = "test"

# Values by the name of their column; None stands for an infinite threshold.
CurveColumns = Mapping[str, Sequence[float | None]]


@dataclass(frozen=True)
class CalibrationFacts:
    """How far scores can be read as probabilities.

    Attributes:
        temperature: by which the logits were divided; 1 if they were not.
        val_ece_before: expected calibration error on the val split without the temperature.
        val_ece_after: with it.
        ece: expected calibration error on the test split.
        brier: Brier score on the test split.
        bins: of the plot, on the test split.
    """

    temperature: float
    val_ece_before: float | None
    val_ece_after: float | None
    ece: float | None
    brier: float | None
    bins: Sequence[CalibrationBin]


@dataclass(frozen=True)
class WorstMistakes:
    """The mistakes of which the model was the surest, the worst first."""

    missed_cracks: Sequence[Mistake]
    false_alarms: Sequence[Mistake]


@dataclass(frozen=True)
class ReportFacts:
    """What a report says beside the model's card.

    Attributes:
        figures: on the test split, as ``edge.evaluation.scored_samples.report_on`` returns them.
        unreadable: complaints about pictures that were left out.
        split_rule: how the split was made and what the figures mean by it.
        average_precision: on the test split.
        classification_report: at the threshold.
        calibration: of the scores.
        worst_mistakes: on the test split.
        interrupted: whether the training was stopped before its end.
        device: what it was trained on.
        pictures_per_second: how fast.
        roc_points: false_alarm_rate, recall and threshold.
        precision_recall_points: recall, precision and threshold.
    """

    figures: Mapping[str, Any]
    unreadable: Sequence[str]
    split_rule: str
    average_precision: float | None
    classification_report: ClassificationReport
    calibration: CalibrationFacts
    worst_mistakes: WorstMistakes
    interrupted: bool
    device: str
    pictures_per_second: float | None
    roc_points: CurveColumns
    precision_recall_points: CurveColumns

    def to_dict(self) -> dict[str, Any]:
        """Return what ``report.json`` holds: the figures come first, beside the other facts."""
        facts = asdict(self)
        figures = facts.pop("figures")
        return {"split": SPLIT, **figures, **facts}
