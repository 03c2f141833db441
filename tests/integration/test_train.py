"""Training on drawn pictures: what it writes and how honest that is."""

from __future__ import annotations

import csv
import dataclasses
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest

from edge.evaluation.dataset import Sample, read_manifest
from edge.evaluation.metrics import compute_metrics
from edge.files.hashing import sha256_of
from edge.files.progress import Silent
from edge.model.training_folder import BACKBONE_NAME
from tests.integration.conftest import TILE_PX, crack_edge
from trainer.finalize import describe_start
from trainer.fit.batches import PictureBatches, add_context, balance_epoch
from trainer.fit.checkpoint import CHECKPOINT_NAME, Checkpoint, TrainingState
from trainer.fit.model import build_feature_model, build_head, build_model, copy_head, set_trainable
from trainer.fit.recipes import plan_stages, settings_for
from trainer.fit.stages import TrainingData, fit_model
from trainer.fit.tiles import DecodedTiles, decode_tiles

TINY = settings_for(
    "two-stage", weights="none", alpha=0.35, input_px=TILE_PX, epochs=1, context_epochs=0
)


def decode(samples: list[Sample], input_px: int = TILE_PX) -> DecodedTiles:
    return decode_tiles(samples, input_px, Silent())


def read_history(run: Path) -> list[dict[str, str]]:
    return list(csv.DictReader((run / "history.csv").read_text().splitlines()))


def test_a_training_writes_the_files_of_the_readme(trained: Path) -> None:
    names = {path.name for path in trained.iterdir()}
    assert names == {
        "model.keras",
        "card.json",
        "manifest.csv",
        "history.csv",
        "curves.png",
        "report.json",
        "report.html",
        "model-card.md",
        "tensorboard",
    }


def test_the_model_learns_what_a_crack_looks_like(trained: Path) -> None:
    report = json.loads((trained / "report.json").read_text())
    assert report["split"] == "test"
    assert report["auc"] > 0.9


def test_the_manifest_divides_no_photo(trained: Path) -> None:
    splits: dict[str, set[str]] = {}
    for sample in read_manifest(trained / "manifest.csv"):
        splits.setdefault(sample.group, set()).add(sample.split)
    assert all(len(parts) == 1 for parts in splits.values())


def test_an_unreadable_picture_is_listed_and_left_out(drawn: Path, trained: Path) -> None:
    report = json.loads((trained / "report.json").read_text())
    assert ["0001-1.jpg" in line for line in report["unreadable"]] == [True]
    assert drawn / "crack" / "0001-1.jpg" not in {
        sample.path for sample in read_manifest(trained / "manifest.csv")
    }


def test_the_history_has_a_row_for_each_epoch(trained: Path) -> None:
    rows = read_history(trained)
    assert [int(row["epoch"]) for row in rows] == list(range(1, 19))
    assert all(float(row["val_loss"]) > 0 for row in rows)


def test_the_report_can_be_computed_again_from_the_saved_model(trained: Path) -> None:
    report = json.loads((trained / "report.json").read_text())
    model = keras.models.load_model(trained / "model.keras", compile=False)
    samples = [s for s in read_manifest(trained / "manifest.csv") if s.split == "test"]
    scores = model.predict(PictureBatches(samples, decode(samples), batch_size=16), verbose=0)
    figures = compute_metrics(scores[:, 0], [s.is_crack for s in samples], report["threshold"])
    assert figures.to_dict() == {key: report[key] for key in figures.to_dict()}


def test_the_saved_model_carries_no_optimizer_state(trained: Path) -> None:
    model = keras.models.load_model(trained / "model.keras")
    weights = sum(int(np.prod(weight.shape)) for weight in model.weights) * 4
    assert (trained / "model.keras").stat().st_size < 1.5 * weights


def test_a_folder_in_use_is_refused(drawn: Path, trained: Path) -> None:
    run = crack_edge("train", drawn, "--out", trained)
    assert run.code == 2
    assert str(trained) in run.err
    assert "--force" in run.err


