"""Every recipe trains, converts in both views, survives a kill and Ctrl-C."""

from __future__ import annotations

import csv
import dataclasses
import functools
import importlib.util
import json
import math
import os
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from converters.parents.keras_model import KerasScorer
from converters.parents.load import load_parent
from edge.evaluation.dataset import read_manifest
from edge.files.errors import InputError
from edge.model.training_folder import BACKBONE_NAME
from tests.integration.conftest import crack_edge
from trainer.fit.callbacks import EpochCheckpoint
from trainer.fit.checkpoint import Checkpoint, TrainingState
from trainer.fit.model import build_model, set_trainable
from trainer.fit.recipes import RECIPES, Stage, plan_stages, settings_for
from trainer.train import TrainOptions, train

SIDE_PX = 32
STAGES = {
    "two-stage": ["head", "head", "finetune", "context"],
    "frozen": ["frozen"] * 2,
    "last-layers": ["last-layers"] * 2,
    "augmented": ["augmented"] * 2,
    "scratch": ["scratch"] * 2,
}


class Breaking:
    """A progress that breaks off at the end of a certain epoch."""

    def __init__(self, stage: str, epoch: int, error: type[BaseException]) -> None:
        self._mark, self._error = f"{stage}: epoch {epoch} of", error

    def say(self, text: str) -> None:
        """Break off at the mark."""
        if text.startswith(self._mark):
            raise self._error

    def step(self, what: str, done: int, total: int, *, note: str = "") -> None:
        """Take no notice."""


class KilledError(Exception):
    """What stands for a kill: nothing in the trainer catches it."""


class Silent(Breaking):
    """A progress that never breaks off."""

    def __init__(self) -> None:
        super().__init__("never", 0, KilledError)


class AtOnce(Silent):
    """A progress that breaks off before an epoch is finished."""

    def say(self, text: str) -> None:
        """Break off where a stage begins."""
        if text.startswith("stage "):
            raise KeyboardInterrupt


@pytest.fixture(scope="module")
def backbone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write backbone weights that let something through: He's initialisation, batch norms at 1."""
    path = tmp_path_factory.mktemp("weights") / "start.weights.h5"
    keras.utils.set_random_seed(3)
    model = build_model(settings_for("two-stage", weights="none", alpha=0.35))
    model.get_layer(BACKBONE_NAME).save_weights(path)
    return path


def settings_of(recipe: str, backbone: Path, **more: Any) -> Any:
    weights = None if recipe == "scratch" else str(backbone)
    given = {"alpha": 0.35, "input_px": SIDE_PX, "weights": weights, "epochs": 2, "seed": 1}
    if recipe == "two-stage":
        given["finetune_epochs"] = 1
    return settings_for(recipe, **(given | more))


def history_of(out: Path) -> list[dict[str, str]]:
    return list(csv.DictReader((out / "history.csv").read_text().splitlines()))


@pytest.fixture(scope="module")
def train_once(
    drawn: Path, backbone: Path, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str], Path]:
    """Train a recipe for a moment; tests that ask for the same recipe share the training."""

    @functools.cache
    def run(recipe: str) -> Path:
        out = tmp_path_factory.mktemp("recipes") / recipe
        train([drawn], out, settings=settings_of(recipe, backbone), progress=Silent())
        return out

    return run


@pytest.fixture(params=list(RECIPES))
def recipe_run(
    request: pytest.FixtureRequest, train_once: Callable[[str], Path]
) -> tuple[str, Path]:
    return request.param, train_once(request.param)


def test_a_recipe_goes_through_its_stages(recipe_run: tuple[str, Path]) -> None:
    recipe, out = recipe_run
    rows = history_of(out)
    assert [row["stage"] for row in rows] == STAGES[recipe]
    assert all(math.isfinite(float(row["val_loss"])) for row in rows)
    assert json.loads((out / "card.json").read_text())["recipe"]["recipe"] == recipe
    assert not (out / "checkpoint").exists()


