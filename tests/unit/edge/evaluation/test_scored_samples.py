"""Scores of labelled pictures: each picture one tile, each source its own figures."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from edge.evaluation.dataset import Sample, read_class_folders
from edge.evaluation.scored_samples import ScoredSamples, read_tiles, report_on, score_samples
from edge.files.errors import DataError
from edge.photo.codec import write_photo
from tests.unit.fakes import DarknessScorer, Remembering, draw_wall


def _sample(label: str, group: str) -> Sample:
    return Sample(Path("x.jpg"), label, group)


def test_each_source_gets_figures_of_its_own() -> None:
    samples = [
        _sample("crack", "set/bridge/1"),
        _sample("no_crack", "set/bridge/2"),
        _sample("crack", "set/wall/1"),
        _sample("crack", "set/wall/2"),
    ]
    scores = np.array([0.9, 0.8, 0.7, 0.1], np.float32)
    report = report_on(ScoredSamples(samples, scores, ["one was broken"]), 0.5)
    assert report["confusion"] == {"tp": 2, "fp": 1, "fn": 1, "tn": 0}
    assert report["unreadable"] == ["one was broken"]
    assert list(report["per_source"]) == ["set/bridge", "set/wall"]
    bridge, wall = report["per_source"].values()
    assert bridge["confusion"] == {"tp": 1, "fp": 1, "fn": 0, "tn": 0}
    assert wall["confusion"] == {"tp": 1, "fp": 0, "fn": 1, "tn": 0}
    assert (bridge["auc"], wall["auc"]) == (1.0, None)
    assert {row["threshold"] for row in (report, bridge, wall)} == {0.5}


@pytest.fixture
def pictures(tmp_path: Path) -> list[Sample]:
    for number in range(70):
        picture = draw_wall((40, 30), (0, 0, 40, 30) if number % 2 else (0, 0, 0, 0))
        label = "crack" if number % 2 else "no_crack"
        write_photo(tmp_path / label / f"{number:03d}.png", picture)
    (tmp_path / "crack" / "021.png").write_bytes(b"broken")
    return read_class_folders(tmp_path)


def test_pictures_are_scored_and_broken_ones_listed(pictures: list[Sample]) -> None:
    progress = Remembering()
    scored = score_samples(DarknessScorer(), pictures, 64, progress)
    assert len(scored.samples) == len(scored.scores) == 69
    assert len(scored.unreadable) == len(progress.lines) == 1
    assert "021.png" in scored.unreadable[0]
    assert progress.steps[-1] == ("scoring", 70, 70)
    verdicts = [score >= 0.5 for score in scored.scores]
    assert verdicts == [sample.is_crack for sample in scored.samples]


def test_tiles_have_the_size_of_the_model(pictures: list[Sample]) -> None:
    batches = list(read_tiles(pictures, 96, Remembering()))
    assert sum(len(kept) for kept, _, _ in batches) == 69
    for kept, tiles, _ in batches:
        assert tiles.shape == (len(kept), 96, 96, 3)
        assert tiles.dtype == np.uint8


def test_a_batch_of_broken_pictures_is_no_hindrance(tmp_path: Path) -> None:
    for number in range(64):
        (tmp_path / f"{number}.png").write_bytes(b"broken")
    write_photo(tmp_path / "good.png", draw_wall((64, 64)))
    samples = [Sample(tmp_path / f"{n}.png", "crack", "g/1") for n in [*range(64), "good"]]
    scored = score_samples(DarknessScorer(), samples, 64, Remembering())
    assert (len(scored.samples), len(scored.unreadable)) == (1, 64)


def test_pictures_that_are_all_broken_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"broken")
    with pytest.raises(DataError, match="none of the pictures can be read"):
        score_samples(
            DarknessScorer(), [Sample(tmp_path / "a.png", "crack", "g")], 64, Remembering()
        )
