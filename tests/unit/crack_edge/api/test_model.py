"""Models opened from Python, and tiles scored by them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import crack_edge as ce
from edge.evaluation.synthetic import draw_tile
from edge.photo.preprocess import to_tile
from tests.unit.crack_edge.api.walls import dark_model


def test_a_shipped_model_tells_cracks_from_none() -> None:
    model = ce.open_model("small", threads=1)
    tiles = np.stack([draw_tile(256, seed=1, crack=has_crack).photo for has_crack in (1, 0)])
    scores = model.scores(tiles)
    assert scores.dtype == np.float32
    assert (scores >= model.card.threshold).tolist() == [True, False]
    assert repr(model).startswith("<Model small: int8, 256 px, threshold 0.")


def test_pictures_of_other_sizes_are_resized_as_in_training() -> None:
    model = dark_model()
    pictures = [draw_tile(size, seed=3, crack=True).photo for size in (64, 100, 200)]
    resized = np.stack([to_tile(picture, model.card.input_px) for picture in pictures])
    assert np.array_equal(model.scores(pictures), model.scores(resized))


def test_no_pictures_have_no_scores() -> None:
    assert dark_model().scores([]).shape == (0,)


def test_what_is_no_tile_is_refused() -> None:
    model = dark_model()
    with pytest.raises(ValueError, match=r"expected \(N, height, width, 3\).*tiles\[np.newaxis\]"):
        model.scores(np.zeros((64, 64, 3), np.uint8))
    with pytest.raises(TypeError, match="a tile has the dtype float32"):
        model.scores(np.zeros((2, 64, 64, 3), np.float32))


def test_what_is_no_model_is_refused(tmp_path: Path) -> None:
    (tmp_path / "model.tflite").write_bytes(b"no model")
    for path in (tmp_path / "model.tflite", tmp_path / "missing.tflite", "nothing-shipped"):
        with pytest.raises(ce.CrackEdgeError, match=Path(path).name):
            ce.open_model(path)
    with pytest.raises(ValueError, match="threads is 0"):
        ce.open_model("small", threads=0)
    with pytest.raises(TypeError, match="threads is of type float; expected a whole number"):
        ce.open_model("small", threads=1.5)  # type: ignore[arg-type]
