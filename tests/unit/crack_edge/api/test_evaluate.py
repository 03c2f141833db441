"""Labelled pictures from Python; what TensorFlow is needed for where there is none."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

import crack_edge as ce
from edge.files.errors import EnvironmentLacksError
from edge.photo.codec import write_photo
from tests.unit.crack_edge.api.walls import dark_model
from tests.unit.fakes import Remembering, draw_wall

MODEL = dark_model()
DARK, BRIGHT = draw_wall((64, 64), (0, 0, 64, 64)), draw_wall((64, 64))


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Two sources; one crack of deck is not to be seen."""
    for name, picture in {
        "wall/crack/1-1.png": DARK,
        "wall/no_crack/1-2.png": BRIGHT,
        "deck/crack/2-1.png": DARK,
        "deck/crack/2-2.png": BRIGHT,
    }.items():
        write_photo(tmp_path / "data" / name, picture)
    return tmp_path / "data"


def test_the_figures_are_those_of_verdicts_and_labels(data: Path) -> None:
    progress = Remembering()
    evaluation = ce.evaluate(MODEL, data, progress=progress)
    assert evaluation.metrics.n == 4
    assert evaluation.metrics.confusion == {"tp": 2, "fp": 0, "fn": 1, "tn": 1}
    assert evaluation.metrics.recall == pytest.approx(2 / 3)
    recalls = {source: metrics.recall for source, metrics in evaluation.per_source.items()}
    assert recalls == {"data/wall": 1, "data/deck": 0.5}
    assert (evaluation.model, evaluation.split, evaluation.regions) == ("fake", None, None)
    assert progress.steps


def test_the_threshold_decides(data: Path) -> None:
    evaluation = ce.evaluate(MODEL, [data], threshold=0.000001)
    assert evaluation.metrics.threshold == 0.000001
    assert evaluation.metrics.recall == 1


def test_unreadable_pictures_are_named(data: Path) -> None:
    (data / "wall/crack/3-1.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    evaluation = ce.evaluate(MODEL, data)
    assert evaluation.metrics.n == 4
    assert len(evaluation.unreadable) == 1
    assert "3-1.png" in evaluation.unreadable[0]


def test_squares_of_whole_photos_are_evaluated_too(tmp_path: Path) -> None:
    write_photo(tmp_path / "a.png", np.hstack([DARK, BRIGHT, BRIGHT, BRIGHT]))
    (tmp_path / "tiles.csv").write_text(
        "photo,x,y,width,height,label\na.png,0,0,64,64,crack\na.png,192,0,64,64,no_crack\n"
    )
    evaluation = ce.evaluate(MODEL, tmp_path)
    assert evaluation.metrics.confusion == {"tp": 1, "fp": 0, "fn": 0, "tn": 1}
    assert evaluation.regions is not None
    assert evaluation.regions["found"] == 1


def test_a_split_that_is_not_there_is_refused(data: Path) -> None:
    with pytest.raises(ce.CrackEdgeError, match="no pictures in the split 'test'"):
        ce.evaluate(MODEL, data, split="test")


@pytest.mark.skipif(find_spec("tensorflow") is not None, reason="TensorFlow is installed")
def test_without_tensorflow_the_error_has_the_pip_command(data: Path, tmp_path: Path) -> None:
    (tmp_path / "model.keras").touch()
    with pytest.raises(EnvironmentLacksError, match=r"pip install 'crack-edge\[train\]'"):
        ce.train(data, tmp_path / "run")
    with pytest.raises(EnvironmentLacksError, match=r"pip install 'crack-edge\[convert\]'"):
        ce.convert(tmp_path / "model.keras", tmp_path / "out")
    with pytest.raises(EnvironmentLacksError, match=r"pip install 'crack-edge\[convert\]'"):
        ce.evaluate(tmp_path / "model.keras", data)
