"""The model in the package: whole, proven, credited, and at work on a drawn photo."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import cv2
import numpy as np
import pytest

from benchmarks.project.documents import RESULTS
from benchmarks.project.model_cards import render_shipped_cards
from edge.detect.photo_scan import scan_photo
from edge.detect.settings import VIEWS, ScanSettings, View
from edge.evaluation.metrics import auc
from edge.evaluation.synthetic import draw_concrete
from edge.files.errors import ModelError, SelfTestError
from edge.files.hashing import sha256_of
from edge.model.backends import Backend, open_backend
from edge.model.classifier import Classifier, open_classifier
from edge.model.self_test import check_self_test, draw_self_test_tiles
from edge.model.tflite_file import find_model, read_tflite, shipped_models
from edge.model.training_folder import read_trained_card
from edge.photo.source import LoadedPhoto

ROOT = Path(__file__).resolve().parents[4]


@pytest.fixture(scope="module", params=["default", "small"])
def classifier(request: pytest.FixtureRequest) -> Classifier:
    return open_classifier(request.param, threads=2)


def test_the_shipped_models_are_small() -> None:
    assert {path.name for path in shipped_models().values()} == {
        "default.int8.tflite",
        "small.int8.tflite",
    }
    assert shipped_models()["default"].stat().st_size < 4e6
    assert shipped_models()["small"].stat().st_size < 1e6


@pytest.mark.parametrize("name", ["default", "small"])
def test_the_float_parent_is_the_one_that_the_card_names(name: str) -> None:
    parent = ROOT / "models" / f"{name}.keras"
    assert read_tflite(find_model(name)).card.parent_sha256 == sha256_of(parent.read_bytes())
    assert read_trained_card(parent).name == name


def test_the_model_cards_are_those_of_the_results() -> None:
    for path, text in render_shipped_cards(RESULTS).items():
        assert path.read_text(encoding="utf-8") == text


def test_its_card_credits_the_data(classifier: Classifier) -> None:
    notes = " ".join(classifier.card.notes)
    assert "10.17632/5y9wdsg2zt.2" in notes
    assert "10.15142/T3TD19" in notes
    assert notes.count("CC BY 4.0") == 2


def test_its_card_says_what_the_file_itself_scored(classifier: Classifier) -> None:
    metrics = classifier.card.metrics
    assert metrics["split"] == "test"
    assert metrics["model"]["n"] == metrics["n"] > 1000
    assert {"ozgenel", "sdnet2018/Decks"} <= set(metrics["per_source"])


@pytest.mark.parametrize("view", VIEWS)
def test_it_finds_drawn_cracks_where_they_are(classifier: Classifier, view: View) -> None:
    side = classifier.card.window_px
    settings = ScanSettings(threshold=classifier.card.threshold, view=view)
    scores: list[float] = []
    truths: list[bool] = []
    for seed in range(3):
        drawing = draw_concrete((4 * side, 3 * side), seed=seed)
        found = scan_photo(classifier, LoadedPhoto(drawing.photo), settings)
        assert found.regions
        cell = round(found.cell_px)
        cells = drawing.crack_mask.reshape(3 * side // cell, cell, 4 * side // cell, cell)
        cracked = cells.any(axis=(1, 3))
        # Windows reach half their side beyond their centre: nothing is asked of the cells between.
        reach = np.ones((2 * (side // cell // 2) + 1,) * 2, np.uint8)
        far = cv2.dilate(cracked.astype(np.uint8), reach) == 0
        scores += found.heat[cracked].tolist() + found.heat[far].tolist()
        truths += [True] * int(cracked.sum()) + [False] * int(far.sum())
    ranking = auc(scores, truths)
    assert ranking is not None
    assert ranking > 0.95


def test_a_flipped_bit_is_refused(tmp_path_factory: pytest.TempPathFactory) -> None:
    data = bytearray(find_model("default").read_bytes())
    data[len(data) // 2] ^= 1
    damaged = tmp_path_factory.mktemp("damaged") / "damaged.tflite"
    damaged.write_bytes(data)
    with pytest.raises(ModelError, match=r"damaged\.tflite: damaged"):
        open_classifier(damaged)


def test_swapped_colours_fail_the_self_test() -> None:
    backend = open_backend(find_model("default"))
    swapped = Backend(
        backend.name,
        backend.version,
        backend.card,
        lambda shape: lambda piece: backend.open_runner(shape)(piece[:, :, ::-1]),  # type: ignore[arg-type]
    )
    test = backend.card.self_test
    assert test is not None
    tiles = draw_self_test_tiles(backend.card.input_px, test.seed)
    with pytest.raises(SelfTestError, match="default"):
        check_self_test(
            test,
            Classifier(swapped).mean_logits(tiles),
            backend=backend.name,
            quantization="int8",
            where="default",
        )


def test_a_promise_that_is_not_kept_is_refused() -> None:
    card = read_tflite(find_model("default")).card
    assert card.self_test is not None
    off_by_a_step = dataclasses.replace(
        card.self_test,
        logits=tuple(logit + card.self_test.step for logit in card.self_test.logits),
    )
    tiles = draw_self_test_tiles(card.input_px, off_by_a_step.seed)
    logits = open_classifier("default").mean_logits(tiles)
    with pytest.raises(SelfTestError):
        check_self_test(
            off_by_a_step, logits, backend="LiteRT", quantization="int8", where="default"
        )


def test_pieces_side_by_side_give_the_cells_of_the_whole(classifier: Classifier) -> None:
    photo = draw_concrete((512, 512), seed=5).photo
    (whole,) = classifier.cell_logits([photo])
    (upper,) = classifier.cell_logits([photo[:384]])
    # The upper piece lacks context below; its first rows see the same px as in the whole.
    assert np.abs(whole[:2] - upper[:2]).max() <= 8 * 0.2
    assert np.corrcoef(whole[:8].ravel(), upper[:8].ravel())[0, 1] > 0.95