def test_a_stopped_training_is_named_with_both_ways_on(drawn: Path, tmp_path: Path) -> None:
    state = tmp_path / "out" / CHECKPOINT_NAME / "state.json"
    state.parent.mkdir(parents=True)
    state.write_text("{}")
    run = crack_edge("train", drawn, "--out", tmp_path / "out", "--weights", "none")
    assert run.code == 2
    assert "--resume" in run.err
    assert "--force" in run.err
    assert state.is_file()


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("--weights", "absent.weights.h5"), "absent.weights.h5"),
        (("--weights", "none", "--alpha", "0.4"), "0.4"),
        (("--weights", "none", "--input-px", "100"), "100"),
    ],
)
def test_settings_that_cannot_work_are_refused_by_name(
    drawn: Path, tmp_path: Path, words: tuple[str, ...], expected: str
) -> None:
    run = crack_edge("train", drawn, "--out", tmp_path / "out", *words)
    assert run.code == 2
    assert expected in run.err
    assert not (tmp_path / "out").exists()


def test_the_weights_of_a_backbone_are_where_a_training_starts(drawn: Path, tmp_path: Path) -> None:
    weights, out = tmp_path / "mobilenet.weights.h5", tmp_path / "a run"
    backbone = keras.applications.MobileNetV2(
        weights=None, include_top=False, alpha=0.35, input_shape=(None, None, 3)
    )
    backbone.save_weights(weights)
    run = crack_edge(
        *("train", drawn, "--out", out, "--weights", weights, "--alpha", 0.35),
        *("--input-px", TILE_PX, "--epochs", 1, "--finetune-epochs", 1, "--context-epochs", 0),
        *("--learning-rate", 0.002),
    )
    assert run.code == 0, run.err
    rows = read_history(out)
    assert [row["stage"] for row in rows] == ["head", "finetune"]
    assert float(rows[0]["learning_rate"]) == pytest.approx(0.002)
    recipe = json.loads((out / "card.json").read_text())["recipe"]
    assert recipe["head_rate"] == 0.002
    assert recipe["finetune_rate"] == pytest.approx(0.0006)
    assert recipe["weights"] == weights.name
    model = keras.models.load_model(out / "model.keras", compile=False)
    for layer in ("Conv1", "block_2_project"):  # below what is fine-tuned
        (kernel,) = model.get_layer(BACKBONE_NAME).get_layer(layer).get_weights()
        np.testing.assert_array_equal(kernel, backbone.get_layer(layer).get_weights()[0])
    assert "stage 1 of 2, head" in run.err
    assert "finetune: epoch 1 of 1: loss " in run.err
    assert run.out.splitlines()[-1] == f"next: crack-edge convert '{out}' -o models"


