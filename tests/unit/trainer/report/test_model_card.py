"""The model card in Markdown: every figure from the report, no name that breaks it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.evaluation.metrics import compute_metrics
from edge.model.card import Card
from tests.unit.fakes import make_card
from trainer.report.model_card import write_model_card

FIGURES = compute_metrics([0.9, 0.7, 0.6, 0.2], [1, 1, 0, 0], 0.5).to_dict()
REPORT = {
    "split": "test",
    **FIGURES,
    "per_source": {"bridge/North": FIGURES},
    "split_rule": "By photo, so the figures speak of other photos.",
    "calibration": {
        "temperature": 1.234,
        "val_ece_before": 0.111,
        "val_ece_after": 0.022,
        "ece": 0.033,
        "brier": 0.044,
    },
}
CARD = make_card(
    name="tiny",
    threshold_rule="highest precision at a recall of at least 0.95",
    recipe={"epochs": 3, "rate": 2e-4},
    data={"pictures": {"train": 30, "test": 4}, "fingerprint": "ab" * 32},
    notes=("Bridge pictures, CC BY 4.0",),
    versions={"keras": "3.12"},
)


def write(folder: Path, card: Card = CARD, report: dict[str, Any] | None = None) -> str:
    write_model_card(folder / "model-card.md", card, REPORT if report is None else report)
    return (folder / "model-card.md").read_text(encoding="utf-8")


def test_the_card_says_what_was_measured(tmp_path: Path) -> None:
    text = write(tmp_path)
    assert "| bridge/North | 4 | 0.750 | 0.667 | 1.000 | 0.800 | 1.000 |" in text
    assert "0.5000 or more" in text
    assert "highest precision at a recall of at least 0.95" in text
    for figure in ("1.234", "0.111", "0.022", "0.033", "0.044"):
        assert figure in text
    assert "Of 100 pieces without a crack, 50.0 were called cracked" in text


def test_the_card_says_how_the_model_was_made(tmp_path: Path) -> None:
    text = write(tmp_path)
    for part in (
        "| epochs | 3 |",
        "| rate | 0.0002 |",
        "train 30, test 4",
        "- Bridge pictures, CC BY 4.0",
        "By photo, so the figures speak of other photos.",
        "keras 3.12",
    ):
        assert part in text


def test_the_card_says_what_the_model_is_not_for(tmp_path: Path) -> None:
    text = write(tmp_path)
    assert "no substitute for an inspector" in text
    assert "## Limits" in text


@pytest.mark.parametrize(("window_px", "finest"), [(64, "1.0"), (32, "1.0"), (160, "2.5")])
def test_the_thinnest_crack_depends_on_how_far_photos_are_shrunk(
    tmp_path: Path, window_px: int, finest: str
) -> None:
    text = write(tmp_path, make_card(window_px=window_px))
    assert f"thinner than about {finest} px of the photo" in text


def test_figures_alone_are_enough(tmp_path: Path) -> None:
    text = write(tmp_path, make_card(), {**FIGURES, "per_source": {}})
    assert "No licence or attribution" in text
    assert "None" not in text
    assert "nan" not in text


def test_an_undefined_figure_is_a_dash(tmp_path: Path) -> None:
    alone = compute_metrics([0.1], [0], 0.5).to_dict()
    assert "| only | 1 | 1.000 | – | – | – | – |" in write(
        tmp_path, report={**alone, "per_source": {"only": alone}}
    )


@given(st.text(min_size=1))
def test_no_name_breaks_out_of_its_cell(
    tmp_path_factory: pytest.TempPathFactory, name: str
) -> None:
    folder = tmp_path_factory.mktemp("card")
    text = write(folder, report={**REPORT, "per_source": {name: FIGURES}})
    table = text[text.index("| source |") :].split("\n\n")[0].split("\n")
    assert len(table) == 4
    assert {len(re.findall(r"(?<!\\)(?:\\\\)*\|", line)) for line in table} == {8}
    assert "<" not in re.sub(r"\\.", "", text)
