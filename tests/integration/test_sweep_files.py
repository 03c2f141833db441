"""Untrained files of a sweep: opened as any other, and of the graph that convert gives."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from benchmarks.run.sweep_files import RULE, make_sweep_files
from edge.evaluation.synthetic import draw_tile
from edge.files.errors import InputError
from edge.files.progress import Silent
from edge.model.classifier import open_classifier
from edge.model.tflite_file import find_model, read_tflite
from edge.model.tflite_graph import read_tflite_graph

SIDES = (96, 64)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return make_sweep_files(
        tmp_path_factory.mktemp("sweep"),
        alphas=(0.35,),
        inputs_px=SIDES,
        formats=("tflite-int8",),
        progress=Silent(),
    )


def test_a_file_is_made_for_each_input_and_says_what_it_is(files: list[Path]) -> None:
    names = [f"alpha-0.35-{side}px" for side in SIDES]
    assert [file.name for file in files] == [f"{name}.int8.tflite" for name in names]
    for file, side, name in zip(files, SIDES, names, strict=True):
        card = read_tflite(file).card
        assert (card.name, card.input_px, card.window_px) == (name, side, side)
        assert (card.quantization, card.recipe["alpha"]) == ("int8", 0.35)
        assert card.threshold_rule == RULE


def test_the_files_pass_their_self_test_and_score_tiles_of_their_size(files: list[Path]) -> None:
    for file, side in zip(files, SIDES, strict=True):
        tiles = np.stack([draw_tile(side, seed=seed, crack=True).photo for seed in range(4)])
        scores = open_classifier(file).scores(tiles)
        assert np.isfinite(scores).all()
        # Activations that died away would give all tiles one score.
        assert len(np.unique(scores)) > 1


def test_the_graph_is_that_of_the_shipped_model_of_this_width(files: list[Path]) -> None:
    small = find_model("small")
    shipped, ours = (read_tflite_graph(read_tflite(path).model, path) for path in (small, files[0]))
    assert ours.operators == shipped.operators
    assert ours.weights == shipped.weights
    assert [t.shape for t in ours.of_role("constant")] == [
        t.shape for t in shipped.of_role("constant")
    ]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"inputs_px": (96, 100)}, r"--inputs 100: expected a multiple of 32"),
        ({"inputs_px": (32,)}, r"--inputs 32: expected a multiple of 32, 64 to 1024 px"),
        ({"alphas": (0.35, 0.4)}, r"alpha 0\.4"),
        ({"formats": ("tflite-int4",)}, r"--format tflite-int4: expected some of tflite-float32"),
    ],
)
def test_what_cannot_be_made_is_refused(
    tmp_path: Path, changes: dict[str, tuple[object, ...]], said: str
) -> None:
    given = {"alphas": (0.35,), "inputs_px": (96,), "formats": ("tflite-int8",), **changes}
    with pytest.raises(InputError, match=said):
        make_sweep_files(tmp_path, progress=Silent(), **given)
    assert not list(tmp_path.iterdir())