def test_weights_that_cannot_be_downloaded_are_explained(drawn: Path, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "crack_edge", "train", drawn, "--out", tmp_path / "out"],
        # A proxy at which nobody listens.
        env=os.environ | {"KERAS_HOME": str(tmp_path), "https_proxy": "http://127.0.0.1:9"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 3
    line = done.stderr.splitlines()[-1]
    assert re.search(r"download https://\S+1\.0_224_no_top\.h5 on another computer", line)
    assert f"put it into {tmp_path / 'models'}, or" in line
    for way_out in ("FILE.weights.h5", "models/default.keras", "--weights none"):
        assert way_out in line
    assert not (tmp_path / "out").exists()


def test_weights_of_another_width_are_refused(drawn: Path, tmp_path: Path) -> None:
    weights = tmp_path / "wide.weights.h5"
    build_model(dataclasses.replace(TINY, alpha=0.5)).get_layer(BACKBONE_NAME).save_weights(weights)
    run = crack_edge(
        "train", drawn, "--out", tmp_path / "out", "--weights", weights, "--alpha", "0.35"
    )
    assert run.code == 2
    assert "wide.weights.h5" in run.err
    assert "--alpha 0.35" in run.err
    assert not (tmp_path / "out").exists()


def test_the_head_taken_apart_gives_the_same_score() -> None:
    model = build_model(TINY)
    features = build_feature_model(model)
    head = build_head(features.output.shape[-1])
    copy_head(head, model)
    tiles = np.random.default_rng(0).integers(0, 256, (2, 64, 96, 3), dtype=np.uint8)
    pooled = features.predict_on_batch(tiles / np.float32(127.5) - 1)
    np.testing.assert_allclose(
        model.predict_on_batch(tiles), head.predict_on_batch(pooled), atol=1e-5
    )


def test_fine_tuning_leaves_batch_norms_and_the_lower_blocks_alone() -> None:
    model = build_model(TINY)
    set_trainable(model, plan_stages(settings_for("two-stage"))[-1])
    backbone = model.get_layer(BACKBONE_NAME)
    trainable = [layer.name for layer in backbone.layers if layer.trainable_weights]
    assert "block_3_expand" in trainable
    assert "block_2_project" not in trainable
    assert not any(name.endswith("BN") for name in trainable)


def test_batches_are_the_same_for_the_same_seed(drawn: Path, trained: Path) -> None:
    samples = [s for s in read_manifest(trained / "manifest.csv") if s.split == "train"]

    tiles = decode(samples, 32)

    def second_epoch(seed: int) -> np.ndarray:
        batches = PictureBatches(samples, tiles, batch_size=8, seed=seed, training=True)
        batches.on_epoch_end()
        return batches[3][0]

    np.testing.assert_array_equal(second_epoch(5), second_epoch(5))
    assert not np.array_equal(second_epoch(5), second_epoch(6))


def test_an_epoch_takes_equally_many_of_each_label(trained: Path) -> None:
    samples = [s for s in read_manifest(trained / "manifest.csv") if s.split == "train"]
    cracks = [s for s in samples if s.is_crack]
    uneven = cracks + [s for s in samples if not s.is_crack][:20]
    chosen = balance_epoch(uneven, seed=0, epoch=3)
    assert sum(s.is_crack for s in chosen) * 2 == len(chosen)
    assert set(chosen) <= set(uneven)


def test_surroundings_leave_the_tile_as_it_is_and_mirror_it_around() -> None:
    tiles = np.random.default_rng(0).integers(0, 256, (2, 64, 64, 3), dtype=np.uint8)
    wide = add_context(tiles)
    assert wide.shape == (2, 128, 128, 3)
    np.testing.assert_array_equal(wide[:, 32:96, 32:96], tiles)
    np.testing.assert_array_equal(wide[:, 32:96, 31], tiles[:, :, 1])


def test_every_other_batch_shows_surroundings(drawn: Path, trained: Path) -> None:
    samples = read_manifest(trained / "manifest.csv")[:40]
    batches = PictureBatches(samples, decode(samples), batch_size=8, context=True)
    assert [batches[place][0].shape[1] for place in range(4)] == [64, 128, 64, 128]


def test_an_earlier_model_is_only_fine_tuned(drawn: Path, trained: Path, tmp_path: Path) -> None:
    run = crack_edge(
        *("train", drawn, "--out", tmp_path / "more", "--weights", trained),
        *("--epochs", "1", "--seed", "1", "--json"),
    )
    assert run.code == 0, run.err
    assert [row["stage"] for row in read_history(tmp_path / "more")] == ["finetune", "context"]
    assert run.json["auc"] > 0.9
    card = json.loads((tmp_path / "more" / "card.json").read_text())
    assert card["recipe"]["weights_sha256"] == sha256_of((trained / "model.keras").read_bytes())
    assert "had learnt from pictures before" in card["data"]["split"]
    assert "No epoch made that model better" not in card["data"]["split"]


def test_a_training_that_made_nothing_better_says_so(trained: Path) -> None:
    settings = dataclasses.replace(TINY, weights=str(trained / "model.keras"))
    model = keras.models.load_model(trained / "model.keras", compile=False)
    _, unchanged = describe_start(model, settings)
    assert unchanged.startswith("No epoch made that model better on the val split")
    weights = model.get_weights()
    model.set_weights([*weights[:-1], weights[-1] + 0.01])
    (told,) = describe_start(model, settings)
    assert "model.keras, a model that had learnt from pictures before" in told
    assert describe_start(model, dataclasses.replace(TINY, weights="none")) == []


def test_an_earlier_model_of_another_width_is_refused(
    drawn: Path, trained: Path, tmp_path: Path
) -> None:
    run = crack_edge(
        *("train", drawn, "--out", tmp_path / "more", "--weights", trained / "model.keras"),
        *("--alpha", "0.5", "--input-px", TILE_PX),
    )
    assert run.code == 2
    assert "--alpha 0.5" in run.err
    assert "leave --alpha out" in run.err


def test_fine_tuning_that_only_harms_changes_nothing(trained: Path, tmp_path: Path) -> None:
    model = keras.models.load_model(trained / "model.keras", compile=False)
    before = model.get_weights()
    samples = read_manifest(trained / "manifest.csv")
    parts = {part: [s for s in samples if s.split == part] for part in ("train", "val")}
    # A rate at which every step destroys what was learnt.
    settings = dataclasses.replace(TINY, weights="x.keras", finetune_epochs=1, finetune_rate=100.0)
    checkpoint = Checkpoint(tmp_path, TrainingState({}))
    assert not fit_model(
        model, TrainingData(parts, decode(samples)), settings, Silent(), checkpoint
    )
    for old, new in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)
