"""The stages of one photo: each second is counted once."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from itertools import count
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

import benchmarks.output
from benchmarks.run.stages import Stages, measure_stages, summarise_stages, time_stages
from edge.model.card import TILE_LOGIT, Card
from edge.photo.codec import write_photo
from tests.unit.benchmarks.made_subjects import make_subject, shipped_subject
from tests.unit.benchmarks.results_made import make_results
from tests.unit.fakes import DarknessScorer, Remembering, draw_wall, make_card

SCHEMA = Path(benchmarks.output.__file__).parent / "results.schema.json"
TILE_ONLY = make_card(output=TILE_LOGIT, cell_px=64)


class CountingScorer(DarknessScorer):
    """Counts how often the runtime was asked, and how many pieces waited at most."""

    asked = 0
    most = 0

    def cell_logits(self, pieces: Iterable[NDArray[np.uint8]]) -> Iterator[NDArray[np.float32]]:
        waiting = list(pieces)
        self.asked += 1
        self.most = max(self.most, len(waiting))
        return super().cell_logits(waiting)

    def scores(self, tiles: NDArray[np.uint8]) -> NDArray[np.float32]:
        self.asked += 1
        return super().scores(tiles)


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    path = tmp_path / "wall.png"
    write_photo(path, draw_wall((1500, 1000), (100, 100, 300, 300)))
    return path


@pytest.mark.parametrize("card", [make_card(), TILE_ONLY], ids=["dense", "tiles"])
def test_each_look_at_the_clock_ends_one_stage_and_begins_another(photo: Path, card: Card) -> None:
    scorer = CountingScorer(card)
    looks = count()
    stages = time_stages(scorer, photo, clock=lambda: float(next(looks)))
    assert scorer.asked > 1
    assert stages.photo_mpx == 1.5
    # A clock that goes one second a look: every stage takes as long as it is looked at.
    assert stages.decode_ms == 1000
    assert stages.resize_ms == stages.invoke_ms == 1000 * scorer.asked
    assert stages.decode_ms + stages.resize_ms + stages.invoke_ms + stages.rest_ms == 1000 * (
        next(looks) - 1
    )


def test_pieces_are_cut_and_scored_one_at_a_time(photo: Path) -> None:
    scorer = CountingScorer()
    time_stages(scorer, photo)
    assert scorer.most == 1


def test_stages_are_medians_and_the_total_is_their_sum() -> None:
    rounds = [Stages(12.0, 10.0, 1.0, 100.0, 5.0), Stages(12.0, 30.0, 3.0, 120.0, 7.0)]
    row = summarise_stages(make_subject(), [*rounds, Stages(12.0, 20.0, 2.0, 500.0, 6.0)])
    assert row == {
        "file": "fake.int8.tflite",
        "backend": "LiteRT",
        "photo_mpx": 12.0,
        "view": "dense",
        "decode_ms": 20.0,
        "resize_ms": 2.0,
        "invoke_ms": 120.0,
        "rest_ms": 6.0,
        "total_ms": 148.0,
    }
    tile_only = make_subject(output=TILE_LOGIT, cell_px=64)
    assert summarise_stages(tile_only, rounds)["view"] == "tile"


def test_a_shipped_model_is_measured_and_a_broken_file_is_a_problem(tmp_path: Path) -> None:
    broken = tmp_path / "broken.tflite"
    broken.write_bytes(b"TFL3TFL3")
    subjects = [shipped_subject(path=broken), shipped_subject()]
    progress = Remembering()
    rows, problems = measure_stages(subjects, rounds=1, progress=progress, drawn_wh=(640, 480))
    assert progress.steps[-1] == ("stages of a photo", 2, 2)
    assert len(problems) == 1
    assert "broken.tflite" in problems[0]["text"]
    (row,) = rows
    assert (row["view"], row["photo_mpx"]) == ("dense", 0.3072)
    assert min(row[f"{stage}_ms"] for stage in ("decode", "resize", "invoke", "rest")) > 0
    jsonschema = pytest.importorskip("jsonschema")
    results = make_results(stages=rows, problems=problems)
    jsonschema.validate(json.loads(json.dumps(results)), json.loads(SCHEMA.read_text()))