def test_the_cells_of_a_recipe_add_up_to_its_score(recipe_run: tuple[str, Path]) -> None:
    _, out = recipe_run
    parent = load_parent(out)
    tiles = np.random.default_rng(0).integers(0, 256, (3, SIDE_PX, SIDE_PX, 3), dtype=np.uint8)
    np.testing.assert_allclose(
        KerasScorer(parent).scores(tiles), parent.model.predict_on_batch(tiles)[:, 0], atol=1e-5
    )


def test_a_recipe_divides_by_its_shares(recipe_run: tuple[str, Path]) -> None:
    recipe, out = recipe_run
    samples = read_manifest(out / "manifest.csv")
    for split, share in RECIPES[recipe].shares.items():
        found = sum(s.split == split for s in samples) / len(samples)
        assert found == pytest.approx(share, abs=0.08)


def test_the_last_layers_are_those_behind_the_first_150() -> None:
    settings = settings_for("last-layers", weights="none")
    model = build_model(settings)
    set_trainable(model, plan_stages(settings)[0])
    weights = model.get_layer(BACKBONE_NAME).trainable_weights
    assert sum(math.prod(weight.shape) for weight in weights) == 412_800


def test_a_frozen_backbone_stays_as_it_was(
    backbone: Path, train_once: Callable[[str], Path]
) -> None:
    model = keras.models.load_model(train_once("frozen") / "model.keras", compile=False)
    start = build_model(settings_of("frozen", backbone))
    for old, new in zip(
        start.get_layer(BACKBONE_NAME).get_weights(),
        model.get_layer(BACKBONE_NAME).get_weights(),
        strict=True,
    ):
        np.testing.assert_array_equal(old, new)


@pytest.mark.parametrize(
    ("losses", "over"),
    [
        ([], False),
        ([0.5], False),
        ([0.5, 0.6], False),
        ([0.5, 0.6, 0.7], True),
        ([0.5, 0.6, 0.4], False),
        ([0.5, 0.4, 0.6, 0.4], True),
    ],
)
def test_patience_ends_a_stage(losses: list[float], over: bool, tmp_path: Path) -> None:
    before = [{"stage": "head", "epoch": 1, "val_loss": 0.01}]
    rows = [{"stage": "s", "epoch": n, "val_loss": loss} for n, loss in enumerate(losses, 1)]
    checkpoint = Checkpoint(tmp_path, TrainingState({}, history=before + rows))
    stage = Stage("s", "learns", epochs=9, rate=1e-3, patience=2)
    callback = EpochCheckpoint(checkpoint, stage, pictures=1, seed=0, soft=False, report=print)
    assert callback.is_over() is over


def test_a_stage_that_is_over_trains_no_more(drawn: Path, tmp_path: Path) -> None:
    # So low a rate that the loss on val cannot improve by what is kept of it.
    settings = settings_for(
        "scratch", input_px=SIDE_PX, epochs=9, patience=1, head_rate=1e-12, seed=1
    )
    train([drawn], tmp_path / "out", settings=settings, progress=Silent())
    assert len(history_of(tmp_path / "out")) == 2


@pytest.mark.parametrize(
    ("recipe", "stage", "epoch"),
    [
        ("scratch", "scratch", 1),
        pytest.param("two-stage", "head", 1, marks=pytest.mark.soak),
        ("two-stage", "finetune", 1),
        pytest.param("two-stage", "context", 1, marks=pytest.mark.soak),
    ],
)
def test_a_killed_training_goes_on_as_if_nothing_had_been(
    recipe: str,
    stage: str,
    epoch: int,
    drawn: Path,
    backbone: Path,
    train_once: Callable[[str], Path],
    tmp_path: Path,
) -> None:
    settings = settings_of(recipe, backbone)
    through, broken = train_once(recipe), tmp_path / "broken"
    with pytest.raises(KilledError):
        train([drawn], broken, settings=settings, progress=Breaking(stage, epoch, KilledError))
    assert not (broken / "model.keras").exists()
    report = train(
        [drawn], broken, settings=settings, progress=Silent(), options=TrainOptions(resume=True)
    )
    assert len(history_of(broken)) == len(history_of(through))
    for old, new in zip(history_of(through), history_of(broken), strict=True):
        assert float(new["val_loss"]) == pytest.approx(float(old["val_loss"]), rel=1e-3)
    whole = json.loads((through / "report.json").read_text())
    assert report.figures["auc"] == pytest.approx(whole["auc"], abs=0.01)


