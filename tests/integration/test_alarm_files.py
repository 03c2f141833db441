"""The slowed and the worse file that comparisons must catch."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from benchmarks.project.alarm_files import SLOWING_UNITS, AlarmFiles, make_alarm_files
from edge.evaluation.synthetic import draw_tile
from edge.files.progress import Silent
from edge.model.classifier import open_classifier
from edge.model.tflite_file import read_tflite
from edge.model.tflite_graph import read_tflite_graph

pytestmark = pytest.mark.soak


@pytest.fixture(scope="module")
def files(trained: Path, tmp_path_factory: pytest.TempPathFactory) -> AlarmFiles:
    return make_alarm_files(tmp_path_factory.mktemp("alarm"), 2, progress=Silent(), parent=trained)


def test_the_slowed_file_has_one_layer_more(files: AlarmFiles) -> None:
    graphs = {
        path: read_tflite_graph(read_tflite(path).model, path)
        for path in (files.slowed, files.sound)
    }
    slowed, sound = (graphs[path].operators["CONV_2D"] for path in (files.slowed, files.sound))
    assert slowed == sound + 1
    kernels = [tensor.shape for tensor in graphs[files.slowed].of_role("constant")]
    assert (SLOWING_UNITS, 1, 1, 1280) in kernels
    assert open_classifier(files.slowed).card.quantization == "int8"


def test_the_worse_files_differ_from_the_sound_one_and_from_each_other(files: AlarmFiles) -> None:
    side = read_tflite(files.sound).card.input_px
    tiles = np.stack([draw_tile(side, seed=n, crack=n % 2 == 1).photo for n in range(8)])
    sound, first, second = (
        open_classifier(path).scores(tiles) for path in (files.sound, *files.worse)
    )
    assert np.abs(sound - first).max() > 1e-4
    assert np.abs(first - second).max() > 1e-4
    sizes = {path.stat().st_size for path in (files.sound, *files.worse)}
    assert max(sizes) - min(sizes) < 100
