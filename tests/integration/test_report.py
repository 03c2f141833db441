"""The page of a training: whole in one file, safe with any name, nothing left out."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edge.evaluation.dataset import Sample
from edge.evaluation.scored_samples import ScoredSamples, report_on
from edge.evaluation.synthetic import draw_tile
from edge.model.labels import CRACK, NO_CRACK
from edge.photo.codec import write_photo
from tests.unit.fakes import make_card
from tests.unit.pages import Page
from trainer.report.learning_curves import draw_learning_curves
from trainer.report.training_report import TrainingReport, write_training_report

NASTY = "<script>alert('1')</script>&"
HISTORY = [
    {"stage": "head", "epoch": 1, "loss": 0.6, "accuracy": 0.7, "val_loss": 0.5},
    {"stage": "head", "epoch": 2, "loss": 0.4, "accuracy": 0.8, "val_loss": 0.4},
    {"stage": "finetune", "epoch": 1, "loss": 0.3, "accuracy": 0.9, "val_loss": 0.35},
]


def read_page(folder: Path) -> Page:
    return Page.of((folder / "report.html").read_text(encoding="utf-8"))


def make_samples(folder: Path) -> list[Sample]:
    samples = []
    for number in range(40):
        crack = number % 2 == 0
        path = folder / f"{number:02d} <i>&.jpg"
        write_photo(path, draw_tile(64, seed=number, crack=crack).photo)
        samples.append(Sample(path, CRACK if crack else NO_CRACK, f"{NASTY}/{number}", "test"))
    return samples


@pytest.fixture(scope="module")
def samples(tmp_path_factory: pytest.TempPathFactory) -> list[Sample]:
    return make_samples(tmp_path_factory.mktemp("pictures"))


def make_report(samples: list[Sample], **changes: Any) -> TrainingReport:
    rng = np.random.default_rng(0)
    truths = np.array([sample.is_crack for sample in samples])
    scores = np.clip(rng.normal(0.35 + 0.3 * truths, 0.25), 0, 1).astype(np.float32)
    facts: dict[str, Any] = {
        "card": make_card(
            name=f"model {NASTY}",
            threshold_rule=f"by hand {NASTY}",
            recipe={"epochs": 3, NASTY: NASTY},
            data={"pictures": {"train": 1}},
            notes=(NASTY,),
            versions={"keras": "3.12"},
        ),
        "samples": samples,
        "scores": scores,
        "figures": report_on(ScoredSamples(samples, scores, []), 0.5),
        "history": HISTORY,
        "split_rule": f"By photo {NASTY}.",
        "unreadable": [f"{NASTY}.jpg: broken"],
        "temperature": 1.5,
        "ece_before": 0.123,
        "ece_after": 0.045,
        "device": "a drawing board",
    }
    return TrainingReport(**facts | changes)


def test_the_page_needs_nothing_from_outside(samples: list[Sample], tmp_path: Path) -> None:
    write_training_report(tmp_path, make_report(samples))
    read_page(tmp_path).require_offline()


def test_names_from_outside_stay_text(samples: list[Sample], tmp_path: Path) -> None:
    write_training_report(tmp_path, make_report(samples))
    page = read_page(tmp_path)
    assert not {"script", "i"} & set(page.tags)
    for expected in (f"model {NASTY}", f"by hand {NASTY}", f"By photo {NASTY}.", "<i>&.jpg"):
        assert expected in page.text


def test_every_worst_mistake_is_shown_with_its_picture(
    samples: list[Sample], tmp_path: Path
) -> None:
    facts = write_training_report(tmp_path, make_report(samples))
    page = read_page(tmp_path)
    worst = facts.worst_mistakes
    listed = [*worst.missed_cracks, *worst.false_alarms]
    assert listed
    for entry in listed:
        assert Path(entry.path).name in page.text
    assert str(Path(listed[0].path).parent) in page.text
    pictures = [link for link in page.links if link.startswith("data:image/jpeg")]
    assert len(pictures) == len(listed)
    assert all(base64.b64decode(link.partition(",")[2])[:2] == b"\xff\xd8" for link in pictures)


def test_a_picture_that_is_gone_leaves_its_name(samples: list[Sample], tmp_path: Path) -> None:
    gone = [Sample(tmp_path / "gone.jpg", s.label, s.group, s.split) for s in samples]
    write_training_report(tmp_path, make_report(gone))
    assert "can no longer be read" in read_page(tmp_path).text


def test_an_interrupted_training_says_so(samples: list[Sample], tmp_path: Path) -> None:
    write_training_report(tmp_path, make_report(samples))
    assert "stopped early" not in read_page(tmp_path).text
    write_training_report(tmp_path, make_report(samples, interrupted=True))
    assert "stopped early" in read_page(tmp_path).text


def test_the_first_words_are_the_figures_of_the_test_split(
    samples: list[Sample], tmp_path: Path
) -> None:
    facts = write_training_report(tmp_path, make_report(samples))
    counts = facts.figures["confusion"]
    head = read_page(tmp_path).text.partition("How the split was made")[0]
    assert f"({counts['tp']} of {counts['tp'] + counts['fn']})" in head
    assert f"{facts.figures['auc']:.3f}" in head


def test_the_same_report_gives_the_same_page(samples: list[Sample], tmp_path: Path) -> None:
    for name in ("one", "two"):
        write_training_report(tmp_path / name, make_report(samples))
    pages = [(tmp_path / name / "report.html").read_bytes() for name in ("one", "two")]
    assert pages[0] == pages[1]


@pytest.mark.parametrize("history", [[], HISTORY[:1], [{"stage": "head", "epoch": 1}]])
def test_a_short_history_is_no_obstacle(
    samples: list[Sample], tmp_path: Path, history: list[dict[str, Any]]
) -> None:
    write_training_report(tmp_path, make_report(samples, history=history))
    draw_learning_curves(history, tmp_path / "curves.png")
    assert ("Learning curves" in read_page(tmp_path).text) == bool(history)


def test_a_model_without_a_mistake_or_an_alarm_is_reported(
    samples: list[Sample], tmp_path: Path
) -> None:
    for level in (0.1, 0.9):
        scores = np.full(len(samples), level, np.float32)
        figures = report_on(ScoredSamples(samples, scores, []), 0.5)
        write_training_report(tmp_path, make_report(samples, scores=scores, figures=figures))
        read_page(tmp_path)