def test_other_settings_do_not_go_on(drawn: Path, backbone: Path, tmp_path: Path) -> None:
    settings = settings_of("scratch", backbone)
    with pytest.raises(KilledError):
        train(
            [drawn], tmp_path / "o", settings=settings, progress=Breaking("scratch", 1, KilledError)
        )
    with pytest.raises(InputError, match=r"batch_size 32, now 8"):
        train(
            [drawn],
            tmp_path / "o",
            settings=dataclasses.replace(settings, batch_size=8),
            progress=Silent(),
            options=TrainOptions(resume=True),
        )


def test_ctrl_c_leaves_a_usable_model(drawn: Path, backbone: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    report = train(
        [drawn],
        out,
        settings=settings_of("scratch", backbone, epochs=5),
        progress=Breaking("scratch", 2, KeyboardInterrupt),
    )
    assert report.interrupted
    assert len(history_of(out)) == 2
    run = crack_edge("evaluate", out, out / "manifest.csv", "--split", "test", "--json")
    assert run.code == 0, run.err
    assert run.json["auc"] == pytest.approx(report.figures["auc"], abs=1e-6)


@pytest.mark.parametrize(
    ("recipe", "stage", "epoch"),
    [
        ("scratch", "scratch", 1),
        ("two-stage", "head", 2),
        pytest.param("two-stage", "finetune", 1, marks=pytest.mark.soak),
    ],
)
def test_a_training_stopped_by_ctrl_c_goes_on_to_the_same_end(
    recipe: str,
    stage: str,
    epoch: int,
    drawn: Path,
    backbone: Path,
    train_once: Callable[[str], Path],
    tmp_path: Path,
) -> None:
    out, settings = tmp_path / "out", settings_of(recipe, backbone)
    resume = TrainOptions(resume=True)
    broken = Breaking(stage, epoch, KeyboardInterrupt)
    assert train([drawn], out, settings=settings, progress=broken).interrupted
    assert (out / "model.keras").is_file()
    # A second Ctrl-C, at once, costs nothing of what there is.
    with suppress(KeyboardInterrupt):
        train([drawn], out, settings=settings, progress=AtOnce(), options=resume)
    report = train([drawn], out, settings=settings, progress=Silent(), options=resume)
    assert not report.interrupted
    for old, new in zip(history_of(train_once(recipe)), history_of(out), strict=True):
        assert (old["stage"], old["epoch"]) == (new["stage"], new["epoch"])
        assert float(new["val_loss"]) == pytest.approx(float(old["val_loss"]), rel=1e-3)
    assert not (out / "checkpoint").exists()


def test_tensorboard_counts_the_epochs_of_a_resumed_training_on(
    drawn: Path, backbone: Path, tmp_path: Path
) -> None:
    out, settings = tmp_path / "out", settings_of("scratch", backbone, epochs=3)
    train([drawn], out, settings=settings, progress=Breaking("scratch", 2, KeyboardInterrupt))
    train([drawn], out, settings=settings, progress=Silent(), options=TrainOptions(resume=True))
    log = EventAccumulator(str(out / "tensorboard" / "val")).Reload()
    # The second was broken off when its figures were on the screen and not yet in the log.
    assert [point.step for point in log.Tensors("loss")] == [1, 3]


def test_ctrl_c_before_the_first_epoch_is_finished_leaves_nothing(
    drawn: Path, backbone: Path, tmp_path: Path
) -> None:
    settings = settings_of("scratch", backbone)
    with pytest.raises(KeyboardInterrupt):
        train([drawn], tmp_path / "out", settings=settings, progress=AtOnce())
    assert not (tmp_path / "out").exists()


def test_ctrl_c_before_the_first_epoch_is_finished_leaves_what_was_there(
    drawn: Path, backbone: Path, tmp_path: Path
) -> None:
    names = ["manifest.csv", "notes.txt", "tensorboard/other"]
    for name in names:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("precious")
    with pytest.raises(KeyboardInterrupt):
        train(
            [drawn],
            tmp_path,
            settings=settings_of("scratch", backbone),
            progress=AtOnce(),
            options=TrainOptions(force=True),
        )
    left = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()}
    assert left >= set(names)
    assert not any("checkpoint" in name for name in left)
    for name in names[1:]:
        assert (tmp_path / name).read_text() == "precious"


