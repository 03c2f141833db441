"""Evaluation of a model: on which pictures, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge.detect.settings import ScanSettings, Scorers
from edge.evaluation.evaluate import evaluate
from edge.files.errors import InputError
from edge.photo.codec import write_photo
from tests.unit.fakes import DarknessScorer, Remembering, draw_wall


@pytest.fixture
def manifest(tmp_path: Path) -> Path:
    rows = ["path,label,group,split"]
    for number, split in enumerate(("train", "train", "test", "test")):
        crack = number % 2 == 1
        spot = (0, 0, 64, 64) if crack else (0, 0, 0, 0)
        write_photo(tmp_path / f"{number}.png", draw_wall((64, 64), spot))
        rows.append(f"{number}.png,{'crack' if crack else 'no_crack'},wall/{number},{split}")
    path = tmp_path / "manifest.csv"
    path.write_text("\n".join(rows))
    return path


@pytest.mark.parametrize(("split", "n", "notes"), [(None, 4, 1), ("test", 2, 0)])
def test_training_pictures_are_noted(manifest: Path, split: str | None, n: int, notes: int) -> None:
    progress = Remembering()
    scorers, settings = Scorers(DarknessScorer()), ScanSettings(0.5)
    report = evaluate(scorers, [manifest], settings=settings, progress=progress, split=split)
    assert (report["n"], report["recall"], report["split"]) == (n, 1, split)
    assert len([line for line in progress.lines if "training pictures" in line]) == notes


@pytest.mark.parametrize(
    ("settings", "screening"),
    [(ScanSettings(0.5, scales=(0.5,)), None), (ScanSettings(0.5), DarknessScorer())],
)
def test_settings_of_whole_photos_are_refused_for_single_pictures(
    manifest: Path, settings: ScanSettings, screening: DarknessScorer | None
) -> None:
    with pytest.raises(InputError, match="whole photos"):
        evaluate(
            Scorers(DarknessScorer(), screening),
            [manifest],
            settings=settings,
            progress=Remembering(),
        )