def test_a_finished_training_has_nothing_to_resume(trained: Path, drawn: Path) -> None:
    run = crack_edge("train", drawn, "--out", trained, "--resume")
    assert run.code == 2
    assert "finished" in run.err


def test_a_teacher_gives_the_targets(drawn: Path, trained: Path, tmp_path: Path) -> None:
    words = "--recipe scratch --epochs 1 --seed 1 --input-px 64"
    run = crack_edge(
        "train", drawn, "--out", tmp_path / "small", *words.split(), "--teacher", trained
    )
    assert run.code == 0, run.err
    assert "may have seen" not in run.err
    recipe = json.loads((tmp_path / "small" / "card.json").read_text())["recipe"]
    assert recipe["teacher"] == "model.keras"
    assert len(recipe["teacher_sha256"]) == 64


def test_a_teacher_of_another_size_is_refused(drawn: Path, trained: Path, tmp_path: Path) -> None:
    words = "--recipe scratch --epochs 1 --input-px 32"
    run = crack_edge(
        "train", drawn, "--out", tmp_path / "small", *words.split(), "--teacher", trained
    )
    assert run.code == 2
    assert "--input-px 64" in run.err


def test_a_report_says_that_its_split_was_random(drawn: Path, tmp_path: Path) -> None:
    words = f"--recipe scratch --input-px {SIDE_PX} --epochs 1 --split-by random"
    run = crack_edge("train", drawn, "--out", tmp_path / "out", *words.split())
    assert run.code == 0, run.err
    report = json.loads((tmp_path / "out" / "report.json").read_text())
    assert "pictures of one photo are in train and in test" in report["split_rule"]
    assert report["split_rule"] in run.out


def test_tiles_in_the_cache_are_used_again(drawn: Path, tmp_path: Path) -> None:
    words = f"--recipe scratch --input-px {SIDE_PX} --epochs 1 --cache {tmp_path / 'cache'}"
    first = crack_edge("train", drawn, "--out", tmp_path / "a", *words.split())
    second = crack_edge("train", drawn, "--out", tmp_path / "b", *words.split())
    assert "decoding" in first.err
    assert "decoding" not in second.err
    assert len(list((tmp_path / "cache").iterdir())) == 1
    assert (tmp_path / "a" / "history.csv").read_text() == (
        tmp_path / "b" / "history.csv"
    ).read_text()


@pytest.mark.soak
@pytest.mark.skipif(importlib.util.find_spec("jax") is None, reason="JAX is not installed")
def test_jax_trains_it_and_tensorflow_converts_it(drawn: Path, tmp_path: Path) -> None:
    out = tmp_path / "by-jax"
    words = f"--recipe scratch --input-px {SIDE_PX} --epochs 2 --seed 1"
    done = subprocess.run(
        [sys.executable, "-m", "crack_edge", "train", drawn, "--out", out, *words.split()],
        env=os.environ | {"KERAS_BACKEND": "jax", "JAX_PLATFORMS": "cpu"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "with jax" in done.stderr
    run = crack_edge("convert", out, "--out", tmp_path / "files", "--to", "tflite-float32")
    assert run.code == 0, run.err
    assert json.loads((tmp_path / "files" / "by-jax.certificate.json").read_text())["files"]
